# SPDX-License-Identifier: MIT
"""What is in the vault is what is in the folder, and nothing else."""

import concurrent.futures
import ctypes
import os
import shutil
import time

import pytest

from akvfs_mount import seed_of

TTL_S = 1
APPEARS_TIMEOUT_S = 20
DT_DIR, DT_REG = 4, 8


def named(count, prefix="n"):
    return {f"{prefix}-{i:04d}": f"value {i}" for i in range(count)}


def asked_names(emulator, since=0):
    """The secrets that the vault was asked for one by one."""
    return [request["path"].removeprefix("/secrets/")
            for request in emulator.requests(since)
            if request["path"].startswith("/secrets/")]


def pages(emulator, since=0):
    return [request for request in emulator.requests(since)
            if request["path"] == "/secrets"]


def last_request(emulator):
    return max((request["seq"] for request in emulator.requests()), default=0)


# Lists

@pytest.mark.parametrize("empty_pages", [False, True])
@pytest.mark.parametrize("count", [0, 1, 25, 26, 1000])
def test_a_list_is_complete(vault, count, empty_pages):
    secrets = named(count)
    emulator, mount = vault(secrets, vault={"emptyPages": empty_pages})
    since = last_request(emulator)
    found = os.listdir(mount.secrets)
    assert len(found) == count
    assert set(found) == set(secrets)
    asked = pages(emulator, since)
    if empty_pages:
        assert len(asked) >= max(1, -(-count // 25))
    else:
        assert len(asked) == max(1, -(-count // 25))
    # Names are not values: a list asks for none.
    assert not asked_names(emulator, since)
    assert mount.status()["cache"]["names"] == count


def test_a_list_from_the_end_of_another(vault):
    _, mount = vault(named(60))
    fd = os.open(mount.secrets, os.O_RDONLY | os.O_DIRECTORY)
    try:
        first = os.listdir(fd)
        os.lseek(fd, 0, os.SEEK_SET)
        assert os.listdir(fd) == first
    finally:
        os.close(fd)


def test_many_list_at_once(vault):
    secrets = named(200)
    emulator, mount = vault(secrets)
    emulator.fault({"path": "/secrets"}, delay_ms=20)
    since = last_request(emulator)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        lists = list(pool.map(lambda _: os.listdir(mount.secrets), range(16)))
    assert all(sorted(found) == sorted(secrets) for found in lists)
    assert len(pages(emulator, since)) == 8


def test_entries_say_that_they_are_files(vault):
    _, mount = vault(named(3))
    kinds = {entry.name: (entry.is_file(follow_symlinks=False),
                          entry.is_dir(follow_symlinks=False))
             for entry in os.scandir(mount.secrets)}
    assert kinds == {name: (True, False) for name in named(3)}
    assert sorted((entry.name, entry.is_dir(follow_symlinks=False))
                  for entry in os.scandir(mount.path)) == [
        ("certificates", True), ("keys", True), ("secrets", True),
        ("storage", True)]


def test_ls_asks_for_what_it_shows(vault, run):
    emulator, mount = vault(named(3))
    names_only = run("ls", mount.secrets)
    assert names_only.stdout.split() == [name.encode() for name in named(3)]
    assert not asked_names(emulator)
    # With sizes, it does.
    run("ls", "-l", mount.secrets)
    assert sorted(asked_names(emulator)) == list(named(3))


class Directory:
    """A folder read by getdents64() itself, with a buffer of our size."""

    def __init__(self, path, size):
        self.fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        self.buffer = ctypes.create_string_buffer(size)
        self.library = ctypes.CDLL(None, use_errno=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def entries(self):
        """[(name, type, number)] of one call; [] is the end."""
        n = self.library.getdents64(self.fd, self.buffer,
                                    len(self.buffer))
        if n < 0:
            raise OSError(ctypes.get_errno(), "getdents64")
        found, at, raw = [], 0, self.buffer.raw
        while at < n:
            length = int.from_bytes(raw[at + 16:at + 18], "little")
            name = raw[at + 19:at + length].split(b"\0", 1)[0].decode()
            found.append((name, raw[at + 18],
                          int.from_bytes(raw[at:at + 8], "little")))
            at += length
        return found


@pytest.mark.parametrize("size", [280, 1000, 32768])
def test_any_buffer_gets_all(vault, size):
    secrets = named(120)
    _, mount = vault(secrets)
    found = []
    with Directory(mount.secrets, size) as directory:
        while entries := directory.entries():
            found += entries
    kinds = {name: kind for name, kind, _ in found}
    assert len(found) == len(kinds) == 122
    assert kinds.pop(".") == kinds.pop("..") == DT_DIR
    assert set(kinds) == set(secrets)
    assert set(kinds.values()) == {DT_REG}


def test_names_come_while_the_list_arrives(vault):
    """The first are there when the vault has not yet said the last."""
    secrets = named(500)
    emulator, mount = vault(secrets, "ttl=1h")
    since = last_request(emulator)
    emulator.fault({"path": "/secrets"}, delay_ms=40)
    found = []
    with Directory(mount.secrets, 4096) as directory:
        while not any(name not in (".", "..") for name, _, _ in found):
            entries = directory.entries()
            assert entries
            found += entries
        answered = len(pages(emulator, since))
        while entries := directory.entries():
            found += entries
    assert answered < 20, "the first name came with the last page"
    assert len(pages(emulator, since)) == 20
    names = [name for name, _, _ in found if name not in (".", "..")]
    assert sorted(names) == sorted(secrets)


# Change

def names_until(mount, expected):
    """Every list that is seen until it is the expected one."""
    deadline = time.monotonic() + APPEARS_TIMEOUT_S
    seen = []
    while time.monotonic() < deadline:
        seen.append(os.listdir(mount.secrets))
        if sorted(seen[-1]) == sorted(expected):
            return seen
        time.sleep(0.05)
    raise AssertionError(f"the list stays {len(seen[-1])} names: {seen[-1]}")


def test_names_come_and_go(vault):
    first = named(60)
    emulator, mount = vault(first, f"ttl={TTL_S}s")
    assert sorted(mount.names()) == sorted(first)
    added = named(30, "added")
    gone = [name for name in first if int(name[-4:]) % 3 == 0]
    stays = set(first) - set(gone)
    emulator.seed(seed_of(added))
    emulator.seed({"vaults": {"demo": {"secrets": dict.fromkeys(gone)}}})
    for names in names_until(mount, stays | set(added)):
        assert len(names) == len(set(names)), "a name is there twice"
        assert stays <= set(names), "a name is lost"
        assert set(names) <= set(first) | set(added)


def test_a_scan_during_change_loses_none(vault):
    """Names that were there all the time are listed once, in each scan."""
    stays = named(300, "stays")
    emulator, mount = vault(stays, "ttl=0")
    for turn in range(10):
        emulator.seed(seed_of(named(20, f"turn-{turn}")))
        if turn:
            emulator.seed({"vaults": {"demo": {"secrets": dict.fromkeys(
                named(20, f"turn-{turn - 1}"))}}})
        found = []
        with Directory(mount.secrets, 1000) as directory:
            while entries := directory.entries():
                found += [name for name, _, _ in entries]
        assert len(found) == len(set(found))
        assert set(stays) <= set(found)


def test_a_deleted_secret_goes(vault):
    emulator, mount = vault({"a": "1", "b": "2"},
                            f"ttl={TTL_S}s,negative_ttl={TTL_S}s")
    assert mount.read("a") == b"1"
    emulator.call("DELETE", "demo.vault.azure.net",
                  "/secrets/a?api-version=7.4")
    deadline = time.monotonic() + APPEARS_TIMEOUT_S
    while (mount.secrets / "a").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert mount.names() == ["b"]
    emulator.seed(seed_of({"a": "back"}))
    while not (mount.secrets / "a").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert mount.read("a") == b"back"


# What can be no name

@pytest.mark.parametrize("name", [
    ".hidden", "a.b", "a_b", "a b", "ä", "a%20b", "a?b", "a;b", "a#b", "-.",
    "x" * 128, "x" * 250, ".env", "lost+found", ".akvfs", "a\n", "*", "a:b",
    b"\xff\xfe", "%2e%2e", "a\\b", "~",
])
def test_names_that_no_vault_has(vault, name):
    emulator, mount = vault({"a": "1"})
    since = last_request(emulator)
    path = os.path.join(os.fsencode(mount.secrets), os.fsencode(name))
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            os.stat(path)
        with pytest.raises(FileNotFoundError):
            os.open(path, os.O_RDONLY)
    assert last_request(emulator) == since


def test_the_longest_name(vault):
    name = "x" * 127
    _, mount = vault({name: "long"})
    assert mount.names() == [name]
    assert mount.read(name) == b"long"


def test_names_of_digits_and_dashes(vault):
    secrets = {"0": "a", "-": "b", "--": "c", "007": "d", "-rf": "e"}
    _, mount = vault(secrets)
    assert mount.names() == sorted(secrets)
    for name, value in secrets.items():
        assert mount.read(name) == value.encode()


# The tree

@pytest.mark.parametrize("source", [
    "demo", "demo.vault.azure.net", "https://demo.vault.azure.net",
    "https://demo.vault.azure.net/", "https://demo.vault.azure.net:443",
    "https://DEMO.vault.azure.net",
])
def test_sources(vault, source):
    _, mount = vault({"a": "1"}, source=source)
    assert sorted(os.listdir(mount.path)) == [
        "certificates", "keys", "secrets", "storage"]
    assert mount.read("a") == b"1"
    assert mount.status()["vault"] == "demo"


@pytest.mark.parametrize("source", [
    "https://demo.vault.azure.net/secrets",
    "https://demo.vault.azure.net/secrets/",
])
def test_secrets_at_the_root(vault, source):
    emulator, mount = vault({"a": "1", "secrets": "a name as good as any"},
                            source=source)
    assert sorted(os.listdir(mount.path)) == ["a", "secrets"]
    assert (mount.path / "a").read_bytes() == b"1"
    assert (mount.path / "secrets").read_bytes() == b"a name as good as any"
    since = last_request(emulator)
    with pytest.raises(FileNotFoundError):
        os.stat(mount.path / "a.b")
    assert last_request(emulator) == since


@pytest.mark.parametrize("source", [
    "demo", "https://demo.vault.azure.net/secrets"])
def test_the_hidden_folder(vault, source):
    emulator, mount = vault({"a": "1"}, source=source)
    since = last_request(emulator)
    assert ".akvfs" not in os.listdir(mount.path)
    assert (mount.path / ".akvfs").is_dir()
    assert os.listdir(mount.path / ".akvfs") == ["status.json"]
    assert mount.status()["vault"] == "demo"
    assert asked_names(emulator, since) == []


def test_each_look_at_the_status_is_new(vault):
    _, mount = vault({"a": "1"})
    before = mount.status()["cache"]["fetches"]
    mount.read("a")
    assert mount.status()["cache"]["fetches"] == before + 1


def test_files_are_no_folders(vault):
    _, mount = vault({"a": "1"})
    for path in (mount.secrets / "a" / "b",
                 mount.path / ".akvfs" / "status.json" / "x"):
        with pytest.raises(NotADirectoryError):
            os.stat(path)
    with pytest.raises(NotADirectoryError):
        os.listdir(mount.secrets / "a")
    with pytest.raises(IsADirectoryError):
        with open(mount.secrets, "rb") as file:
            file.read()


def test_statfs(vault, run):
    _, mount = vault({"a": "1"})
    found = os.statvfs(mount.path)
    assert found.f_namemax == 127
    assert found.f_bsize == found.f_frsize == 4096
    assert (found.f_blocks, found.f_bfree, found.f_bavail) == (0, 0, 0)
    assert found.f_flag & os.ST_RDONLY
    assert found.f_flag & os.ST_NOSUID
    assert found.f_flag & os.ST_NODEV
    assert found.f_flag & os.ST_NOEXEC
    assert run("df", mount.path).returncode == 0
    assert shutil.disk_usage(mount.path).total == 0
    said = run("findmnt", "-no", "FSTYPE,SOURCE", mount.path).stdout.split()
    assert said == [b"fuse.akvfs", b"demo.vault.azure.net"]
