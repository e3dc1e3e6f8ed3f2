# SPDX-License-Identifier: MIT
"""Versions, deleted objects and the folders around them."""

import concurrent.futures
import errno
import json
import os
import signal
import stat
import subprocess
import time

from akvfs_mount import seed_of
from objects import (API, HOST, asked, delete, error_of, last_request,
                     put_secret, reader, wait_until)

COLLECTIONS = ["certificates", "keys", "secrets", "storage"]
HIDDEN = [".akvfs", ".deleted", ".versions"]


# The root

def test_the_root_has_the_collections(vault):
    _, mount = vault({"a": "1"})
    assert sorted(os.listdir(mount.path)) == COLLECTIONS
    for name in COLLECTIONS:
        assert (mount.path / name).is_dir()
    for name in HIDDEN:
        assert (mount.path / name).is_dir()


def test_hidden_folders_may_be_listed(vault):
    _, mount = vault({"a": "1"}, "ctldir=visible")
    assert sorted(os.listdir(mount.path)) == HIDDEN + COLLECTIONS
    _, mount = vault({"a": "1"}, "ctldir=visible",
                     source=f"https://{HOST}/secrets")
    assert sorted(os.listdir(mount.path)) == [*HIDDEN, "a"]


def test_what_is_of_no_grammar_is_not_asked_for(vault):
    emulator, mount = vault({"a": "1"})
    (mount.path / ".versions/secrets/a").is_dir()
    since = last_request(emulator)
    for path in ("x", "Secrets", ".hidden", "keys/a_b", "certificates/a.b",
                 "certificates/issuers", ".versions/x", ".versions/storage",
                 ".versions/secrets/a.b", ".versions/secrets/a/b",
                 ".versions/secrets/a/" + "0" * 31,
                 ".versions/secrets/a/" + "g" * 32,
                 ".deleted/x", ".deleted/secrets/a_b", ".akvfs/x"):
        assert error_of(os.stat, mount.path / path) == errno.ENOENT, path
    assert asked(emulator, since) == []


def test_nothing_changes_here_either(vault):
    _, mount = vault({"a": "1"}, "file_mode=0600,dir_mode=0700")
    history = mount.path / ".versions" / "secrets" / "a"
    (version,) = os.listdir(history)
    for function, *arguments in (
            (os.unlink, history / version), (os.rmdir, history),
            (os.mkdir, mount.path / ".deleted" / "secrets" / "x"),
            (os.rename, history / version, history / ("0" * 32)),
            (os.chmod, history / version, 0o644),
            (os.truncate, history / version, 0)):
        assert error_of(function, *arguments) == errno.EROFS, function


# Versions

def test_versions_of_a_secret(vault):
    emulator, mount = vault({"a": "one"})
    second = put_secret(emulator, "a", "number two")
    third = put_secret(emulator, "a", "three", tags={"n": "3"})
    history = mount.path / ".versions" / "secrets" / "A"
    names = os.listdir(history)
    assert len(names) == 3 and {second, third} < set(names)
    (first,) = set(names) - {second, third}
    assert (history / first).read_bytes() == b"one"
    assert (history / second).read_bytes() == b"number two"
    assert (history / third.upper()).read_bytes() == b"three"
    assert os.stat(history / second).st_size == len("number two")
    # The current one is the same file under its name.
    assert os.stat(history / third).st_ino == os.stat(
        mount.secrets / "a").st_ino
    assert os.getxattr(history / third, "user.akv.tag.n") == b"3"
    assert os.getxattr(history / second, "user.akv.version") == second.encode()
    assert os.listdir(mount.path / ".versions" / "secrets") == ["a"]


def test_versions_have_their_times(vault):
    emulator, mount = vault({"a": "one"})
    history = mount.path / ".versions" / "secrets" / "a"
    emulator.advance(100)
    second = put_secret(emulator, "a", "two")
    (first,) = set(os.listdir(history)) - {second}
    times = [os.stat(history / name).st_mtime for name in (first, second)]
    assert 99 <= times[1] - times[0] <= 130
    for name, when in zip((first, second), times):
        document = emulator.call(
            "GET", HOST, f"/secrets/a/{name}{API}").json()
        assert document["attributes"]["created"] == when


