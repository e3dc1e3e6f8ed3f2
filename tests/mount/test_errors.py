# SPDX-License-Identifier: MIT
"""What the vault says becomes one errno, and one line in the log.

The table is that of docs/semantics.md. A value or a name is in no line.
"""

import base64
import errno
import json
import os
import re
import signal
import time

import pytest

from akvfs_mount import seed_of

NAME = "needle-name-4711"
VALUE = "needle-value-0815"
REQUEST_ID = "11111111-2222-4333-8444-555555555555"
ID = f"https://demo.vault.azure.net/secrets/{NAME}/" + "0" * 32
READER = ("00000000-1111-4222-8333-444444444444", "reader-secret")
# A deadline may be kept late on a busy machine, but never early.
DEADLINE_S = 1
DEADLINE_LATE_S = 5


def error_of(path):
    with pytest.raises(OSError) as caught:
        os.stat(path)
    return caught.value.errno


def lines_of(mount, word):
    return [line for line in mount.log().decode().splitlines() if word in line]


def asked(emulator, name=NAME):
    return [request for request in emulator.requests()
            if request["path"] == f"/secrets/{name}"]


def tokens(emulator):
    return [request for request in emulator.requests()
            if request["path"].endswith("/token")]


def quiet(vaults, secrets=None, options="", **more):
    """A vault with the needles, and a mount with the log of every day."""
    return vaults({NAME: VALUE, "other": "is well", **(secrets or {})}, options,
                 debug=False, **more)


def fault_of(emulator, status, code, inner="", message="No.", **more):
    body = {"error": {"code": code, "message": message}}
    if inner:
        body["error"]["innererror"] = {"code": inner}
    emulator.fault({"path": f"/secrets/{NAME}"}, status=status, body=body,
                   headers={"x-ms-request-id": REQUEST_ID}, **more)


def check_log(mount, *words):
    """One line, with these words; needles nowhere."""
    lines = lines_of(mount, "not readable")
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert NAME not in mount.log().decode()
    assert VALUE not in mount.log().decode()


# Refusals

@pytest.mark.parametrize("status, code, inner, expected", [
    (403, "Forbidden", "ForbiddenByPolicy", errno.EACCES),
    (403, "Forbidden", "ForbiddenByRbac", errno.EACCES),
    (403, "Forbidden", "ForbiddenByFirewall", errno.EACCES),
    (403, "Forbidden", "SecretDisabled", errno.EACCES),
    (403, "Forbidden", "", errno.EACCES),
    (400, "BadParameter", "", errno.EIO),
    (409, "Conflict", "ObjectIsBeingDeleted", errno.EIO),
])
def test_refusals(vault, status, code, inner, expected):
    emulator, mount = quiet(vault)
    fault_of(emulator, status, code, inner)
    for _ in range(5):
        assert error_of(mount.secrets / NAME) == expected
    # What was refused is not asked for again until negative_ttl is over.
    assert len(asked(emulator)) == 1
    check_log(mount, f"HTTP {status}", code, inner, REQUEST_ID)
    assert mount.read("other") == b"is well"


@pytest.mark.parametrize("status, code", [
    (403, "Forbidden"), (400, "BadParameter"), (409, "Conflict")])
def test_a_name_in_the_words_of_the_vault(vault, status, code):
    emulator, mount = quiet(vault)
    fault_of(emulator, status, code,
             message=f"Secret {NAME} is currently being deleted.")
    assert error_of(mount.secrets / NAME) != errno.ENOENT
    check_log(mount, f"HTTP {status}", code, REQUEST_ID)


def test_missing(vault):
    emulator, mount = quiet(vault)
    for _ in range(5):
        assert error_of(mount.secrets / "needle-missing") == errno.ENOENT
    assert len(asked(emulator, "needle-missing")) == 1
    # Programs look for files that are not there: that is no event.
    assert "needle" not in mount.log().decode()


def test_disabled(vault):
    emulator, mount = quiet(vault, {NAME: {
        "value": VALUE, "attributes": {"enabled": False}}})
    for _ in range(5):
        assert error_of(mount.secrets / NAME) == errno.EACCES
    assert len(asked(emulator)) == 1
    check_log(mount, "HTTP 403", "Forbidden", "SecretDisabled")
    [line] = lines_of(mount, "not readable")
    assert re.search(r"request [0-9a-f-]{36}, as [0-9a-f-]+\)", line)


