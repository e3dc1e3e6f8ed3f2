# SPDX-License-Identifier: MIT
"""Tags and other metadata are extended attributes, and only those there are."""

import errno
import json
import os
import re
import subprocess

import pytest

from objects import Chain, ask, create_key, delete, import_pem

FULL = {"value": "v", "contentType": "text/plain",
        "tags": {"team": "shop", "": "nameless", "long" * 100: "x",
                 "grüße": "schöne \"alle\""},
        "attributes": {"enabled": True, "exp": 1900000000, "nbf": 1500000000}}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def attributes(path):
    return {name: os.getxattr(path, name).decode()
            for name in os.listxattr(path)}


def test_what_there_is(vault):
    _, mount = vault({"full": FULL, "plain": "v"})
    found = attributes(mount.secrets / "full")
    version = found["user.akv.version"]
    assert re.fullmatch("[0-9a-f]{32}", version)
    assert found["user.akv.id"] == (
        f"https://demo.vault.azure.net/secrets/full/{version}")
    assert found["user.akv.content_type"] == "text/plain"
    assert found["user.akv.enabled"] == "true"
    assert found["user.akv.managed"] == "false"
    assert found["user.akv.expires"] == "2030-03-17T17:46:40Z"
    assert found["user.akv.not_before"] == "2017-07-14T02:40:00Z"
    assert TIME.fullmatch(found["user.akv.created"])
    assert TIME.fullmatch(found["user.akv.updated"])
    assert "Recoverable" in found["user.akv.recovery_level"]
    assert json.loads(found["user.akv.tags"]) == FULL["tags"]
    assert found["user.akv.tag.team"] == "shop"
    assert found["user.akv.tag.grüße"] == "schöne \"alle\""
    # What does not fit an attribute's name is in the JSON only.
    assert {name for name in found if name.startswith("user.akv.tag.")} == {
        "user.akv.tag.team", "user.akv.tag.grüße"}

    found = attributes(mount.secrets / "plain")
    assert json.loads(found["user.akv.tags"]) == {}
    assert not {"user.akv.content_type", "user.akv.expires",
                "user.akv.not_before"} & set(found)


COMMON = {"id", "enabled", "created", "updated", "recovery_level", "managed",
          "tags", "tag.n"}
TIMES = {"expires", "not_before"}
ATTRIBUTES = {"exp": 1900000000, "nbf": 1500000000}


def shown_by_getfattr(path):
    text = subprocess.run(
        ["getfattr", "-d", "-m", "-", "--absolute-names", str(path)],
        check=True, capture_output=True, text=True).stdout
    lines = [line for line in text.splitlines() if line.startswith("user.")]
    return {line.split("=")[0].removeprefix("user.akv.") for line in lines}


def test_the_names_of_each_kind(vault):
    """All that the design promises, and no others."""
    emulator, mount = vault({})
    ask(emulator, "PUT", "/secrets/s", {
        "value": "v", "contentType": "text/plain", "tags": {"n": "1"},
        "attributes": ATTRIBUTES})
    for name, kty in (("e", "EC"), ("r", "RSA")):
        create_key(emulator, name, kty, tags={"n": "1"},
                   attributes=ATTRIBUTES)
    import_pem(emulator, "c", Chain().pem(), tags={"n": "1"})
    emulator.seed({"vaults": {"demo": {"storage": {"a": {
        "tags": {"n": "1"}, "sas": {"d": {
            "templateUri": "sv=2018-03-28&ss=b&srt=sco&sp=rl&se=x&sig=x",
            "sasType": "account", "validityPeriod": "PT2H",
            "tags": {"n": "1"}}}}}}}})
    versioned = COMMON | TIMES | {"version"}
    certificate = versioned | {"subject", "issuer", "thumbprint", "sans"}
    expected = {
        "secrets/s": versioned | {"content_type"},
        "keys/e": versioned | {"kty", "key_ops", "crv"},
        "keys/r/public.pem": versioned | {"kty", "key_ops", "size"},
        "certificates/c": certificate,
        "certificates/c/privkey.pem": certificate,
        "secrets/c": versioned | {"content_type"},
        "keys/c": versioned | {"kty", "key_ops", "crv"},
        "storage/a": COMMON,
        "storage/a/sas/d.json": COMMON,
    }
    assert {path: shown_by_getfattr(mount.path / path)
            for path in expected} == expected
    for kind, name in (("secrets", "s"), ("keys", "e"), ("certificates", "c")):
        delete(emulator, kind, name)
    deleted = {
        ".deleted/secrets/s": (expected["secrets/s"] - {"version"}),
        ".deleted/keys/e": expected["keys/e"] - {"version"},
        ".deleted/certificates/c": certificate - {"version"},
    }
    assert {path: shown_by_getfattr(mount.path / path)
            for path in deleted} == deleted