def test_a_disabled_version(vault):
    emulator, mount = vault({"a": "one"})
    second = put_secret(emulator, "a", "two")
    history = mount.path / ".versions" / "secrets" / "a"
    (first,) = set(os.listdir(history)) - {second}
    answer = emulator.call("PATCH", HOST, f"/secrets/a/{first}{API}",
                           {"attributes": {"enabled": False}})
    assert answer.status == 200
    assert error_of(os.stat, history / first) == errno.EACCES
    assert sorted(os.listdir(history)) == sorted([first, second])
    assert (history / second).read_bytes() == b"two"


def test_the_versions_of_a_disabled_secret(vault):
    emulator, mount = vault({"a": "one"})
    second = put_secret(emulator, "a", "two")
    answer = emulator.call("PATCH", HOST, f"/secrets/a/{second}{API}",
                           {"attributes": {"enabled": False}})
    assert answer.status == 200
    assert error_of(os.stat, mount.secrets / "a") == errno.EACCES
    history = mount.path / ".versions" / "secrets" / "a"
    (first,) = set(os.listdir(history)) - {second}
    assert (history / first).read_bytes() == b"one"


def test_a_version_is_asked_for_once(vault):
    emulator, mount = vault({"a": "one"})
    put_secret(emulator, "a", "two")
    history = mount.path / ".versions" / "secrets" / "a"
    names = os.listdir(history)
    for name in names:
        (history / name).read_bytes()
    since = last_request(emulator)
    for name in names:
        (history / name).read_bytes()
        os.getxattr(history / name, "user.akv.version")
    assert sorted(os.listdir(history)) == sorted(names)
    assert asked(emulator, since) == []


def test_no_versions_of_what_is_not_there(vault):
    _, mount = vault({"a": "1"})
    history = mount.path / ".versions" / "secrets"
    assert error_of(os.stat, history / "none") == errno.ENOENT
    assert error_of(os.stat, history / "a" / ("0" * 32)) == errno.ENOENT


def test_versions_need_permission_to_list(vault):
    _, mount = vault({"a": "1"}, **reader(secrets=["get"]))
    history = mount.path / ".versions" / "secrets" / "a"
    assert error_of(os.listdir, history) == errno.EACCES
    version = os.getxattr(mount.secrets / "a", "user.akv.version").decode()
    # By name, it is there.
    assert (history / version).read_bytes() == b"1"


def test_listing_versions_needs_no_permission_to_get(vault):
    _, mount = vault({"a": "1"}, **reader(secrets=["list"]))
    history = mount.path / ".versions" / "secrets" / "a"
    (version,) = os.listdir(history)
    assert error_of(os.stat, history / version) == errno.EACCES


def test_many_lists_at_once(vault):
    """More than are held: those that are not go and come back."""
    secrets = {f"s-{i}": str(i) for i in range(50)}
    emulator, mount = vault(secrets)
    history = mount.path / ".versions" / "secrets"

    def versions(name):
        return len(os.listdir(history / name))

    for _ in range(2):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert list(pool.map(versions, secrets)) == [1] * len(secrets)
    assert mount.status()["cache"]["entries"] <= 50
    lists = [path for path in asked(emulator) if path.endswith("/versions")]
    assert 50 <= len(lists) <= 100


def test_a_hundred_versions(vault):
    emulator, mount = vault({"a": "0"})
    versions = {put_secret(emulator, "a", str(i)) for i in range(1, 100)}
    found = os.listdir(mount.path / ".versions" / "secrets" / "a")
    assert len(found) == 100
    assert versions < set(found)


# Deleted objects

