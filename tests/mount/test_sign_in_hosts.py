# SPDX-License-Identifier: MIT
"""Managed identities, on each kind of host that has them.

Every host has another address, version, header and spelling of ids: what is
sent is compared field by field, and each way to be refused is met. See
sign_in.py.
"""

import contextlib
import os
import pathlib
import re
import shutil
import socket

import pytest

from akv_emulator import Emulator
from akvfs_mount import seed_of
from azure_network import ARC_TOKENS
from sign_in import (LOGIN, METADATA, OTHER, PERSON, PLACE_VARIABLES, RESOURCE,
                     RESOURCE_ID, SYSTEM, SYSTEM_OBJECT, USER_OBJECT, USER_ONE,
                     USER_TWO, VALUE, Wire, check_reads, check_says,
                     imds_request, metadata_request)
from sign_in import IMDS_PATH as PATH

ENCODED_ID = RESOURCE_ID.replace("/", "%2F")
MANAGED = "auth=managed"


# What each host is asked, each in its own way

def secret_of(place):
    return place.env.get("IDENTITY_HEADER") or place.env["MSI_SECRET"]


def app_service_request(place, query="", **more):
    return metadata_request(
        "/msi/token", "2019-08-01", query, host="127.0.0.1",
        headers={"X-IDENTITY-HEADER": secret_of(place), "Metadata": "true"},
        **more)


def machine_learning_request(place, query="", path="/msi/auth", **more):
    return metadata_request(
        path, "2017-09-01", query, host="127.0.0.1",
        headers={"secret": secret_of(place)}, **more)


def service_fabric_request(place, query="", **more):
    return metadata_request(
        PATH, "2019-07-01-preview", query, host="127.0.0.1",
        headers={"Host": "127.0.0.1:2377", "Secret": secret_of(place)},
        **more)


def cloud_shell_request(_, **more):
    return Wire(
        "POST", "127.0.0.1", "/oauth2/token", form={"resource": RESOURCE},
        headers={"Metadata": "true", "Content-Length": re.compile("[0-9]+"),
                 "Content-Type": "application/x-www-form-urlencoded"}, **more)


def arc_request(_, query="", key=None, **more):
    return metadata_request(
        PATH, "2020-06-01", query, host="127.0.0.1",
        headers={"Metadata": "true",
                 **({"Authorization": key} if key else {})}, **more)


# What the emulator's agent puts into a key file.
ARC_KEY = re.compile("Basic [0-9a-f]{64}")

REQUESTS = {
    "imds": imds_request, "app-service": app_service_request,
    "machine-learning": machine_learning_request,
    "service-fabric": service_fabric_request,
    "cloud-shell": cloud_shell_request, "arc": arc_request}


def become(place, kind):
    if kind != "imds":
        place.become(kind)


def check_asked(place, kind, query="", **more):
    """Once; but Arc, which sends us for a file first, twice."""
    request = REQUESTS[kind]
    if kind == "arc":
        place.check_wire(request(place, query, status=401),
                         request(place, query, key=ARC_KEY, **more))
    elif query:
        place.check_wire(request(place, query, **more))
    else:
        place.check_wire(request(place, **more))


@pytest.mark.parametrize("kind", REQUESTS)
def test_system_assigned(place, kind):
    become(place, kind)
    check_reads(place, place.mount(MANAGED),
                PERSON if kind == "cloud-shell" else SYSTEM)
    check_asked(place, kind)