def test_sizes_and_absent_ones(vault):
    _, mount = vault({"full": FULL})
    path = mount.secrets / "full"
    for name in ("user.akv.tag.absent", "user.akv.tag.", "user.akv.nothing",
                 "user.other", "security.selinux"):
        with pytest.raises(OSError) as caught:
            os.getxattr(path, name)
        assert caught.value.errno == errno.ENODATA, name
    # getfattr asks for the size first; so does getxattr with too short a buffer.
    ended = subprocess.run(
        ["getfattr", "-d", "-m", "-", str(path)], capture_output=True,
        text=True, check=True)
    assert 'user.akv.tag.team="shop"' in ended.stdout
    assert "user.akv.tags=" in ended.stdout


def test_directories(vault):
    _, mount = vault({"full": FULL}, "arm=off")
    assert attributes(mount.path) == {
        "user.akv.vault.uri": "https://demo.vault.azure.net/"}
    assert attributes(mount.secrets) == {}
    assert attributes(mount.path / ".akvfs" / "status.json") == {}


def test_one_request_for_all_of_them(vault):
    emulator, mount = vault({"full": FULL})

    def gets():
        return [request for request in emulator.requests()
                if request["path"].startswith("/secrets/full")]

    attributes(mount.secrets / "full")
    mount.read("full")
    attributes(mount.secrets / "full")
    assert len(gets()) == 1


def test_an_open_file_keeps_those_of_its_version(vault):
    emulator, mount = vault({"a": {"value": "1", "tags": {"n": "1"}}}, "ttl=0")
    descriptor = os.open(mount.secrets / "a", os.O_RDONLY)
    try:
        emulator.seed({"vaults": {"demo": {"secrets": {
            "a": {"value": "2", "tags": {"n": "2"}}}}}})
        assert os.getxattr(mount.secrets / "a", "user.akv.tag.n") == b"2"
        assert os.getxattr(descriptor, "user.akv.tag.n") == b"1"
        assert os.read(descriptor, 10) == b"1"
    finally:
        os.close(descriptor)


def test_the_vault_is_away(vault):
    emulator, mount = vault({"a": {"value": "1", "tags": {"n": "1"}}},
                            "ttl=1s,timeout=1s")
    path = mount.secrets / "a"
    assert os.getxattr(path, "user.akv.tag.n") == b"1"
    descriptor = os.open(path, os.O_RDONLY)
    emulator.kill()
    try:
        os.kill(mount.launcher_pid, 10)  # forget all
        with pytest.raises(OSError) as caught:
            while True:
                os.getxattr(descriptor, "user.akv.tag.n")
        assert caught.value.errno == errno.ETIMEDOUT
    finally:
        os.close(descriptor)
        emulator.start()


@pytest.mark.parametrize("tags", [
    [], "text", {"a": 1}, {"a": None}, {"a": {}}, '{"a": "1", "a": "2"}'])
def test_tags_that_cannot_be_believed(vault, tags):
    emulator, mount = vault({"a": "1"})
    text = tags if isinstance(tags, str) and tags[:1] == "{" else json.dumps(
        tags)
    version = "0" * 32
    emulator.fault(
        {"path": "/secrets/a*"}, status=200,
        body='{"value":"v","id":"https://demo.vault.azure.net/secrets/a/'
        + version + '","attributes":{"enabled":true},"tags":' + text + "}")
    with pytest.raises(OSError) as caught:
        os.listxattr(mount.secrets / "a")
    assert caught.value.errno == errno.EIO
