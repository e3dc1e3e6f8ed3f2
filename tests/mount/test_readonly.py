# SPDX-License-Identifier: MIT
"""Nothing changes a vault through its mount: every try is EROFS.

The kernel refuses all by itself, since the mount is flagged read-only. With
the flag taken away again, as a mount for a single user has none, the same
answers come from us; only that there, as the kernel opens without asking, what
is opened for writing is refused when it is written.
"""

import errno
import json
import mmap
import os
import sys

import pytest

VALUE = b"the value that stays"
OWNER = 65534

# Runs as its own program, to be somebody else. argv: the folder of secrets.
# Prints {try: errno, or 0 if it went through}.
TRIES = """
import ctypes, json, os, stat, sys

os.chdir(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)

def opened(name, flags):
    os.close(os.open(name, flags, 0o600))

def written(flags, data):
    fd = os.open("a", flags)
    try:
        os.write(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)

def truncated():
    fd = os.open("a", os.O_WRONLY)
    os.ftruncate(fd, 0)

def fallocated():
    fd = os.open("a", os.O_RDWR)
    os.posix_fallocate(fd, 0, 100)

TRIES = {
    "open for writing": lambda: opened("a", os.O_WRONLY),
    "open for both": lambda: opened("a", os.O_RDWR),
    "open for appending": lambda: opened("a", os.O_WRONLY | os.O_APPEND),
    "write": lambda: written(os.O_WRONLY, b"x"),
    "write more": lambda: written(os.O_RDWR, b"x" * 5000),
    "append": lambda: written(os.O_WRONLY | os.O_APPEND, b"x"),
    "truncate what is open": truncated,
    "empty by opening": lambda: opened("a", os.O_WRONLY | os.O_TRUNC),
    "empty by opening for reading":
        lambda: opened("a", os.O_RDONLY | os.O_TRUNC),
    "open or create for writing":
        lambda: opened("a", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    "create": lambda: opened("new", os.O_WRONLY | os.O_CREAT),
    "create for reading": lambda: opened("new", os.O_RDONLY | os.O_CREAT),
    "create exclusively":
        lambda: opened("new", os.O_RDWR | os.O_CREAT | os.O_EXCL),
    "create what can be no name":
        lambda: opened(".a.swp", os.O_RDWR | os.O_CREAT | os.O_EXCL),
    "create beside secrets": lambda: opened("../new", os.O_RDWR | os.O_CREAT),
    "truncate": lambda: os.truncate("a", 0),
    "extend": lambda: os.truncate("a", 100),
    "allocate": fallocated,
    "unlink": lambda: os.unlink("a"),
    "rename": lambda: os.rename("a", "new"),
    "rename over": lambda: os.rename("a", "b"),
    "rename the folder": lambda: os.rename("../secrets", "../new"),
    "mkdir": lambda: os.mkdir("new"),
    "mkdir at the root": lambda: os.mkdir("../new"),
    "rmdir": lambda: os.rmdir("../secrets"),
    "symlink": lambda: os.symlink("a", "new"),
    "link": lambda: os.link("a", "new"),
    "fifo": lambda: os.mkfifo("new"),
    "mknod": lambda: os.mknod("new", stat.S_IFREG | 0o600),
    "chmod": lambda: os.chmod("a", 0o777),
    "chmod the folder": lambda: os.chmod(".", 0o777),
    "chown": lambda: os.chown("a", os.getuid(), os.getgid()),
    "utime": lambda: os.utime("a"),
    "utime to a time": lambda: os.utime("a", (1, 1)),
    "setxattr": lambda: os.setxattr("a", "user.x", b"1"),
    "removexattr": lambda: os.removexattr("a", "user.x"),
}

said = {}
for name, attempt in TRIES.items():
    try:
        attempt()
        said[name] = 0
    except OSError as error:
        said[name] = error.errno
print(json.dumps(said))
"""


def tries(run, mount, *prefix):
    ended = run(*prefix, sys.executable, "-c", TRIES, mount.secrets)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


OPENS = ("open for writing", "open for both", "open for appending")