def test_no_permission_to_get(vault):
    emulator, mount = quiet(
        vault, vault={"principals": {READER[0]: {
            "secret": READER[1], "permissions": {"secrets": ["list"]}}}},
        env={"AZURE_CLIENT_ID": READER[0], "AZURE_CLIENT_SECRET": READER[1]})
    assert error_of(mount.secrets / NAME) == errno.EACCES
    assert sorted(os.listdir(mount.secrets)) == [NAME, "other"]
    check_log(mount, "HTTP 403", "az keyvault set-policy")
    assert len(asked(emulator)) == 1


def test_no_permission_to_list(vault):
    _, mount = quiet(
        vault, vault={"principals": {READER[0]: {
            "secret": READER[1], "permissions": {"secrets": ["get"]}}}},
        env={"AZURE_CLIENT_ID": READER[0], "AZURE_CLIENT_SECRET": READER[1]})
    for _ in range(3):
        with pytest.raises(PermissionError):
            os.listdir(mount.secrets)
    assert mount.read(NAME) == VALUE.encode()
    assert len(lines_of(mount, "list of secrets: forbidden")) == 1


def test_always_unauthorized(vault):
    """One fresh token is tried, no more."""
    emulator, mount = quiet(vault)
    assert len(tokens(emulator)) == 1
    fault_of(emulator, 401, "Unauthorized")
    for _ in range(5):
        assert error_of(mount.secrets / NAME) == errno.EACCES
    assert len(tokens(emulator)) == 2
    assert len(asked(emulator)) == 2
    check_log(mount, "HTTP 401", "Unauthorized", REQUEST_ID)
    assert mount.read("other") == b"is well"


def test_unauthorized_once(vault):
    emulator, mount = quiet(vault)
    emulator.fault({"path": f"/secrets/{NAME}", "count": 1}, status=401)
    assert mount.read(NAME) == VALUE.encode()
    assert len(tokens(emulator)) == 2
    assert len(asked(emulator)) == 2
    assert not lines_of(mount, "not readable")


def test_well_again(vault):
    emulator, mount = quiet(vault, options="negative_ttl=0")
    fault_of(emulator, 403, "Forbidden")
    for _ in range(3):
        assert error_of(mount.secrets / NAME) == errno.EACCES
    emulator.clear_faults()
    for _ in range(3):
        assert mount.read(NAME) == VALUE.encode()
    check_log(mount, "HTTP 403")
    assert len(lines_of(mount, "answers again")) == 1


# What passes

@pytest.mark.parametrize("do, words", [
    ({"status": 429}, ("HTTP 429", "Throttled", REQUEST_ID)),
    ({"status": 429, "headers": {"Retry-After": "60"}}, ("HTTP 429",)),
    ({"status": 500}, ("HTTP 500", "InternalError", REQUEST_ID)),
    ({"status": 502}, ("HTTP 502", "BadGateway", REQUEST_ID)),
    ({"status": 503}, ("HTTP 503", "ServiceUnavailable", REQUEST_ID)),
    ({"status": 504}, ("HTTP 504", "GatewayTimeout", REQUEST_ID)),
    ({"hang": True}, ("unreachable",)),
    ({"reset_after": 0}, ("unreachable",)),
    ({"truncate_at": 20}, ("unreachable",)),
    ({"drip_bps": 5}, ("unreachable",)),
])
def test_transient(vault, do, words):
    emulator, mount = quiet(vault, options=f"timeout={DEADLINE_S}s")
    emulator.fault({"path": f"/secrets/{NAME}"}, **{
        **do, "headers": {"x-ms-request-id": REQUEST_ID,
                          **do.get("headers", {})}})
    began = time.monotonic()
    assert error_of(mount.secrets / NAME) == errno.ETIMEDOUT
    took = time.monotonic() - began
    assert took < DEADLINE_S + DEADLINE_LATE_S
    if "hang" in do or "drip_bps" in do:
        assert took > DEADLINE_S * 0.9
    assert mount.read("other") == b"is well"
    check_log(mount, *words)


def test_transient_and_well_before_the_deadline(vault):
    """A reader who can wait does not see that the vault was ill."""
    emulator, mount = quiet(vault, options="timeout=20s")
    emulator.fault({"path": f"/secrets/{NAME}", "count": 2}, status=503)
    assert mount.read(NAME) == VALUE.encode()
    assert len(asked(emulator)) == 3
    assert not lines_of(mount, "not readable")