# The names of ids are not aliases.
USER_ASSIGNED = [
    ("imds", "identity_client_id", USER_ONE, f"&client_id={USER_ONE}"),
    ("imds", "identity_object_id", USER_OBJECT, f"&object_id={USER_OBJECT}"),
    ("imds", "identity_resource_id", RESOURCE_ID, f"&msi_res_id={ENCODED_ID}"),
    ("app-service", "identity_client_id", USER_ONE, f"&client_id={USER_ONE}"),
    ("app-service", "identity_object_id", USER_OBJECT,
     f"&object_id={USER_OBJECT}"),
    ("app-service", "identity_resource_id", RESOURCE_ID,
     f"&mi_res_id={ENCODED_ID}"),
    ("machine-learning", "identity_client_id", USER_ONE,
     f"&clientid={USER_ONE}"),
    ("arc", "identity_client_id", USER_ONE, f"&client_id={USER_ONE}"),
    ("arc", "identity_object_id", USER_OBJECT, f"&object_id={USER_OBJECT}"),
    ("arc", "identity_resource_id", RESOURCE_ID, f"&msi_res_id={ENCODED_ID}"),
]


@pytest.mark.parametrize("kind, option, value, query", USER_ASSIGNED)
def test_user_assigned(place, kind, option, value, query):
    become(place, kind)
    check_reads(place, place.mount(f"{MANAGED},{option}={value}"), USER_ONE)
    check_asked(place, kind, query)


@pytest.mark.parametrize("kind", ["imds", "app-service"])
def test_user_assigned_by_the_environment(place, kind):
    become(place, kind)
    place.env["AZURE_CLIENT_ID"] = USER_ONE
    check_reads(place, place.mount(MANAGED), USER_ONE)
    check_asked(place, kind, f"&client_id={USER_ONE}")


def test_user_assigned_by_the_workspace(place):
    become(place, "machine-learning")
    place.env["DEFAULT_IDENTITY_CLIENT_ID"] = USER_ONE
    check_reads(place, place.mount(MANAGED), USER_ONE)
    check_asked(place, "machine-learning", f"&clientid={USER_ONE}")


@pytest.mark.parametrize("kind, option", [
    ("machine-learning", f"identity_object_id={USER_OBJECT}"),
    ("machine-learning", f"identity_resource_id={RESOURCE_ID}"),
    *((kind, option) for kind in ("service-fabric", "cloud-shell")
      for option in (f"identity_client_id={USER_ONE}",
                     f"identity_object_id={USER_OBJECT}",
                     f"identity_resource_id={RESOURCE_ID}"))])
def test_id_that_the_host_does_not_take(place, kind, option):
    """It would be ignored, and the token another identity's."""
    become(place, kind)
    check_says(place.refused(f"{MANAGED},{option}"), "takes no such id")
    assert place.requests() == []


def test_one_id_of_an_identity(place):
    check_says(place.refused(f"{MANAGED},identity_client_id={USER_ONE},"
                             f"identity_object_id={USER_OBJECT}"), "one id")
    assert place.requests() == []


def test_old_version_of_app_service(place):
    """It has the variables of Machine Learning, and writes dates."""
    become(place, "machine-learning")
    place.env["MSI_ENDPOINT"] = place.env["MSI_ENDPOINT"].replace(
        "/msi/auth", "/msi/token")
    check_reads(place, place.mount(MANAGED), SYSTEM)
    place.check_wire(machine_learning_request(place, path="/msi/token"))


# No proxy is asked for what is on the machine