def not_refused(said):
    assert len(said) > 30
    return {name: errno.errorcode.get(number, number)
            for name, number in said.items() if number != errno.EROFS}


AS_OWNER = ("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}",
            "--clear-groups")


@pytest.mark.parametrize("cache", ["on", "off"])
@pytest.mark.parametrize("flagged", [True, False])
@pytest.mark.parametrize("who", ["root", "owner"])
def test_every_change(vault, run, who, flagged, cache):
    emulator, mount = vault(
        {"a": VALUE.decode(), "b": "another"}, f"uid={OWNER},gid={OWNER},"
        f"file_mode=0600,dir_mode=0700,page_cache={cache}")
    mount.directory.chmod(0o755)
    if not flagged:
        again = run("mount", "-o", "remount,bind,rw", mount.path)
        assert again.returncode == 0, again.stderr
    fd = os.open(mount.secrets / "a", os.O_RDONLY)
    try:
        before = os.fstat(fd)
        found = not_refused(tries(run, mount,
                                  *(AS_OWNER if who == "owner" else ())))
        if cache == "off" or flagged:
            assert not found
        else:
            assert found == dict.fromkeys(OPENS, 0)
        assert os.pread(fd, 100, 0) == VALUE
        after = os.fstat(fd)
        for field in ("st_ino", "st_size", "st_mode", "st_uid", "st_mtime_ns",
                      "st_ctime_ns", "st_nlink"):
            assert getattr(before, field) == getattr(after, field)
    finally:
        os.close(fd)
    assert mount.names() == ["a", "b"]
    assert mount.read("a") == VALUE
    assert mount.read("b") == b"another"
    assert {request["method"] for request in emulator.requests()
            if "vault" in request["host"]} == {"GET"}


SHELL_WRITES = [
    ': >"$1"', 'echo x >"$1"', 'echo x >>"$1"', 'echo x | tee "$1"',
    'cp /etc/hostname "$1"', 'cp --remove-destination /etc/hostname "$1"',
    'dd if=/dev/zero of="$1" count=1', 'truncate -s 0 "$1"',
    'sed -i s/value/x/ "$1"', 'perl -pi -e s/value/x/ "$1"',
    'install /etc/hostname "$1"', 'mv /etc/hostname.none "$1"', 'rm -f "$1"',
    'shred "$1"', 'ln -sf /etc/hostname "$1"', 'touch "$1"', 'chmod 777 "$1"',
    'exec 3<>"$1"; echo x >&3', 'rsync /etc/hostname "$1"',
]


@pytest.mark.parametrize("flagged", [True, False])
def test_what_shells_do(vault, run, flagged):
    _, mount = vault({"a": VALUE.decode()})
    if not flagged:
        run("mount", "-o", "remount,bind,rw", mount.path)
    path = mount.secrets / "a"
    with open(path, "rb") as held:
        with mmap.mmap(held.fileno(), 0, prot=mmap.PROT_READ) as mapped:
            for script in SHELL_WRITES:
                ended = run("bash", "-c", script, "bash", path)
                # perl reports success, and on stderr that it had none.
                assert ended.returncode != 0 or b"Read-only" in ended.stderr
                # In the page cache, in a mapping, and for who opens it now.
                assert os.pread(held.fileno(), 100, 0) == VALUE, script
                assert mapped[:] == VALUE, script
                assert path.read_bytes() == VALUE, script
                assert path.stat().st_size == len(VALUE), script


def test_a_shared_mapping_for_writing(vault):
    _, mount = vault({"a": VALUE.decode()})
    with open(mount.secrets / "a", "rb") as held:
        with pytest.raises(PermissionError):
            mmap.mmap(held.fileno(), 0, flags=mmap.MAP_SHARED,
                      prot=mmap.PROT_READ | mmap.PROT_WRITE)
    assert mount.read("a") == VALUE


def test_access_says_so(vault):
    _, mount = vault({"a": VALUE.decode()})
    assert os.access(mount.secrets / "a", os.R_OK)
    assert not os.access(mount.secrets / "a", os.W_OK)
    assert not os.access(mount.secrets, os.W_OK)