def test_connection_refused(vault):
    emulator, mount = quiet(vault, options=f"timeout={DEADLINE_S}s")
    emulator.kill()
    assert error_of(mount.secrets / NAME) == errno.ETIMEDOUT
    check_log(mount, "unreachable", "check the network")
    with pytest.raises(TimeoutError):
        os.listdir(mount.secrets)


def test_a_list_that_fails(vault):
    emulator, mount = quiet(vault, options=f"timeout={DEADLINE_S}s")
    emulator.fault({"path": "/secrets"}, status=503)
    with pytest.raises(TimeoutError):
        os.listdir(mount.secrets)
    assert mount.read(NAME) == VALUE.encode()


def test_a_list_that_is_no_list(vault):
    emulator, mount = quiet(vault)
    emulator.fault({"path": "/secrets"}, status=200, body="<html>")
    with pytest.raises(OSError) as caught:
        os.listdir(mount.secrets)
    assert caught.value.errno == errno.EIO
    assert mount.read(NAME) == VALUE.encode()


HOSTS_SCRIPT = """
set -e
mount --bind "$1" /etc/hosts
mount --bind "$2" /etc/nsswitch.conf
shift 2
exec "$@"
"""


def namespace_hosts(tmp_path):
    """An /etc/hosts for one process; returns it and what runs that process."""
    hosts = tmp_path / "hosts"
    switch = tmp_path / "nsswitch.conf"
    switch.write_text("hosts: files\n", encoding="utf-8")
    hosts.write_text("", encoding="utf-8")
    for path in (tmp_path, hosts, switch):
        path.chmod(0o755)
    return hosts, ("unshare", "--mount", "sh", "-c", HOSTS_SCRIPT, "sh",
                   str(hosts), str(switch))


def test_the_name_does_not_resolve(vault, tmp_path):
    """The name goes away while the vault is mounted."""
    hosts, prefix = namespace_hosts(tmp_path)
    authority = "127.119.1.1 login.microsoftonline.com\n"
    hosts.write_text(authority + "127.119.1.1 demo.vault.azure.net\n",
                     encoding="utf-8")
    emulator = vault.emulator({NAME: VALUE}, address="127.119.1.1", port=443)
    mount = vault.mount(emulator, "timeout=2s", debug=False, connect="",
                        prefix=prefix)
    # The mount is in a namespace of its own.
    secrets = f"/proc/{mount.launcher_pid}/root{mount.secrets}"
    os.stat(secrets)
    hosts.write_text(authority, encoding="utf-8")
    # What was resolved is remembered by the worker; a new one asks anew.
    old = mount.worker_pid
    os.kill(old, signal.SIGKILL)
    mount.wait_for_worker(other_than=old)
    assert error_of(f"{secrets}/{NAME}") == errno.EHOSTUNREACH
    check_log(mount, "does not resolve")


def test_the_certificate_changes_for_a_false_one(vault):
    emulator, mount = quiet(vault, options="timeout=2s")
    port = emulator.port
    emulator.kill()
    false = vault.emulator(seed=seed_of({NAME: "from the wrong vault"}),
                           port=port)
    assert error_of(mount.secrets / NAME) == errno.EIO
    assert false.requests() == []
    check_log(mount, "cannot be trusted")


def test_a_false_certificate_from_the_start(vault):
    emulator = vault.emulator({NAME: VALUE})
    other = vault.emulator({})
    failed = vault.unmounted(emulator, f"cafile={other.ca_file}")
    ended = failed.attempt()
    assert ended.returncode == 3
    assert ended.stdout == b""
    assert len(ended.stderr.decode().splitlines()) == 1
    assert b"certificate" in ended.stderr
    assert not failed.is_mounted()
    assert not emulator.requests()


# What cannot be believed

def bundle(**changes):
    found = {"value": VALUE, "id": ID,
             "attributes": {"enabled": True, "created": 1, "updated": 1}}
    found.update(changes)
    return json.dumps({name: value for name, value in found.items()
                       if value is not ...})