@contextlib.contextmanager
def trap():
    """A proxy that must not be asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield listener


def was_asked(listener):
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def with_proxy(place, listener, no_proxy):
    proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    place.env.update(dict.fromkeys((
        "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
        "ALL_PROXY"), proxy), NO_PROXY=no_proxy)


@pytest.mark.parametrize("kind", REQUESTS)
def test_no_proxy_for_what_is_here(place, kind):
    become(place, kind)
    with trap() as listener:
        with_proxy(place, listener, ".vault.azure.net")
        check_reads(place, place.mount(MANAGED),
                    PERSON if kind == "cloud-shell" else SYSTEM)
        assert not was_asked(listener)
    check_asked(place, kind)


def test_the_proxy_is_for_the_vault(place):
    """The other half: what must not be asked above is asked here."""
    with trap() as listener:
        with_proxy(place, listener, LOGIN)
        place.env["AZURE_TENANT_ID"] = place.tenant
        place.refused(f"{MANAGED},timeout=1s", code=3)
        assert was_asked(listener)
    check_asked(place, "imds")


# The instance metadata service

# What passes in a moment; each is met by an identity of its own.
PASSING = (404, 410, 429, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510,
           511)


def test_imds_is_asked_again(place):
    """All at once: it takes two seconds until it is asked again."""
    ids = {f"{status:08}-aaaa-4aaa-8aaa-aaaaaaaaaaaa": status
           for status in (*PASSING, 0)}
    place.seed(**{name: {"assigned": "user"} for name in ids})
    place.allow(*ids)
    for name, status in ids.items():
        place.emulator.fault(
            {"query": f"*client_id={name}", "count": 1},
            **({"status": status, "body": {"error": "passing"}} if status
               else {"reset_after": 0}))
    place.env["AZURE_TENANT_ID"] = place.tenant
    mounts = [place.spawn(f"{MANAGED},identity_client_id={name}")
              for name in ids]
    for mount in mounts:
        mount.wait_until_ready()
        assert mount.read("a") == VALUE.encode()
    for name, status in ids.items():
        first, second = [sent for sent in place.requests()
                         if name in sent.query]
        imds_request(place, f"&client_id={name}", status=status).check(first)
        imds_request(place, f"&client_id={name}").check(second)
    place.seed(**dict.fromkeys(ids, {"assigned": None}))


@pytest.mark.parametrize("status", [400, 401, 403, 405])
def test_imds_is_not_asked_again(place, status):
    place.emulator.fault({"host": METADATA}, status=status, body={
        "error": "invalid_request", "error_description": "Not like this."})
    check_says(place.refused(MANAGED), f"HTTP {status} invalid_request",
               "Not like this.")
    place.check_wire(imds_request(place, status=status))


def test_imds_with_several_identities(place):
    place.seed(**{SYSTEM: {"assigned": None}})
    check_says(place.refused(MANAGED), "several user-assigned identities",
               "identity_client_id=", "AZURE_CLIENT_ID")
    place.check_wire(imds_request(place, status=400))


def test_imds_with_one_user_assigned_identity(place):
    """It is the answer to whoever names none."""
    place.seed(**{SYSTEM: {"assigned": None}, USER_TWO: {"assigned": None}})
    check_reads(place, place.mount(MANAGED), USER_ONE)
    check_asked(place, "imds")


def test_imds_without_the_identity(place):
    check_says(place.refused(f"{MANAGED},identity_client_id={OTHER}"),
               OTHER, "is not assigned to this machine")
    place.check_wire(imds_request(place, f"&client_id={OTHER}", status=400))


def test_imds_without_an_identity(place):
    place.no_identities()
    check_says(place.refused(MANAGED), "no system-assigned managed identity",
               "enable it", "identity_client_id=")
    place.check_wire(imds_request(place, status=400))


def test_imds_of_pods(place):
    place.env["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://127.0.0.1"
    check_reads(place, place.mount(MANAGED), SYSTEM)
    place.check_wire(metadata_request(
        PATH, "2018-02-01", host="127.0.0.1", headers={"Metadata": "true"}))


@pytest.mark.parametrize("kind, variable, address", [
    ("imds", "AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://8.8.8.8"),
    ("app-service", "IDENTITY_ENDPOINT", "http://8.8.8.8/msi/token"),
    ("app-service", "IDENTITY_ENDPOINT", "ftp://127.0.0.1/msi/token"),
    ("app-service", "IDENTITY_ENDPOINT", "http://127.0.0.1/msi/token?a=b"),
    ("machine-learning", "MSI_ENDPOINT", "http://example.com/msi/auth"),
    ("cloud-shell", "MSI_ENDPOINT", "http://8.8.8.8/oauth2/token"),
    ("arc", "IDENTITY_ENDPOINT", f"http://169.254.169.254{PATH}"),
    ("arc", "IDENTITY_ENDPOINT", f"https://example.com{PATH}"),
    ("service-fabric", "IDENTITY_ENDPOINT", f"http://127.0.0.1:2377{PATH}")])
def test_address_that_is_none(place, kind, variable, address):
    """What a header is for is on this machine, or nowhere."""
    become(place, kind)
    place.env[variable] = address
    check_says(place.refused(MANAGED), "the address of the managed identities")
    assert place.requests() == []


# App Service, Machine Learning

@pytest.mark.parametrize("kind, variable", [
    ("app-service", "IDENTITY_HEADER"), ("machine-learning", "MSI_SECRET")])
def test_header_that_is_wrong(place, kind, variable):
    become(place, kind)
    place.env[variable] = place.secret[variable] = "wrong-and-much-too-long"
    check_says(place.refused(MANAGED), "HTTP 401", "header is wrong")
    check_asked(place, kind, status=401)


@pytest.mark.parametrize("kind", ["app-service", "machine-learning"])
def test_app_service_without_the_identity(place, kind):
    become(place, kind)
    check_says(place.refused(f"{MANAGED},identity_client_id={OTHER}"), OTHER,
               "HTTP 400", "Unable to load the proper Managed Identity")


@pytest.mark.parametrize("kind", ["app-service", "machine-learning",
                                  "cloud-shell", "service-fabric"])
def test_host_is_asked_again(place, kind):
    """A vague 500 passes, or it does not."""
    become(place, kind)
    place.emulator.fault({"host": "127.0.0.1", "count": 1}, status=500,
                         body={"statusCode": 500, "message": "vague"})
    check_reads(place, place.mount(MANAGED),
                PERSON if kind == "cloud-shell" else SYSTEM)
    request = REQUESTS[kind]
    place.check_wire(request(place, status=500), request(place))


# Service Fabric

@pytest.mark.parametrize("write", [str.lower, str.upper, lambda text: ":".join(
    re.findall("..", text)), lambda text: f"  {text} "],
    ids=["lower", "upper", "colons", "blanks"])
def test_fabric_by_its_thumbprint(place, write):
    become(place, "service-fabric")
    place.env["IDENTITY_SERVER_THUMBPRINT"] = write(
        place.env["IDENTITY_SERVER_THUMBPRINT"])
    check_reads(place, place.mount(MANAGED), SYSTEM)
    check_asked(place, "service-fabric")


@pytest.mark.parametrize("thumbprint", ["0" * 39, "0" * 42, "x" * 40])
def test_fabric_with_what_is_no_thumbprint(place, thumbprint):
    become(place, "service-fabric")
    place.env["IDENTITY_SERVER_THUMBPRINT"] = thumbprint
    check_says(place.refused(MANAGED), "IDENTITY_SERVER_THUMBPRINT")
    assert place.requests() == []


def test_fabric_with_another_secret(place):
    become(place, "service-fabric")
    place.env["IDENTITY_HEADER"] = "wrong-and-much-too-long"
    check_says(place.refused(MANAGED), "HTTP 401 SecretHeaderNotFound")
    check_asked(place, "service-fabric", status=401)


def test_fabric_without_an_identity(place):
    """404 is no passing trouble here, other than on IMDS."""
    become(place, "service-fabric")
    place.no_identities()
    check_says(place.refused(MANAGED), "HTTP 404 ManagedIdentityNotFound")
    check_asked(place, "service-fabric", status=404)


# Azure Arc

def challenge(place, path):
    """The agent names this file."""
    become(place, "arc")
    place.emulator.fault(
        {"host": "127.0.0.1", "path": PATH, "count": 1}, status=401,
        headers={"WWW-Authenticate": f"Basic realm={path}"}, body={})


@pytest.fixture
def key_file(place):
    path = pathlib.Path(ARC_TOKENS, "00000000-aaaa.key")
    challenge(place, path)
    place.secret["key-file"] = "k" * 30
    yield path
    path.unlink(missing_ok=True)


def refuses_the_file(place, *words, **more):
    check_says(place.refused(MANAGED, **more),
               "the key file of Azure Arc cannot be used", *words)
    place.check_wire(arc_request(place, status=401))


def test_arc_key_that_is_not_there(place, key_file):
    assert not key_file.exists()
    refuses_the_file(place, "No such file")


def test_arc_key_that_is_too_large(place, key_file):
    key_file.write_text("k" * 4097, encoding="ascii")
    refuses_the_file(place, "too large")


def test_arc_key_that_is_a_link(place, key_file):
    place.write("real", "k" * 30)
    key_file.symlink_to(place.directory / "real")
    refuses_the_file(place)


def test_arc_key_that_is_a_fifo(place, key_file):
    """Nobody waits for what nobody writes."""
    os.mkfifo(key_file)
    refuses_the_file(place)


@pytest.mark.parametrize("text", ["k" * 15 + "\r\n" + "k" * 15, " ", "k k",
                                  "k" * 15 + "\nX-Evil: 1"])
def test_arc_key_that_is_no_key(place, key_file, text):
    key_file.write_text(text, encoding="ascii")
    refuses_the_file(place, "not one word")


def test_arc_key_that_others_may_write(place, key_file):
    key_file.write_text("k" * 30, encoding="ascii")
    key_file.chmod(0o666)
    refuses_the_file(place)


def test_arc_key_that_we_may_not_read(place, key_file):
    """As it is for whoever is not in the agent's group."""
    key_file.write_text("k" * 30, encoding="ascii")
    key_file.chmod(0)
    refuses_the_file(place, "mount as root", "group himds", prefix=[
        shutil.which("setpriv"), "--bounding-set",
        "-dac_override,-dac_read_search"])


