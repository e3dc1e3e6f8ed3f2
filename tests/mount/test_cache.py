# SPDX-License-Identifier: MIT
"""What is held is read from here, for as long as it is good, and not longer."""

import errno
import mmap
import os
import signal
import time
import zlib

import pytest

from akvfs_mount import READY_TIMEOUT_S, seed_of

# Times are chosen so that a busy machine does not change what is counted.
SHORT_S = 1
PAST_SHORT_S = 1.5
HERD = 1000


def read(path):
    """Open, read and close, and nothing else: Python's open() does more."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 100000)
    finally:
        os.close(fd)


def gets(emulator, path="/secrets/a"):
    return [request for request in emulator.requests()
            if request["path"] == path]


def reads_until(path, expected, meanwhile=()):
    """Read until it is @expected; the errors @meanwhile may come before."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    value = None
    while value != expected:
        assert time.monotonic() < deadline, value
        try:
            value = read(path)
        except OSError as error:
            assert error.errno in meanwhile
        time.sleep(0.02)


def error_of_read(path):
    with pytest.raises(OSError) as caught:
        read(path)
    return caught.value.errno


# Warm

def worker_requests(mount, do):
    """How many requests reach the worker while @do is done."""
    def counted():
        # What was made for earlier looks at the status is forgotten later.
        requests = mount.status()["requests"]
        return requests["total"] - requests["forget"]
    # What asking costs, asked twice since the first one may cost more.
    counted()
    before = counted()
    cost = counted() - before
    before = counted()
    do()
    return counted() - before - cost


def test_warm_reads_reach_nobody(vault, run):
    emulator, mount = vault({"a": "warm"}, "ttl=1h")
    path = mount.secrets / "a"

    def read_often():
        for _ in range(1000):
            fd = os.open(path, os.O_RDONLY)
            os.fstat(fd)
            assert os.read(fd, 100) == b"warm"
            assert os.read(fd, 100) == b""
            os.close(fd)
        os.stat(path)
        for _ in range(5):
            assert run("cat", path).stdout == b"warm"

    read_often()
    before = len(emulator.requests())
    assert worker_requests(mount, read_often) == 0
    assert len(emulator.requests()) == before
    assert len(gets(emulator)) == 1


def test_a_warm_list_asks_nobody(vault):
    emulator, mount = vault({f"n{i}": "v" for i in range(60)}, "ttl=1h")
    os.listdir(mount.secrets)
    before = len(emulator.requests())
    for _ in range(20):
        assert len(os.listdir(mount.secrets)) == 60
    assert len(emulator.requests()) == before


def test_without_the_page_cache(vault):
    """Each read is answered by the worker, and none by the vault."""
    emulator, mount = vault({"a": "warm"}, "ttl=1h,page_cache=off")
    path = mount.secrets / "a"
    read(path)
    before = mount.status()["requests"]
    for _ in range(50):
        assert read(path) == b"warm"
    after = mount.status()["requests"]
    assert after["read"] - before["read"] >= 50
    assert after["open"] - before["open"] >= 50
    assert len(gets(emulator)) == 1


# Lifetimes

def test_ttl(vault):
    emulator, mount = vault({"a": "v"}, f"ttl={SHORT_S}s")
    path = mount.secrets / "a"
    assert read(path) == b"v"
    assert len(gets(emulator)) == 1
    time.sleep(PAST_SHORT_S)
    assert read(path) == b"v"
    assert len(gets(emulator)) == 2


def test_ttl_of_nothing(vault):
    """Who opens it sees what the vault has now."""
    emulator, mount = vault({"a": "version 0"}, "ttl=0")
    path = mount.secrets / "a"
    assert read(path) == b"version 0"
    for turn in range(1, 20):
        emulator.seed(seed_of({"a": f"version {turn}"}))
        assert read(path) == f"version {turn}".encode()


def test_negative_ttl(vault):
    emulator, mount = vault({"b": "v"}, f"negative_ttl={SHORT_S}s")
    path = mount.secrets / "a"
    for _ in range(5):
        assert error_of_read(path) == errno.ENOENT
    assert len(gets(emulator)) == 1
    emulator.seed(seed_of({"a": "there now"}))
    time.sleep(PAST_SHORT_S)
    assert read(path) == b"there now"
    assert len(gets(emulator)) == 2