UNBELIEVABLE = {
    "nothing": "",
    "html": "<html><body>Sign in</body></html>",
    "cut short": bundle()[:-1],
    "more behind": bundle() + "{}",
    "an array": f"[{bundle()}]",
    "a string": f'"{VALUE}"',
    "null": "null",
    "no value": bundle(value=...),
    "value null": bundle(value=None),
    "value a number": bundle(value=17),
    "value true": bundle(value=True),
    "value an object": bundle(value={"value": VALUE}),
    "value an array": bundle(value=[VALUE]),
    "value twice": bundle().replace("{", '{"value": "first", ', 1),
    "value in capitals": bundle(value=..., Value=VALUE),
    "NUL in the value": bundle(value=VALUE + "\0tail"),
    "NUL in a name": bundle().replace(
        "{", '{"value\\u0000x": "shadow", ', 1),
    "half a surrogate": bundle(value=VALUE + "\ud83d"),
    "invalid UTF-8": bundle().encode().replace(
        VALUE.encode(), VALUE.encode() + b"\xff"),
    "a control byte": bundle().encode().replace(
        VALUE.encode(), VALUE.encode() + b"\x01"),
    "value too large": bundle(value=VALUE + "x" * 64 * 1024),
    "too large": bundle(extra="x" * 1024 * 1024),
    "too deep": "[" * 100 + "]" * 100,
    "no id": bundle(id=...),
    "id a number": bundle(id=1),
    "id of another secret": bundle(id=ID.replace(NAME, "other")),
    "id of a key": bundle(id=ID.replace("/secrets/", "/keys/")),
    "id without a version": bundle(id=ID.rsplit("/", 1)[0]),
    "id with an odd version": bundle(id=ID[:-1] + "x"),
    "id with more": bundle(id=ID + "/more"),
    "id no URL": bundle(id=f"/secrets/{NAME}/{'0' * 32}"),
    "times as text": bundle(attributes={"created": "yesterday"}),
    "enabled a number": bundle(attributes={"enabled": 1}),
}


@pytest.mark.parametrize("what", UNBELIEVABLE)
def test_unbelievable(vault, what):
    body = UNBELIEVABLE[what]
    emulator, mount = quiet(vault)
    raw = body if isinstance(body, bytes) else body.encode()
    emulator.fault({"path": f"/secrets/{NAME}"}, status=200,
                   body_base64=base64.b64encode(raw).decode(),
                   headers={"x-ms-request-id": REQUEST_ID})
    for _ in range(3):
        assert error_of(mount.secrets / NAME) == errno.EIO
    assert mount.read("other") == b"is well"
    check_log(mount, "cannot be believed", REQUEST_ID)


def test_the_bundle_itself_is_believed(vault):
    """That the faults above are of their making, and not of all."""
    emulator, mount = quiet(vault)
    emulator.fault({"path": f"/secrets/{NAME}"}, status=200, body=bundle())
    assert mount.read(NAME) == VALUE.encode()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(vault, status):
    emulator, mount = quiet(vault)
    emulator.fault(
        {"path": f"/secrets/{NAME}"}, status=status,
        headers={"Location": "https://other.vault.azure.net/secrets/other"})
    assert error_of(mount.secrets / NAME) == errno.EIO
    assert {request["host"] for request in emulator.requests()} == {
        "login.microsoftonline.com", "demo.vault.azure.net"}
    assert not asked(emulator, "other")
    check_log(mount, f"HTTP {status}")


def test_no_content(vault):
    emulator, mount = quiet(vault)
    emulator.fault({"path": f"/secrets/{NAME}"}, status=204)
    assert error_of(mount.secrets / NAME) == errno.EIO


# No trace at the highest level either

def test_values_are_in_no_log(vault):
    emulator, mount = vault({NAME: VALUE, "off": {
        "value": VALUE, "attributes": {"enabled": False}}}, "timeout=1s")
    assert mount.read(NAME) == VALUE.encode()
    assert error_of(mount.secrets / "off") == errno.EACCES
    assert error_of(mount.secrets / "missing") == errno.ENOENT
    os.listdir(mount.secrets)
    emulator.fault({"path": "/secrets/broken"}, status=200,
                   body=f'{{"value": "{VALUE}"')
    assert error_of(mount.secrets / "broken") == errno.EIO
    token = emulator.token()
    log = mount.log().decode()
    assert VALUE not in log
    assert token[-60:] not in log
    assert emulator.env["AZURE_CLIENT_SECRET"] not in log
    assert "Bearer" not in log
