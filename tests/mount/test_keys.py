# SPDX-License-Identifier: MIT
"""A key is a folder of one version, with its public half in every form."""

import datetime
import errno
import json
import os
import signal
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization

from objects import (HOST, ask, asked, create_key, delete, error_of,
                     is_missing, last_request, put_secret, reader, version_of)

PUBLIC = ["jwk.json", "key.json", "public.der", "public.pem", "ssh.pub"]


def keys_of(mount):
    return mount.path / "keys"


def test_the_files_of_a_key(vault):
    emulator, mount = vault({})
    bundle = create_key(emulator, "Signer")
    folder = keys_of(mount) / "signer"
    assert os.listdir(keys_of(mount)) == ["Signer"]
    assert sorted(os.listdir(folder)) == PUBLIC
    public = serialization.load_pem_public_key(
        (folder / "public.pem").read_bytes())
    der = (folder / "public.der").read_bytes()
    assert serialization.load_der_public_key(
        der).public_numbers() == public.public_numbers()
    assert serialization.load_ssh_public_key(
        (folder / "ssh.pub").read_bytes()
    ).public_numbers() == public.public_numbers()
    jwk = json.loads((folder / "jwk.json").read_bytes())
    assert (jwk["kty"], jwk["crv"]) == ("EC", "P-256")
    created = datetime.datetime.fromtimestamp(
        bundle["attributes"]["created"], datetime.timezone.utc)
    assert json.loads((folder / "key.json").read_bytes())["attributes"][
        "created"] == created.strftime("%Y-%m-%dT%H:%M:%SZ")
    for name in PUBLIC:
        status = os.stat(folder / name)
        assert status.st_size == len((folder / name).read_bytes())
        assert status.st_mtime == bundle["attributes"]["created"]
    assert os.stat(folder).st_mtime == bundle["attributes"]["created"]
    assert is_missing(folder / "private.pem")
    assert is_missing(keys_of(mount) / "none")


@pytest.mark.parametrize("kty", ["oct", "oct-HSM"])
def test_a_key_without_a_public_half(vault, kty):
    emulator, mount = vault({})
    emulator.fault({"path": "/keys/aes*"}, status=200, body={
        "key": {"kid": f"https://{HOST}/keys/aes/{'a' * 32}",
                "kty": kty, "key_ops": ["encrypt", "decrypt"]},
        "attributes": {"enabled": True, "created": 1600000000}})
    folder = keys_of(mount) / "aes"
    assert sorted(os.listdir(folder)) == ["key.json"]
    for name in set(PUBLIC) - {"key.json"}:
        assert is_missing(folder / name)
    assert json.loads((folder / "key.json").read_bytes())["key"]["kty"] == kty
    assert os.getxattr(folder, "user.akv.kty") == kty.encode()


def test_a_key_is_asked_for_once(vault):
    emulator, mount = vault({})
    create_key(emulator, "k")
    folder = keys_of(mount) / "k"
    since = last_request(emulator)
    for name in ("public.pem", "public.der", "ssh.pub", "jwk.json"):
        (folder / name).read_bytes()
    assert sorted(os.listdir(folder)) == PUBLIC
    assert asked(emulator, since) == ["/keys/k"]
    (folder / "key.json").read_bytes()
    assert asked(emulator, since) == ["/keys/k", "/keys/k/rotationpolicy"]
    since = last_request(emulator)
    for name in PUBLIC:
        (folder / name).read_bytes()
        os.getxattr(folder / name, "user.akv.kty")
    assert asked(emulator, since) == []


def test_rotation_moves_the_folder(vault):
    emulator, mount = vault({}, "ttl=0")
    create_key(emulator, "k")
    folder = keys_of(mount) / "k"
    before = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    old = (folder / "public.pem").read_bytes()
    try:
        create_key(emulator, "k")
        new = (folder / "public.pem").read_bytes()
        assert new != old
        assert os.stat(folder).st_ino != os.fstat(before).st_ino
        # Who has the folder open has the old version.
        for name in PUBLIC:
            descriptor = os.open(name, os.O_RDONLY, dir_fd=before)
            os.close(descriptor)
        descriptor = os.open("public.pem", os.O_RDONLY, dir_fd=before)
        assert os.read(descriptor, 10000) == old
        os.close(descriptor)
        assert sorted(os.listdir(before)) == PUBLIC
    finally:
        os.close(before)