def test_arc_key_that_is_wrong(place, key_file):
    key_file.write_text("k" * 30 + "\n", encoding="ascii")
    key_file.chmod(0o440)
    check_says(place.refused(MANAGED), "HTTP 401")
    place.check_wire(
        arc_request(place, status=401),
        arc_request(place, key="Basic " + "k" * 30, status=401))


def test_arc_has_a_new_key_for_each_token(place):
    become(place, "arc")
    mount = place.mount(MANAGED)
    place.restart_worker(mount)
    assert mount.read("a") == VALUE.encode()
    keys = [sent.header("Authorization") for sent in place.requests()]
    assert keys[0] is keys[2] is None
    assert len({keys[1], keys[3]}) == 2
    assert list(pathlib.Path(ARC_TOKENS).iterdir()) == []


# What may pass, and does not

NO_KEY_NAMED = "names no key file in " + ARC_TOKENS
NO_KEYS = [
    f"Basic realm={path}" for path in (
        "/etc/shadow", "/tmp/a.key", f"{ARC_TOKENS}/a.txt", f"{ARC_TOKENS}/a",
        f"{ARC_TOKENS}/../tokens/a.key", f"{ARC_TOKENS}/b/a.key",
        f"{ARC_TOKENS}/.key", f"{ARC_TOKENS}-more/a.key", "a.key", "")
] + [f"Bearer realm={ARC_TOKENS}/a.key", "Basic", None]


