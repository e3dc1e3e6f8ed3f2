# SPDX-License-Identifier: MIT
"""auth=auto: what comes first, what is passed over, and what stops it.

A source that is not there is passed over; one that fails ends it; the first
that gives a token stays. See sign_in.py.
"""

import json

import pytest

from sign_in import (APP, LOGIN, METADATA, SECRET, SYSTEM, USER_ONE, VALUE,
                     as_application, check_reads, check_says, imds_probe,
                     imds_request, token_request)
from test_sign_in_tools import answer_of, token_of


def with_tools(place, *tools):
    token = token_of(place)
    for tool in tools:
        place.install(tool, json.dumps(answer_of(tool, token)))


def without_metadata(place):
    """There is nothing at that address."""
    place.emulator.fault({"host": METADATA}, reset_after=0)


def hosts(place):
    return [sent.host for sent in place.requests()]


# What comes first

def test_the_environment_is_first(place):
    with_tools(place, "az", "azd")
    as_application(place, AZURE_CLIENT_SECRET=SECRET,
                   AZURE_FEDERATED_TOKEN_FILE=place.write(
                       "token", place.workload_token()))
    check_reads(place, place.mount())
    place.check_wire(token_request(place.tenant, {"client_secret": SECRET}))
    assert not place.was_called("az")


def test_the_workload_is_next(place):
    with_tools(place, "az", "azd")
    as_application(place, AZURE_FEDERATED_TOKEN_FILE=place.write(
        "token", place.workload_token()))
    check_reads(place, place.mount())
    assert hosts(place) == [LOGIN]


def test_the_managed_identity_is_next(place):
    """Whether there is a metadata service is asked without its header."""
    with_tools(place, "az", "azd")
    check_reads(place, place.mount(), SYSTEM)
    place.check_wire(imds_probe(), imds_request(place))
    assert not place.was_called("az")


def test_the_managed_identity_of_the_environment(place):
    place.env["AZURE_CLIENT_ID"] = USER_ONE
    check_reads(place, place.mount(), USER_ONE)
    query = f"&client_id={USER_ONE}"
    place.check_wire(imds_probe(query), imds_request(place, query))


@pytest.mark.parametrize("kind", ["app-service", "arc", "cloud-shell",
                                  "machine-learning", "service-fabric"])
def test_no_probe_where_the_host_is_known(place, kind):
    place.become(kind)
    mount = place.mount()
    assert mount.read("a") == VALUE.encode()
    assert METADATA not in hosts(place)
    assert len(hosts(place)) == (2 if kind == "arc" else 1)


@pytest.mark.parametrize("tools, called", [
    (("az", "azd"), "az"), (("azd",), "azd")])
@pytest.mark.parametrize("absent", ["address", "identity"])
def test_the_tools_are_next(place, tools, called, absent):
    with_tools(place, *tools)
    if absent == "address":
        without_metadata(place)
    else:
        place.no_identities()
    check_reads(place, place.mount())
    assert [tool for tool in ("az", "azd") if place.was_called(tool)] == [
        called]


def test_az_that_is_not_logged_in_is_passed_over(place):
    with_tools(place, "azd")
    place.install("az", "", "ERROR: Please run 'az login'", 1)
    place.no_identities()
    check_reads(place, place.mount())
    assert place.was_called("az") and place.was_called("azd")


def test_nothing_at_all(place):
    place.no_identities()
    place.install("another", "")
    check_says(
        place.refused(), "nothing to sign in with (auth=auto)",
        "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not both set",
        "AZURE_FEDERATED_TOKEN_FILE is not set",
        "no system-assigned managed identity", "az is not installed",
        "azd is not installed")
    place.check_wire(imds_probe(), imds_request(place, status=400))


# What stops it

STOPS = {
    "secret": lambda place: as_application(
        place, AZURE_CLIENT_SECRET="another secret than that"),
    "certificate": lambda place: as_application(
        place, AZURE_CLIENT_CERTIFICATE_PATH=place.write("file", "no key")),
    "workload": lambda place: as_application(
        place, AZURE_FEDERATED_TOKEN_FILE=place.write("file", "")),
    "workload token": lambda place: as_application(
        place, AZURE_FEDERATED_TOKEN_FILE=place.write(
            "file", place.workload_token(subject="another"))),
    "several identities": lambda place: place.seed(**{
        SYSTEM: {"assigned": None}}),
    "no such identity": lambda place: place.env.update(
        AZURE_CLIENT_ID=APP),
    "header": lambda place: (place.become("app-service"), place.env.update(
        IDENTITY_HEADER="wrong-and-much-too-long")),
}