def test_a_deleted_secret(vault):
    emulator, mount = vault({"a": {"value": "the value", "tags": {"n": "1"}},
                             "b": "2"})
    delete(emulator, "secrets", "a")
    bin_ = mount.path / ".deleted" / "secrets"
    assert os.listdir(bin_) == ["a"]
    status = os.stat(bin_ / "a")
    assert stat.S_ISREG(status.st_mode)
    text = (bin_ / "A").read_bytes()
    assert len(text) == status.st_size
    document = json.loads(text)
    assert document["recoveryId"] == f"https://{HOST}/deletedsecrets/a"
    assert document["scheduledPurgeDate"] > document["deletedDate"]
    assert document["tags"] == {"n": "1"}
    assert b"the value" not in text
    assert os.getxattr(bin_ / "a", "user.akv.tag.n") == b"1"
    assert os.getxattr(bin_ / "a", "user.akv.id") == (
        f"https://{HOST}/deletedsecrets/a".encode())
    assert error_of(os.stat, bin_ / "b") == errno.ENOENT


def test_what_is_purged_is_gone(vault):
    emulator, mount = vault({"a": "1"}, "ttl=0,negative_ttl=0")
    delete(emulator, "secrets", "a")
    path = mount.path / ".deleted" / "secrets" / "a"
    descriptor = os.open(path, os.O_RDONLY)
    try:
        text = os.read(descriptor, 100000)
        assert emulator.call(
            "DELETE", HOST, f"/deletedsecrets/a{API}").status == 204
        wait_until(lambda: not path.exists())
        assert os.pread(descriptor, 100000, 0) == text
    finally:
        os.close(descriptor)


# Waiting, and the end of a worker

def test_whoever_waits_for_versions_ends_by_a_signal(vault):
    emulator, mount = vault({"a": "1"}, "timeout=60s")
    (mount.path / ".versions" / "secrets" / "a").is_dir()
    emulator.fault({"path": "/secrets/*/*"}, hang=True)
    emulator.fault({"path": "/deleted*"}, hang=True)
    for words in (["ls", ".versions/secrets/a"],
                  ["cat", ".versions/secrets/a/" + "0" * 32],
                  ["ls", ".deleted/secrets"], ["cat", ".deleted/secrets/a"]):
        waits = subprocess.Popen(words, cwd=mount.path,
                                 stderr=subprocess.DEVNULL)
        while mount.status()["cache"]["waiting"] == 0:
            assert waits.poll() is None, words
        began = time.monotonic()
        waits.send_signal(signal.SIGKILL)
        waits.wait(10)
        assert time.monotonic() - began < 5
        while mount.status()["cache"]["waiting"] > 0:
            time.sleep(0.01)


def test_the_deadline(vault):
    emulator, mount = vault({"a": "1"}, "timeout=1s")
    (mount.path / ".versions" / "secrets" / "a").is_dir()
    emulator.fault({"path": "/secrets/*/*"}, hang=True)
    emulator.fault({"path": "/deleted*"}, hang=True)
    for path in (".versions/secrets/a", ".deleted/secrets"):
        assert error_of(os.listdir, mount.path / path) == errno.ETIMEDOUT
        assert error_of(os.stat, mount.path / path / (
            "0" * 32)) == errno.ETIMEDOUT
    assert mount.read("a") == b"1"


def test_numbers_survive_the_worker(vault):
    emulator, mount = vault({"a": "one"})
    put_secret(emulator, "a", "two")
    delete(emulator, "secrets", "a")
    emulator.seed(seed_of({"b": "1"}))
    put_secret(emulator, "b", "2")
    history = mount.path / ".versions" / "secrets" / "b"
    names = sorted(os.listdir(history))
    with open(history / names[0], "rb") as old, \
            open(mount.path / ".deleted/secrets/a", "rb") as gone:
        folder = os.open(history, os.O_RDONLY | os.O_DIRECTORY)
        try:
            worker = mount.worker_pid
            os.kill(worker, signal.SIGKILL)
            mount.wait_for_worker(other_than=worker)
            assert old.read() in (b"1", b"2")
            assert json.loads(gone.read())["recoveryId"]
            assert sorted(os.listdir(folder)) == names
            assert os.stat(names[0], dir_fd=folder).st_ino == os.fstat(
                old.fileno()).st_ino
        finally:
            os.close(folder)