def test_what_changes_without_a_version(vault):
    """Tags: another file under the name, and the open one is as it was."""
    emulator, mount = vault({}, "ttl=0")
    version = version_of(create_key(emulator, "k", tags={"n": "1"}))
    folder = keys_of(mount) / "k"
    with open(folder / "key.json", "rb") as file:
        before = file.read()
        number = os.fstat(file.fileno()).st_ino
        public = os.stat(folder / "public.pem").st_ino
        directory = os.stat(folder).st_ino
        assert json.loads(before)["tags"] == {"n": "1"}
        ask(emulator, "PATCH", f"/keys/k/{version}", {"tags": {"n": "2"}})
        after = (folder / "key.json").read_bytes()
        assert json.loads(after)["tags"] == {"n": "2"}
        assert os.stat(folder / "key.json").st_ino != number
        assert os.stat(folder / "public.pem").st_ino == public
        assert os.stat(folder).st_ino == directory
        assert os.getxattr(folder, "user.akv.tag.n") == b"2"
        file.seek(0)
        assert file.read() == before
        assert os.fstat(file.fileno()).st_size == len(before)


def test_what_has_changed_and_is_no_longer_held(vault):
    emulator, mount = vault({}, "ttl=0,page_cache=off")
    version = version_of(create_key(emulator, "k", tags={"n": "1"}))
    folder = keys_of(mount) / "k"
    descriptor = os.open(folder / "key.json", os.O_RDONLY)
    public = os.open(folder / "public.pem", os.O_RDONLY)
    try:
        text = os.pread(descriptor, 10000, 0)
        pem = os.pread(public, 10000, 0)
        ask(emulator, "PATCH", f"/keys/k/{version}", {"tags": {"n": "2"}})
        os.kill(mount.launcher_pid, signal.SIGUSR1)
        while "all values are forgotten" not in mount.log().decode():
            pass
        # It was of the old tags, and those are gone.
        assert error_of(os.pread, descriptor, 10000, 0) == errno.ESTALE
        assert os.pread(public, 10000, 0) == pem
        assert json.loads((folder / "key.json").read_bytes())["tags"] == {
            "n": "2"}
        assert json.loads(text)["tags"] == {"n": "1"}
    finally:
        os.close(descriptor)
        os.close(public)


def test_versions_of_a_key(vault):
    emulator, mount = vault({})
    bundles = [create_key(emulator, "k")]
    emulator.advance(100)
    bundles.append(create_key(emulator, "k"))
    first, second = map(version_of, bundles)
    history = mount.path / ".versions" / "keys" / "k"
    assert sorted(os.listdir(history)) == sorted([first, second])
    for bundle in bundles:
        folder = history / version_of(bundle)
        for path in (folder, folder / "public.pem", folder / "key.json"):
            assert os.stat(path).st_mtime == bundle["attributes"]["created"]
    # A reader sorts them: the newest first.
    listed = subprocess.run(["ls", "-t", history], check=True,
                            capture_output=True, text=True).stdout
    assert listed.split() == [second, first]
    assert sorted(os.listdir(history / first)) == PUBLIC
    current = (keys_of(mount) / "k" / "public.pem").read_bytes()
    assert (history / second / "public.pem").read_bytes() == current
    assert (history / first / "public.pem").read_bytes() != current
    assert os.stat(history / second / "public.pem").st_ino == os.stat(
        keys_of(mount) / "k" / "public.pem").st_ino
    # Both folders are open at a time, under their own names.
    assert os.path.realpath(history / second) == str(history / second)
    assert os.getxattr(history / first, "user.akv.version") == first.encode()


def test_a_disabled_version(vault):
    emulator, mount = vault({}, "ttl=0")
    version = version_of(create_key(emulator, "k"))
    create_key(emulator, "k")
    folder = mount.path / ".versions" / "keys" / "k" / version
    assert (folder / "public.pem").read_bytes()
    ask(emulator, "PATCH", f"/keys/k/{version}",
        {"attributes": {"enabled": False}})
    assert error_of(os.stat, folder / "public.pem") == errno.EACCES
    # Why, is said.
    document = json.loads((folder / "key.json").read_bytes())
    assert document["attributes"]["enabled"] is False
    assert os.getxattr(folder, "user.akv.enabled") == b"false"


def test_a_deleted_key(vault):
    emulator, mount = vault({})
    create_key(emulator, "k")
    delete(emulator, "keys", "k")
    bin_ = mount.path / ".deleted" / "keys"
    assert os.listdir(bin_) == ["k"]
    document = json.loads((bin_ / "k").read_bytes())
    assert document["recoveryId"].endswith("/deletedkeys/k")
    assert document["scheduledPurgeDate"]
    assert os.getxattr(bin_ / "k", "user.akv.kty") == b"EC"


