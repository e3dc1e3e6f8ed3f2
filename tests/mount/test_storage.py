# SPDX-License-Identifier: MIT
"""Storage accounts, and tokens that are made anew each time."""

import errno
import json
import os
import time

import pytest

from objects import HOST, asked, error_of, is_missing, last_request

ACCOUNT = {
    "id": f"https://{HOST}/storage/Acct1",
    "resourceId": "/subscriptions/x/resourceGroups/y/providers/"
                  "Microsoft.Storage/storageAccounts/acct1",
    "activeKeyName": "key1", "autoRegenerateKey": True,
    "regenerationPeriod": "P30D",
    "attributes": {"enabled": True, "created": 1600000000,
                   "updated": 1600000001, "recoveryLevel": "Purgeable"},
    "tags": {"n": "1"}}
SAS = {
    "id": f"https://{HOST}/storage/acct1/sas/Read",
    "sid": f"https://{HOST}/secrets/acct1-Read",
    "templateUri": "?sv=2018-03-28&sig=x", "sasType": "account",
    "validityPeriod": "PT1H",
    "attributes": {"enabled": True, "created": 1600000002,
                   "updated": 1600000003}}


def token(number):
    return {
        "value": f"?sv=2018-03-28&se=2030-01-01T00:00:00Z&sig={number}",
        "id": f"https://{HOST}/secrets/acct1-Read", "managed": True,
        "contentType": "application/vnd.ms-sastoken-storage",
        "attributes": {"enabled": True, "exp": 1893456000}}


def answer(emulator, path, body):
    emulator.fault({"host": HOST, "path": path}, status=200, body=body)


def show_storage(emulator, sas=None, account=None):
    """Answer as a vault with one storage account does."""
    emulator.clear_faults()
    if sas is not None:
        answer(emulator, "/secrets/acct1-read*", token(sas))
    answer(emulator, "/storage", {"value": [
        {name: ACCOUNT[name] for name in ("id", "resourceId", "attributes")}]})
    answer(emulator, "/storage/acct1", account or ACCOUNT)
    answer(emulator, "/storage/acct1/sas", {"value": [
        {name: SAS[name] for name in ("id", "sid", "attributes")}]})
    answer(emulator, "/storage/acct1/sas/read", SAS)


def with_storage(vault, *arguments, **more):
    emulator, mount = vault({"a": "1"}, *arguments, **more)
    show_storage(emulator)
    return emulator, mount


def test_an_absent_collection(vault):
    emulator, mount = vault({"a": "1"}, debug=False)
    emulator.fault({"path": "/storage*"}, status=404)
    assert sorted(os.listdir(mount.path)) == [
        "certificates", "keys", "secrets"]
    assert is_missing(mount.path / "storage")
    assert error_of(os.listdir, mount.path / "storage") == errno.ENOENT
    assert sorted(os.listdir(mount.path / ".deleted")) == [
        "certificates", "keys", "secrets"]
    assert is_missing(mount.path / ".deleted" / "storage")
    # It is asked for once, and nothing is said of it.
    assert asked(emulator).count("/storage") == 1
    assert b"storage" not in mount.log()


@pytest.mark.parametrize("configured,asked_for", [
    ("7.2", "7.2"), ("2025-07-01", "2025-07-01"), ("2026-04-01", "2025-07-01"),
])
def test_the_newest_version_that_has_it(vault, configured, asked_for):
    emulator, mount = vault({"a": "1"}, "api_version=" + configured)
    emulator.seed({"vaults": {"demo": {"storage": {"photos": {}}}}})
    assert os.listdir(mount.path / "storage") == ["photos"]
    assert mount.read("a") == b"1"
    queries = {request["path"]: request["query"]
               for request in emulator.requests()}
    assert queries["/storage"] == "api-version=" + asked_for
    assert queries["/secrets/a"] == "api-version=" + configured


def test_without_permission(vault):
    """It may be there: it is not listed, and says what it is by name."""
    emulator, mount = vault({"a": "1"})
    emulator.fault({"path": "/storage*"}, status=403)
    assert "storage" not in os.listdir(mount.path)
    assert error_of(os.listdir, mount.path / "storage") == errno.EACCES


def test_an_account(vault):
    _, mount = with_storage(vault)
    assert sorted(os.listdir(mount.path)) == [
        "certificates", "keys", "secrets", "storage"]
    assert os.listdir(mount.path / "storage") == ["Acct1"]
    folder = mount.path / "storage" / "acct1"
    assert sorted(os.listdir(folder)) == ["account.json", "sas"]
    assert json.loads((folder / "account.json").read_bytes()) == ACCOUNT
    assert os.stat(folder / "account.json").st_mtime == 1600000000
    assert sorted(os.listdir(folder / "sas")) == ["Read", "Read.json"]
    assert json.loads((folder / "sas" / "read.json").read_bytes()) == SAS
    assert os.getxattr(folder / "account.json", "user.akv.id") == (
        f"https://{HOST}/storage/acct1".encode())
    assert os.getxattr(folder, "user.akv.tag.n") == b"1"
    assert os.getxattr(folder / "sas" / "read.json", "user.akv.id") == (
        f"https://{HOST}/storage/acct1/sas/read".encode())
    assert is_missing(folder / "sas" / "a-b")
    assert is_missing(folder / "key1")