def trouble():
    """Each kind of host, what is wrong there, and what is said about it.

    Faults are for one id, so that no row meets another one's.
    """
    for header in NO_KEYS:
        yield "arc", "", {
            "status": 401, "body": {}, "headers": {
                "WWW-Authenticate": header}}, (NO_KEY_NAMED,)
    # It gives another identity's token, which must not be believed.
    for option in (f"identity_client_id={USER_ONE}",
                   f"identity_object_id={USER_OBJECT}",
                   f"identity_resource_id={RESOURCE_ID}"):
        yield "arc", option, None, ("too old", "update it")
    yield "imds", "", {"status": 200, "body": "<html>who are you?</html>"}, (
        "NO_PROXY", "proxy")
    yield "imds", "", {"status": 403, "body": {
        "error": "forbidden", "message": "connecting to 169.254.169.254:80: a "
        "socket operation was attempted to an unreachable network"}}, (
            "not reachable", "proxy")
    for kind in ("imds", "app-service"):
        yield kind, "", {"status": 307, "body": "", "headers": {
            "Location": "http://127.0.0.1/evil"}}, ("HTTP 307", "proxy")
    # It has to be asked later than anybody waits.
    yield "imds", "", {"status": 429, "body": {}, "headers": {
        "Retry-After": "1000"}}, ("HTTP 429",)
    yield "app-service", "", {"status": 500, "body": {"message": "vague"}}, (
        "App Service", "HTTP 500", "vague")
    yield "app-service", "", {"status": 200, "body": "<html>"}, (
        "not App Service", "proxy")
    # Its certificate is known by nothing else, and the secret stays here.
    yield "service-fabric", f"identity_thumbprint={'0' * 40}", None, (
        "Service Fabric",)