@pytest.mark.parametrize("name", STOPS)
def test_a_failure_stops_it(place, name):
    """Else a wrong secret would be hidden by another identity."""
    with_tools(place, "az", "azd")
    STOPS[name](place)
    place.refused()
    assert not place.was_called("az")
    if name in ("secret", "certificate", "workload", "workload token"):
        assert METADATA not in hosts(place)


def test_a_busy_authority_stops_it(place):
    with_tools(place, "az")
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    place.emulator.fault({"path": "*/token"}, aadsts=90033)
    check_says(place.refused("timeout=3s", code=3), "AADSTS90033")
    assert not place.was_called("az")


# What is wished for

WISHES = {
    "prod": {"secret", "workload", "managed"},
    "dev": {"az", "azd"},
    "EnvironmentCredential": {"secret"},
    "WorkloadIdentityCredential": {"workload"},
    "ManagedIdentityCredential": {"managed"},
    "AzureCLICredential": {"az"},
    "AzureDeveloperCLICredential": {"azd"},
}


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("write", [str, str.upper, lambda text: f" {text} "],
                         ids=["as-is", "upper", "blanks"])
def test_only_what_is_wished_for(place, wish, write):
    """Each source is there, or all but the one that is wished for."""
    place.env["AZURE_TOKEN_CREDENTIALS"] = write(wish)
    wanted = WISHES[wish]
    with_tools(place, "az", "azd")
    as_application(place, AZURE_CLIENT_SECRET=SECRET,
                   AZURE_FEDERATED_TOKEN_FILE=place.write(
                       "token", place.workload_token()))
    if wanted == {"managed"}:
        place.env["AZURE_CLIENT_ID"] = USER_ONE
    mount = place.mount()
    assert mount.read("a") == VALUE.encode()
    if "secret" in wanted or wanted == {"workload"}:
        assert hosts(place) == [LOGIN]
        field = ("client_secret" if "secret" in wanted
                 else "client_assertion")
        assert field in place.requests()[0].form()
    elif wanted == {"managed"}:
        # Named alone, it is not looked for first.
        place.check_wire(imds_request(place, f"&client_id={USER_ONE}"))
    else:
        assert hosts(place) == []
        assert place.was_called("azd") == (wanted == {"azd"})


@pytest.mark.parametrize("wish, hidden", [
    ("prod", "the tools"), ("dev", "all others"),
    ("WorkloadIdentityCredential", "all others")])
def test_what_is_not_wished_for_is_not_there(place, wish, hidden):
    place.env["AZURE_TOKEN_CREDENTIALS"] = wish
    if hidden == "the tools":
        with_tools(place, "az", "azd")
        place.no_identities()
    else:
        place.install("another", "")
        as_application(place, AZURE_CLIENT_SECRET=SECRET)
    said = place.refused()
    check_says(said, "nothing to sign in with")
    assert not place.was_called("az")
    if hidden == "all others":
        assert hosts(place) == []


@pytest.mark.parametrize("wish", ["production", "prod,dev", "x" * 63])
def test_wish_that_is_unknown(place, wish):
    place.env["AZURE_TOKEN_CREDENTIALS"] = wish
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    check_says(place.refused(), "AZURE_TOKEN_CREDENTIALS is prod, dev, ",
               *(name for name in WISHES if name.endswith("Credential")))
    assert place.requests() == []


# What stays

STAYS = {
    "client secret": (lambda place: as_application(
        place, AZURE_CLIENT_SECRET=SECRET), APP, APP),
    "workload identity": (lambda place: as_application(
        place, AZURE_FEDERATED_TOKEN_FILE=place.write(
            "token", place.workload_token())), APP, APP),
    "managed identity": (lambda place: None, SYSTEM,
                         "system-assigned identity"),
    "Azure CLI": (lambda place: (with_tools(place, "az"),
                                 place.no_identities()), APP, ""),
    "Azure Developer CLI": (lambda place: (with_tools(place, "azd"),
                                           place.no_identities()), APP, ""),
}


@pytest.mark.parametrize("name", STAYS)
def test_the_first_success_stays(place, name):
    """Also for a new worker, and when what comes before is there by now."""
    become, principal, identity = STAYS[name]
    become(place)
    mount = place.mount()
    said = f"signed in by {name}" + (f" ({identity})" if identity else "")
    assert said in mount.log().decode()
    before = hosts(place)
    place.seed(**{SYSTEM: {"assigned": "system"}})
    place.restart_worker(mount)
    check_reads(place, mount, principal)
    status = mount.status()
    assert (status["identity"], status["signed_in_as"]) == (name, identity)
    # One question, of the source that it was, and of no other.
    assert hosts(place)[len(before):] == {
        APP: [] if name.startswith("Azure") else [LOGIN],
        SYSTEM: [METADATA]}[principal]