def test_a_token_is_always_new(vault):
    emulator, mount = with_storage(vault)
    path = mount.path / "storage" / "acct1" / "sas" / "read"
    for number in range(3):
        show_storage(emulator, sas=number)
        assert path.read_text() == token(number)["value"]
        assert (mount.secrets / "acct1-read").read_text() == (
            token(number)["value"])
        assert os.getxattr(path, "user.akv.id") == (
            f"https://{HOST}/secrets/acct1-read".encode())
    # A file that is open keeps its own.
    with open(path, "rb") as file:
        show_storage(emulator, sas=9)
        assert path.read_text() == token(9)["value"]
        assert file.read().decode() == token(2)["value"]
        # What else was said of it has gone with it.
        assert error_of(os.getxattr, file.fileno(),
                        "user.akv.enabled") == errno.ESTALE


def test_a_token_is_a_secret_too(vault):
    """Made by the vault: its attributes tell."""
    emulator, mount = vault({"own": "1"})
    emulator.seed({"vaults": {"demo": {"storage": {"photos": {"sas": {"read": {
        "templateUri": "sv=2018-03-28&ss=b&srt=sco&sp=rl&se=x&sig=x",
        "sasType": "account", "validityPeriod": "PT2H"}}}}}}})
    assert sorted(mount.names()) == ["own", "photos-read"]
    assert os.getxattr(mount.secrets / "own", "user.akv.managed") == b"false"
    token_path = mount.secrets / "photos-read"
    assert os.getxattr(token_path, "user.akv.managed") == b"true"
    assert os.getxattr(token_path, "user.akv.content_type") == (
        b"application/vnd.ms-sastoken-storage")
    assert mount.read("photos-read").startswith(b"?")


def test_no_token_is_stale(vault):
    emulator, mount = with_storage(vault, "timeout=1s")
    path = mount.path / "storage" / "acct1" / "sas" / "read"
    show_storage(emulator, sas=1)
    assert path.read_text() == token(1)["value"]
    emulator.clear_faults()
    emulator.fault({"path": "/secrets/*"}, status=503)
    assert error_of(path.read_bytes) == errno.ETIMEDOUT


def test_what_changes(vault):
    emulator, mount = with_storage(vault, "ttl=0")
    path = mount.path / "storage" / "acct1" / "account.json"
    with open(path, "rb") as file:
        before = file.read()
        show_storage(emulator, account={**ACCOUNT, "tags": {"n": "2"}})
        assert json.loads(path.read_bytes())["tags"] == {"n": "2"}
        file.seek(0)
        assert file.read() == before


def test_a_deleted_account(vault):
    emulator, mount = with_storage(vault)
    deleted = {**ACCOUNT, "recoveryId": f"https://{HOST}/deletedstorage/acct1",
               "deletedDate": 1600000100, "scheduledPurgeDate": 1700000000}
    answer(emulator, "/deletedstorage", {"value": [deleted]})
    answer(emulator, "/deletedstorage/acct1", deleted)
    bin_ = mount.path / ".deleted" / "storage"
    assert os.listdir(bin_) == ["Acct1"]
    assert json.loads((bin_ / "acct1").read_bytes()) == deleted


def test_deleted_definitions(vault):
    """They are deleted one by one, while their account lives."""
    emulator, mount = vault({"a": "1"}, "ttl=0,negative_ttl=0")
    emulator.seed({"vaults": {"demo": {"storage": {"Photos": {"sas": {
        name: {"templateUri": "sv=2018-03-28&ss=b&srt=sco&sp=rl&se=x&sig=x",
               "sasType": "account", "validityPeriod": "PT2H",
               "tags": {"n": name}}
        for name in ("Read", "Write")}}}}}})

    def delete(path):
        answer = emulator.call("DELETE", HOST, f"{path}?api-version=7.5")
        assert answer.status == 200, answer
        emulator.advance(1)

    live = mount.path / "storage" / "photos" / "sas"
    bin_ = mount.path / ".deleted" / "storage"
    folder = bin_ / "photos.sas"
    assert os.listdir(folder) == []
    assert is_missing(folder / "read")
    delete("/storage/photos/sas/read")
    assert sorted(os.listdir(live)) == ["Write", "Write.json"]
    assert os.listdir(bin_) == []
    assert os.listdir(folder) == ["Read"]
    said = json.loads((folder / "READ").read_bytes())
    assert said == emulator.call(
        "GET", HOST, "/deletedstorage/photos/sas/read?api-version=7.5").json()
    assert said["deletedDate"] and said["scheduledPurgeDate"]
    assert os.getxattr(folder / "read", "user.akv.id") == (
        f"https://{HOST}/deletedstorage/photos/sas/read".encode())
    assert os.getxattr(folder / "read", "user.akv.tag.n") == b"Read"
    assert os.listxattr(folder) == []
    delete("/storage/photos")
    assert os.listdir(bin_) == ["Photos"]
    # The vault has no such list of an account that is deleted itself.
    assert is_missing(folder)
    for nowhere in ("photos-read", "photos.json", "nobody.sas", "photos.sas.x",
                    "photos.sas/read.json"):
        assert is_missing(bin_ / nowhere)


def test_the_root_while_the_vault_hangs(vault):
    """Who lists the root waits no longer than others do."""
    emulator, mount = vault({"a": "1"}, "timeout=1s")
    emulator.fault({"path": "/storage*"}, hang=True)
    began = time.monotonic()
    assert sorted(os.listdir(mount.path)) == [
        "certificates", "keys", "secrets"]
    assert time.monotonic() - began < 15
    since = last_request(emulator)
    assert mount.read("a") == b"1"
    assert asked(emulator, since) == ["/secrets/a"]