def test_negative_ttl_of_nothing(vault):
    emulator, mount = vault({"b": "v"}, "negative_ttl=0")
    assert error_of_read(mount.secrets / "a") == errno.ENOENT
    emulator.seed(seed_of({"a": "there now"}))
    assert read(mount.secrets / "a") == b"there now"


# The vault is away

def test_stale(vault):
    emulator, mount = vault(
        {"a": "kept", "b": "not asked for"},
        f"ttl={SHORT_S}s,timeout=1s", debug=False)
    assert read(mount.secrets / "a") == b"kept"
    assert os.listdir(mount.secrets) == ["a", "b"]
    emulator.kill()
    time.sleep(PAST_SHORT_S)
    for _ in range(20):
        assert read(mount.secrets / "a") == b"kept"
        assert sorted(os.listdir(mount.secrets)) == ["a", "b"]
        time.sleep(0.05)
    # Never an empty file in place of an error.
    assert error_of_read(mount.secrets / "b") == errno.ETIMEDOUT
    assert read(mount.secrets / "a") == b"kept"
    status = mount.status()["cache"]
    assert status["stale"] > 0
    assert status["failed"] > 0
    lines = [line for line in mount.log().decode().splitlines()
             if "not readable" in line]
    assert len(lines) == 2  # one for each
    # And back again.
    emulator.restart()
    emulator.seed(seed_of({"a": "new", "c": "added"}))
    reads_until(mount.secrets / "a", b"new")
    reads_until(mount.secrets / "b", b"not asked for", [errno.ETIMEDOUT])
    assert read(mount.secrets / "c") == b"added"
    deadline = time.monotonic() + READY_TIMEOUT_S
    while sorted(os.listdir(mount.secrets)) != ["a", "b", "c"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_stale_readers_do_not_wait(vault):
    """The first one asks; the others get what is held while he waits."""
    emulator, mount = vault({"a": "kept"}, f"ttl={SHORT_S}s,timeout=2s")
    assert read(mount.secrets / "a") == b"kept"
    emulator.fault({"path": "/secrets/a"}, hang=True)
    time.sleep(PAST_SHORT_S)
    assert read(mount.secrets / "a") == b"kept"
    began = time.monotonic()
    assert read(mount.secrets / "a") == b"kept"
    assert time.monotonic() - began < 1
    assert len(gets(emulator)) <= 3


def test_stale_ends(vault):
    emulator, mount = vault({"a": "kept"},
                            f"ttl={SHORT_S}s,stale={SHORT_S}s,timeout=1s")
    assert read(mount.secrets / "a") == b"kept"
    emulator.kill()
    time.sleep(2 * SHORT_S + 1)
    assert error_of_read(mount.secrets / "a") == errno.ETIMEDOUT


def test_no_stale(vault):
    emulator, mount = vault({"a": "kept"},
                            f"ttl={SHORT_S}s,stale=0,timeout=1s")
    assert read(mount.secrets / "a") == b"kept"
    emulator.kill()
    time.sleep(PAST_SHORT_S)
    assert error_of_read(mount.secrets / "a") == errno.ETIMEDOUT


def test_a_refusal_is_not_stale(vault):
    """What the vault forbids is forbidden, held or not."""
    emulator, mount = vault({"a": "kept"}, "ttl=0,negative_ttl=0")
    assert read(mount.secrets / "a") == b"kept"
    emulator.seed(seed_of({"a": {"attributes": {"enabled": False}}}))
    assert error_of_read(mount.secrets / "a") == errno.EACCES
    emulator.seed(seed_of({"a": {"attributes": {"enabled": True}}}))
    assert read(mount.secrets / "a") == b"kept"


# Rotation

def test_rotation(vault):
    emulator, mount = vault({"a": "the old one"}, f"ttl={SHORT_S}s")
    path = mount.secrets / "a"
    fd = os.open(path, os.O_RDONLY)
    try:
        old = os.fstat(fd)
        with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as mapped:
            emulator.seed(seed_of({"a": "the new one is longer"}))
            reads_until(path, b"the new one is longer")
            new = os.stat(path)
            assert (old.st_size, new.st_size) == (11, 21)
            assert old.st_ino != new.st_ino
            # What is open keeps its version, its size and its number.
            assert os.pread(fd, 100, 0) == b"the old one"
            assert mapped[:] == b"the old one"
            again = os.fstat(fd)
            assert (again.st_ino, again.st_size) == (old.st_ino, 11)
    finally:
        os.close(fd)


def test_rotation_back(vault):
    """The same value in a new version is a new file."""
    emulator, mount = vault({"a": "same"}, "ttl=0")
    first = os.stat(mount.secrets / "a").st_ino
    emulator.seed(seed_of({"a": "same"}))
    assert os.stat(mount.secrets / "a").st_ino != first


# Eviction

def forget_all(mount):
    before = mount.log().count(b"forgotten")
    os.kill(mount.launcher_pid, signal.SIGUSR1)
    deadline = time.monotonic() + READY_TIMEOUT_S
    while mount.log().count(b"forgotten") == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_evicted_comes_back_by_its_version(vault):
    versions = ["%032x" % number for number in (1, 2)]
    emulator, mount = vault({"a": {"versions": [
        {"value": "the old one", "version": versions[0]}]}}, "ttl=0")
    path = mount.secrets / "a"
    fd = os.open(path, os.O_RDONLY)
    try:
        assert os.read(fd, 100) == b"the old one"
        emulator.seed(seed_of({"a": {"versions": [
            {"value": "the new one", "version": versions[1]}]}}))
        assert read(path) == b"the new one"
        forget_all(mount)
        assert mount.status()["cache"]["bytes"] == 0
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        assert os.pread(fd, 100, 0) == b"the old one"
        assert len(gets(emulator, f"/secrets/a/{versions[0]}")) == 1
        # It is held again.
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        assert os.pread(fd, 100, 0) == b"the old one"
        assert len(gets(emulator, f"/secrets/a/{versions[0]}")) == 1
    finally:
        os.close(fd)


def test_more_than_can_be_held(vault):
    """Above the limit the least used goes, and is fetched when it is read."""
    values = {f"n{i}": f"{i:05d}" * 12800 for i in range(300)}
    emulator, mount = vault(values, "ttl=1h,page_cache=off")
    sums = {name: zlib.crc32(value.encode()) for name, value in values.items()}
    for _ in range(2):
        for name in values:
            assert zlib.crc32(mount.read(name)) == sums[name]
    status = mount.status()
    assert status["cache"]["evicted"] > 0
    assert status["cache"]["bytes"] < status["worker"]["secret_heap_size"]
    by_version = [request for request in emulator.requests()
                  if request["path"].count("/") == 3]
    assert len(by_version) > 0
    # By its name each was asked for once.
    assert len([request for request in emulator.requests()
                if request["path"].startswith("/secrets/")]) == 300 + len(
                    by_version)


# Many at once

def test_a_herd_makes_one_request(vault, herd):
    value = "x" * 5000
    emulator, mount = vault({"a": value}, "ttl=1h")
    emulator.fault({"path": "/secrets/a"}, delay_ms=300)
    many = herd(HERD, mount.secrets / "a")
    many.ask("go")
    assert many.ask("wait") == {
        "ends": {"0": HERD}, "read": [[5000, zlib.crc32(value.encode())]]}
    assert len(gets(emulator)) == 1


@pytest.mark.parametrize("options", ["ttl=0", "ttl=1h,page_cache=off"])
def test_a_herd_with_other_options(vault, herd, options):
    """Without a lifetime each is answered by a request made since it came."""
    emulator, mount = vault({"a": "value"}, options)
    many = herd(200, mount.secrets / "a")
    many.ask("go")
    assert many.ask("wait") == {
        "ends": {"0": 200}, "read": [[5, zlib.crc32(b"value")]]}
    assert 1 <= len(gets(emulator)) <= (200 if options == "ttl=0" else 1)