@pytest.mark.parametrize("kty,more,expected", [
    ("EC", {"crv": "P-384"}, {"kty": "EC", "crv": "P-384"}),
    ("EC", {"crv": "P-256K"}, {"kty": "EC", "crv": "P-256K"}),
    ("RSA", {"key_size": 3072, "key_ops": ["sign", "verify"]},
     {"kty": "RSA", "size": "3072", "key_ops": "sign,verify"}),
])
def test_attributes_of_a_key(vault, kty, more, expected):
    emulator, mount = vault({})
    bundle = create_key(emulator, "k", kty, tags={"team": "shop"}, **more)
    folder = keys_of(mount) / "k"
    for path in (folder, folder / "public.pem", folder / "key.json"):
        found = {name: os.getxattr(path, name).decode()
                 for name in os.listxattr(path)}
        for name, value in expected.items():
            assert found["user.akv." + name] == value
        assert found["user.akv.id"] == bundle["key"]["kid"]
        assert found["user.akv.tag.team"] == "shop"
        assert found["user.akv.enabled"] == "true"
        assert not {"user.akv.subject", "user.akv.thumbprint"} & set(found)
    other = "user.akv.size" if kty == "EC" else "user.akv.crv"
    assert error_of(os.getxattr, folder, other) == errno.ENODATA


def test_without_permission(vault):
    emulator, mount = vault({"a": "1"}, **reader(secrets=["get", "list"]))
    create_key(emulator, "k")
    assert error_of(os.listdir, keys_of(mount)) == errno.EACCES
    assert error_of(os.stat, keys_of(mount) / "k") == errno.EACCES
    assert mount.read("a") == b"1"


def test_the_rotation_policy_of_a_key(vault):
    """As the vault says it; another file when it has changed."""
    emulator, mount = vault({}, "ttl=0")
    create_key(emulator, "k")
    path = keys_of(mount) / "k" / "key.json"
    numbers = set()
    for days in ("P90D", "P120D"):
        said = ask(emulator, "PUT", "/keys/k/rotationpolicy", {
            "lifetimeActions": [{"trigger": {"timeAfterCreate": "P30D"},
                                 "action": {"type": "Rotate"}}],
            "attributes": {"expiryTime": days}})
        shown = json.loads(path.read_bytes())["rotation_policy"]
        assert shown["attributes"]["expiryTime"] == days
        assert shown["lifetimeActions"] == said["lifetimeActions"]
        numbers.add(os.stat(path).st_ino)
    assert len(numbers) == 2


def test_a_key_without_its_rotation_policy(vault):
    """It takes a permission of its own."""
    emulator, mount = vault({}, **reader(keys=["get", "list"],
                                         secrets=["list"]))
    create_key(emulator, "k")
    folder = keys_of(mount) / "k"
    document = json.loads((folder / "key.json").read_bytes())
    assert document["attributes"] and "rotation_policy" not in document
    assert "/keys/k/rotationpolicy" in asked(emulator)


POOL = "pool.managedhsm.azure.net"


def test_keys_of_a_managed_hsm(vault):
    """It has nothing else, and is asked for nothing else."""
    emulator = vault.emulator(seed={"vaults": {
        "pool": {"managedHsm": True, "keys": {
            "signer": {"kty": "EC", "crv": "P-384"},
            "sealer": {"kty": "oct-HSM", "key_size": 256}}},
        "demo": {"secrets": {"a": "1"}}}})
    mount = vault.mount(emulator, source="https://" + POOL)
    assert sorted(os.listdir(keys_of(mount))) == ["sealer", "signer"]
    signer, sealer = keys_of(mount) / "signer", keys_of(mount) / "sealer"
    assert sorted(os.listdir(signer)) == PUBLIC
    assert os.listdir(sealer) == ["key.json"]
    key = serialization.load_pem_public_key(
        (signer / "public.pem").read_bytes())
    assert key.curve.name == "secp384r1"
    assert os.getxattr(signer, "user.akv.kty") == b"EC-HSM"
    assert os.getxattr(signer, "user.akv.id").startswith(
        f"https://{POOL}/keys/signer/".encode())
    assert os.getxattr(sealer, "user.akv.kty") == b"oct-HSM"
    for other in ("secrets", "certificates", "storage"):
        folder = mount.path / other
        assert is_missing(folder) or is_missing(folder / "a")
    asked_for = [request for request in emulator.requests()
                 if request["host"] == POOL]
    assert asked_for and all(
        request["path"].startswith("/keys") for request in asked_for)
    assert {request["audience"] for request in asked_for
            if request["status"] == 200} == {"https://managedhsm.azure.net"}


def test_a_key_at_the_root(vault):
    emulator, mount = vault({}, source=f"https://{HOST}/keys")
    create_key(emulator, "k")
    put_secret(emulator, "a", "1")
    assert os.listdir(mount.path) == ["k"]
    assert sorted(os.listdir(mount.path / "k")) == PUBLIC
    assert (mount.path / ".versions" / "secrets" / "a").is_dir()
