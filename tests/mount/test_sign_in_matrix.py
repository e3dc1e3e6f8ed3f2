# SPDX-License-Identifier: MIT
"""Applications that sign in with a secret, and each way they are refused.

What is sent is compared with the description of the platform's flows, field by
field. See sign_in.py; other ways to sign in are in the files beside this one.
"""

import re
import time

import pytest

from sign_in import (APP, FOREIGN, LOGIN, OTHER, REMEDIES, SECRET, VALUE,
                     as_application, check_reads, check_reads_soon, check_says,
                     token_request)


# The client secret

@pytest.mark.parametrize("options, v1", [
    ("", False), ("auth=secret", False), ("token_v1=on", True)])
def test_secret(place, options, v1):
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    check_reads(place, place.mount(options))
    place.check_wire(token_request(
        place.tenant, {"client_secret": SECRET}, v1=v1))
    # As it goes over the wire, where forms have more than one spelling.
    body = place.requests()[0].body
    assert ("resource=https%3A%2F%2Fvault.azure.net" if v1 else
            "scope=https%3A%2F%2Fvault.azure.net%2F.default") in re.split(
                "&", body)
    assert "+" not in body


def test_secret_in_the_tenant_of_the_vault(place):
    as_application(place, AZURE_CLIENT_SECRET=SECRET, AZURE_TENANT_ID=None)
    check_reads(place, place.mount())
    place.check_wire(token_request(place.tenant, {"client_secret": SECRET}))


# What would be found if it were there

@pytest.mark.parametrize("where", ["home", "tmp", "log"])
def test_a_leak_is_found(place, where):
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    mount = place.mount()
    token = place.all_requests()[-1].header("Authorization")
    leak = (mount.log_file if where == "log"
            else place.directory / where / "kept")
    with open(leak, "a", encoding="utf-8") as file:
        file.write(f"...{token[300:330]}...")
    with pytest.raises(AssertionError, match="authorization"):
        place.check_leaks()
    leak.write_bytes(b"")


# What the authority says no to

BUSY = (90006, 90012, 90024, 90033)


@pytest.mark.parametrize("number", sorted(REMEDIES))
def test_refused_by_number(place, number):
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    place.emulator.fault({"path": "*/token"}, aadsts=number)
    said = place.refused()
    check_says(said, f"AADSTS{number})", *REMEDIES[number])
    [sent] = place.requests()
    # What support asks for.
    check_says(said, "correlation id", sent.header("client-request-id"),
               "trace id", "timestamp")


def test_busy_for_a_moment(place):
    """Each of these is tried again, as any trouble of the service's."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    for number in BUSY:
        place.emulator.fault({"path": "*/token", "count": 1}, aadsts=number)
    mounts = [place.spawn() for _ in BUSY]
    for mount in mounts:
        mount.wait_until_ready()
        assert mount.read("a") == VALUE.encode()
    sent = place.requests()
    assert len(sent) == 2 * len(BUSY)
    for request in sent:
        token_request(place.tenant, {"client_secret": SECRET},
                      status=request.status).check(request)
    assert sorted(request.status for request in sent) == [
        200, 200, 200, 200, 503, 503, 503, 504]


@pytest.mark.parametrize("state, env, number", [
    ({}, {"AZURE_CLIENT_SECRET": "another secret than that"}, 7000215),
    ({"secretExpired": True}, {}, 7000222),
    ({"disabled": True}, {}, 7000112),
    ({"public": True}, {}, 700025),
    ({"refusal": 53003}, {}, 53003),
    ({}, {"AZURE_CLIENT_ID": OTHER}, 700016),
    ({}, {"AZURE_TENANT_ID": OTHER}, 90002)],
    ids=["wrong", "expired", "disabled", "public", "policy", "application",
         "tenant"])
def test_refused_for_what_it_is(place, state, env, number):
    """The emulator finds by itself what the numbers stand for."""
    place.seed(**{APP: state})
    as_application(place, **{"AZURE_CLIENT_SECRET": SECRET, **env})
    check_says(place.refused(), f"AADSTS{number})", *REMEDIES[number])
    assert len(place.requests()) == 1


def test_refused_while_mounted(place):
    """Reads say that they may not, the log says why, and it gets well."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    mount = place.mount("ttl=0,negative_ttl=0,page_cache=off")
    check_reads(place, mount)
    place.seed(**{APP: {"secretExpired": True}})
    place.restart_worker(mount)
    with pytest.raises(PermissionError):
        mount.read("a")
    check_says(mount.log().decode(), "AADSTS7000222)", *REMEDIES[7000222])
    place.seed(**{APP: {"secretExpired": False}})
    check_reads_soon(mount)


# The authority and the tenant

@pytest.mark.parametrize("host", [
    "https://login.microsoftonline.com", "https://login.microsoftonline.com/",
    "https://LOGIN.microsoftonline.com:443"])
def test_authority(place, host):
    as_application(place, AZURE_CLIENT_SECRET=SECRET, AZURE_AUTHORITY_HOST=host)
    check_reads(place, place.mount())
    place.check_wire(token_request(place.tenant, {"client_secret": SECRET}))


@pytest.mark.parametrize("host", [
    "http://login.microsoftonline.com", "login.microsoftonline.com",
    "https://user@login.microsoftonline.com",
    "https://login.microsoftonline.com/common",
    "https://login.microsoftonline.com?a=b"])