@pytest.fixture
def old_agent(azure):
    azure.seed({"host": {"oldArcAgent": True}})
    yield
    azure.seed({"host": {"oldArcAgent": False}})


def test_trouble_that_stays(place, old_agent):
    """All of it at once: each is tried again for as long as one may wait."""
    begun = []
    for number, (kind, option, how, words) in enumerate(trouble()):
        name = f"{number:08}-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
        place.env.update(dict.fromkeys(PLACE_VARIABLES))
        # So that the vault need not be asked first, by all of them.
        place.env["AZURE_TENANT_ID"] = place.tenant
        become(place, kind)
        if how:
            place.env["AZURE_CLIENT_ID"] = name
            place.emulator.fault({"query": f"*client_id={name}"}, **how)
        begun.append((name, words, place.spawn(
            f"{MANAGED},{option}", env=dict(place.env))))
    for name, words, mount in begun:
        check_says(place.end_of(mount, code=3), *words)
        if words == (NO_KEY_NAMED,):
            # It never came to a second request.
            assert {sent.header("Authorization") for sent in place.requests()
                    if name in sent.query} == {None}
    assert "/evil" not in {sent.path for sent in place.requests()}
    assert "127.0.0.1:2377" not in {
        sent.header("Host") for sent in place.requests()}
    assert place.readers() == []


def test_arc_by_its_program(place):
    """Shells there often lack the variables; the agent has its own port."""
    program = pathlib.Path("/var/opt/azcmagent/bin/himds")
    program.parent.mkdir()
    program.write_text("", encoding="ascii")
    agent = Emulator(seed_of({}), options=[
        "--metadata", "127.0.0.1:40342", "--arc-tokens", ARC_TOKENS])
    # What it signs is a token of the same tenant.
    shutil.copy(place.emulator.state_dir / "token-key.pem", agent.state_dir)
    try:
        with agent:
            agent.seed({"tenants": {place.tenant: {"principals": {
                SYSTEM: {"assigned": "system",
                         "objectId": SYSTEM_OBJECT}}}}})
            check_reads(place, place.mount(MANAGED), SYSTEM)
            assert len(agent.requests()) == 2
    finally:
        program.unlink()
        program.parent.rmdir()
    assert place.requests() == []


def test_arc_by_name(place):
    """auth=arc is the agent's, whatever else there is."""
    become(place, "app-service")
    place.env["IMDS_ENDPOINT"] = "http://127.0.0.1"
    place.env["IDENTITY_ENDPOINT"] = f"http://127.0.0.1{PATH}"
    check_reads(place, place.mount("auth=arc"), SYSTEM)
    check_asked(place, "arc")