def test_authority_that_is_none(place, host):
    """A secret goes to an https origin, or nowhere."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET, AZURE_AUTHORITY_HOST=host)
    check_says(place.refused("auth=secret", code=1), "AZURE_AUTHORITY_HOST",
               "https://")
    assert place.requests() == []


@pytest.mark.parametrize("tenant", ["a/b", "..", "a b", "a%2fb", "adfs"])
def test_tenant_that_is_none(place, tenant):
    as_application(place, AZURE_CLIENT_SECRET=SECRET, AZURE_TENANT_ID=tenant)
    check_says(place.refused(code=1), "AZURE_TENANT_ID", "Entra")
    assert place.requests() == []


@pytest.mark.parametrize("allowed, goes", [
    (None, False), ("elsewhere", False), (OTHER, False),
    (FOREIGN, True), (f"{OTHER};{FOREIGN}", True), ("*", True)])
def test_vault_in_another_tenant(place, allowed, goes):
    """Its tenant is signed in to only where that is allowed."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET,
                   AZURE_ADDITIONALLY_ALLOWED_TENANTS=allowed)
    said = place.refused(source="foreign")
    first = token_request(place.tenant, {"client_secret": SECRET})
    # No application of the emulator is in two tenants.
    second = token_request(FOREIGN, {"client_secret": SECRET}, status=400)
    if goes:
        check_says(said, "AADSTS700016)")
        place.check_wire(first, second)
    else:
        check_says(said, place.tenant, FOREIGN, "allowed_tenants=")
        place.check_wire(first)


# Answers that are none

def answer(**members):
    return {"token_type": "Bearer", "expires_in": 3599,
            "access_token": "never.to.be-shown-anywhere-at-all", **members}


NO_ANSWERS = {
    "page": {"body": "<html>a login page</html>"},
    "nothing": {"body": ""},
    "list": {"body": []},
    "null": {"body": None},
    "empty token": {"body": answer(access_token="")},
    "null token": {"body": answer(access_token=None)},
    "token that is a number": {"body": answer(access_token=5)},
    "token with a blank": {"body": answer(access_token="a b")},
    "another type": {"body": answer(token_type="pop")},
    "negative life": {"body": answer(expires_in=-1)},
    "fraction": {"body": answer(expires_in=1.5)},
    "life in words": {"body": answer(expires_in="soon")},
    "too far away": {"body": answer(
        expires_in=None, expires_on="10000-01-01T00:00:00Z")},
    "no error": {"status": 400, "body": {"message": "no error"}},
    "page that is not found": {"status": 404, "body": "<html>"},
    "redirect": {"status": 302, "body": "", "headers": {
        "Location": "https://dev.azure.com/steal"}},
    "redirect of a post": {"status": 307, "body": "", "headers": {
        "Location": "https://dev.azure.com/steal"}},
}


def test_answers_that_are_none(place):
    """A proxy on the way is not the authority, and does not refuse.

    Each is tried again until the time for it is over, so all are at once, each
    in a tenant of its own.
    """
    place.secret["false"] = answer()["access_token"]
    mounts = {}
    for number, (name, how) in enumerate(NO_ANSWERS.items()):
        tenant = f"{number:08}-0000-4000-8000-000000000000"
        place.emulator.fault({"path": f"/{tenant}/*"},
                             **{"status": 200, **how})
        as_application(place, AZURE_CLIENT_SECRET=SECRET,
                       AZURE_TENANT_ID=tenant)
        mounts[name] = place.spawn(env=dict(place.env))
    for name, mount in mounts.items():
        said = place.end_of(mount, code=3)
        assert "is not one of an authority" in said, (name, said)
        assert "proxy" in said, (name, said)
    # Nothing follows a redirect, least of all a secret.
    assert {sent.host for sent in place.requests()} == {LOGIN}


def in_an_hour(form):
    return time.strftime(form, time.gmtime(time.time() + 3600))


@pytest.mark.parametrize("life", [
    {"expires_in": 3599}, {"expires_in": "3599"},
    {"expires_in": 3599, "refresh_in": 1800},
    {"expires_on": lambda: int(time.time()) + 3600},
    {"expires_on": lambda: str(int(time.time()) + 3600)},
    {"expires_on": lambda: in_an_hour("%Y-%m-%dT%H:%M:%SZ")},
    {"expires_on": lambda: in_an_hour("%m/%d/%Y %H:%M:%S")},
    {"expires_on": lambda: in_an_hour("%m/%d/%Y %I:%M:%S %p +00:00")},
    {"expires_on": lambda: in_an_hour("%Y-%m-%d %H:%M:%S")},
    {}], ids=["number", "text", "refresh", "on-number", "on-text", "rfc3339",
              "date", "date-half", "date-plain", "the-token-says"])
def test_life_of_a_token(place, life):
    """Every form in which the end of a token is written."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    signed_in = place.emulator.sign_in(APP, SECRET).json()
    body = {"token_type": "Bearer", "access_token": signed_in["access_token"],
            "ext_expires_in": -5, "not_before": "x", "refresh_token": ""}
    body.update({name: value() if callable(value) else value
                 for name, value in life.items()})
    place.emulator.fault({"path": "*/token"}, body=body)
    check_reads(place, place.mount())
