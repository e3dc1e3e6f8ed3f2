# SPDX-License-Identifier: MIT
"""A secret read through the mount is its bytes, whoever reads it and how."""

import hashlib
import mmap
import os
import pwd
import signal
import stat

import pytest

SIZES = (0, 1, 4095, 4096, 4097, 25600)


def text_of(size):
    """Lines that say where they are, and no newline at the end."""
    text = "".join(f"{at:06d} of {size:06d} " + "=" * 20 + "\n"
                   for at in range(0, size + 40, 38))
    return text[:size - 1] + "!" if size else ""


VALUES = {f"size-{size}": text_of(size) for size in SIZES}


def with_newline(value):
    """What a program prints that ends every line."""
    return value + b"\n" if value and not value.endswith(b"\n") else value


# Exactness

@pytest.mark.parametrize("size", SIZES)
def test_sizes(vault, size):
    _, mount = vault({"it": text_of(size)})
    path = mount.secrets / "it"
    assert path.stat().st_size == size
    assert path.read_bytes() == text_of(size).encode()
    assert path.stat().st_size == size


@pytest.mark.parametrize("value", [
    "\n", "a\n", "\n\n\n", "\r\n", " ", "\t", "\x01\x1b[31m\x7f",
    "pässwörd", "密碼", "\U0001f511", "\u2028", "\ufeffbom", "\ufffd",
    "quote\" back\\slash /slash", "{\"json\":true}", "%s%n%d", "\\u0041",
])
def test_values_that_are_odd(vault, value):
    _, mount = vault({"it": value})
    assert mount.read("it") == value.encode()
    assert (mount.secrets / "it").stat().st_size == len(value.encode())


# Every kind of reader

def read_by(run, script):
    """A reader by a shell script, in which $1 is the file and $2 a folder."""
    def reader(path, folder):
        ended = run("bash", "-c", "set -e; " + script, "reader", path, folder)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout
    return reader


EXACT = {
    "cat": 'cat "$1"',
    "cat-by-redirection": 'cat <"$1"',
    "cp": 'cp "$1" "$2/copy"; cat "$2/copy"',
    "cp-reflink": 'cp --reflink=auto --sparse=always "$1" "$2/copy";'
                  ' cat "$2/copy"',
    "dd": 'dd if="$1" bs=1000 status=none',
    "dd-byte-wise": 'dd if="$1" bs=1 status=none',
    "head": 'head -c 100000 "$1"',
    "tail-from-start": 'tail -c +1 "$1"',
    "tail-from-end": 'tail -c 100000 "$1"',
    "tail-lines": 'tail -n 100000 "$1"',
    "sed": 'sed -n p "$1"',
    "bash": 'printf %s "$(<"$1")"',
    "bash-mapfile": 'mapfile lines <"$1"; IFS=; printf %s "${lines[*]}"',
    "dash": """dash -c '
        while IFS= read -r line || [ -n "$line" ]; do
            printf "%s%s" "$between" "$line"
            between="
"
        done <"$1"' dash "$1" """,
    "perl": """perl -e 'local $/; print scalar <>' "$1" """,
    "perl-sysread": """perl -e 'open(F, $ARGV[0]); binmode F;
        while (sysread(F, $piece, 777)) { print $piece }' "$1" """,
    "python3": """python3 -c 'import sys
sys.stdout.buffer.write(open(sys.argv[1], "rb").read())' "$1" """,
    "openssl-base64": 'openssl base64 -A -in "$1" | base64 -d',
    "tar": 'tar -cf "$2/it.tar" -C "$(dirname "$1")" "$(basename "$1")";'
           ' tar -xOf "$2/it.tar"',
    "rsync": 'rsync -a "$1" "$2/copy"; cat "$2/copy"',
    "rsync-checksum": 'rsync -c --whole-file "$1" "$2/copy"; cat "$2/copy"',
    "install": 'install -m 600 "$1" "$2/copy"; cat "$2/copy"',
}

BY_LINE = {
    "grep": 'grep -a "" "$1" || [ ! -s "$1" ]',
    "gawk": 'gawk 1 "$1"',
    "mawk": 'mawk 1 "$1"',
    "sort-stable": 'sort -s -k 1,1 "$1"',
}


@pytest.mark.parametrize("reader", EXACT)
def test_readers(vault, run, tmp_path, reader):
    _, mount = vault(VALUES)
    for name, value in VALUES.items():
        folder = tmp_path / name
        folder.mkdir()
        read = read_by(run, EXACT[reader])
        assert read(mount.secrets / name, folder) == value.encode(), name


@pytest.mark.parametrize("reader", BY_LINE)
def test_readers_by_line(vault, run, tmp_path, reader):
    _, mount = vault(VALUES)
    for name, value in VALUES.items():
        read = read_by(run, BY_LINE[reader])
        assert read(mount.secrets / name, tmp_path) == with_newline(
            value.encode()), name


def test_wc(vault, run):
    _, mount = vault(VALUES)
    for name, value in VALUES.items():
        path = mount.secrets / name
        assert int(run("wc", "-c", path).stdout.split()[0]) == len(value)
        with open(path, "rb") as file:
            assert int(run("wc", "-m", stdin=file).stdout) == len(value)


def test_openssl_dgst(vault, run):
    _, mount = vault(VALUES)
    for name, value in VALUES.items():
        said = run("openssl", "dgst", "-sha256", "-r", mount.secrets / name)
        assert said.stdout.split()[0].decode() == hashlib.sha256(
            value.encode()).hexdigest()


def test_tar_of_the_folder(vault, run, tmp_path):
    _, mount = vault(VALUES)
    made = run("tar", "-cf", tmp_path / "all.tar", "-C", mount.path, "secrets")
    assert made.returncode == 0, made.stderr
    run("tar", "-xf", tmp_path / "all.tar", "-C", tmp_path)
    found = {path.name: path.read_bytes()
             for path in (tmp_path / "secrets").iterdir()}
    assert found == {name: value.encode() for name, value in VALUES.items()}


def test_rsync_of_the_folder(vault, run, tmp_path):
    _, mount = vault(VALUES)
    for _ in range(2):
        ended = run("rsync", "-a", "--itemize-changes",
                    f"{mount.secrets}/", f"{tmp_path}/copy/")
        assert ended.returncode == 0, ended.stderr
    # The second time, size and time say that nothing has changed.
    assert ended.stdout == b""
    for name, value in VALUES.items():
        assert (tmp_path / "copy" / name).read_bytes() == value.encode()


def test_sendfile(vault, tmp_path):
    _, mount = vault(VALUES)
    for name, value in VALUES.items():
        with open(mount.secrets / name, "rb") as source, open(
                tmp_path / name, "wb") as target:
            at = 0
            while sent := os.sendfile(target.fileno(), source.fileno(), at,
                                      7000):
                at += sent
        assert (tmp_path / name).read_bytes() == value.encode()


@pytest.mark.parametrize("flags", [mmap.MAP_PRIVATE, mmap.MAP_SHARED])
def test_mmap(vault, flags):
    _, mount = vault(VALUES)
    for name, value in VALUES.items():
        if not value:
            continue  # the length of a mapping cannot be 0
        with open(mount.secrets / name, "rb") as file:
            with mmap.mmap(file.fileno(), 0, flags=flags,
                           prot=mmap.PROT_READ) as mapped:
                assert mapped[:] == value.encode()


def test_mmap_private_may_be_written(vault):
    _, mount = vault({"it": "original"})
    with open(mount.secrets / "it", "rb") as file:
        with mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE,
                       prot=mmap.PROT_READ | mmap.PROT_WRITE) as mapped:
            mapped[:8] = b"changed!"
    assert mount.read("it") == b"original"


def test_seek_and_read_again(vault):
    value = text_of(25600).encode()
    _, mount = vault({"it": value.decode()})
    fd = os.open(mount.secrets / "it", os.O_RDONLY)
    try:
        assert os.pread(fd, 100, 25550) == value[25550:]
        assert os.pread(fd, 100, 25600) == b""
        assert os.pread(fd, 100, 10 ** 9) == b""
        assert os.pread(fd, 10, 4090) == value[4090:4100]
        assert os.lseek(fd, -7, os.SEEK_END) == 25593
        assert os.read(fd, 100) == value[-7:]
        assert os.read(fd, 100) == b""
        assert os.lseek(fd, 0, os.SEEK_SET) == 0
        assert os.read(fd, 100000) == value
        assert os.lseek(fd, 0, os.SEEK_DATA) == 0
        assert os.lseek(fd, 0, os.SEEK_HOLE) == 25600
    finally:
        os.close(fd)


# Attributes

def test_attributes(vault):
    _, mount = vault({"it": {"value": "12345", "created": 1500000000,
                             "updated": 1600000000}})
    found = (mount.secrets / "it").stat()
    assert stat.S_ISREG(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o400
    assert (found.st_uid, found.st_gid) == (os.getuid(), os.getgid())
    assert found.st_nlink == 1
    assert found.st_size == 5
    assert found.st_blocks == 1
    assert found.st_mtime_ns == 1500000000 * 10 ** 9
    assert found.st_ctime_ns == 1600000000 * 10 ** 9
    for folder in (mount.path, mount.secrets):
        found = folder.stat()
        assert stat.S_ISDIR(found.st_mode)
        assert stat.S_IMODE(found.st_mode) == 0o500
        assert found.st_nlink == 2


def test_attribute_options(vault, run):
    nobody = pwd.getpwnam("nobody")
    _, mount = vault({"it": "for nobody"}, f"uid={nobody.pw_uid},gid=0,"
                     "file_mode=0440,dir_mode=0550")
    found = (mount.secrets / "it").stat()
    assert (found.st_uid, found.st_gid) == (nobody.pw_uid, 0)
    assert stat.S_IMODE(found.st_mode) == 0o440
    assert stat.S_IMODE(mount.secrets.stat().st_mode) == 0o550
    mount.directory.chmod(0o755)
    path = mount.secrets / "it"
    as_nobody = ("setpriv", f"--reuid={nobody.pw_uid}", "--clear-groups")
    allowed = run(*as_nobody, "--regid=65534", "cat", path)
    assert allowed.stdout == b"for nobody"
    denied = run("setpriv", "--reuid=12345", "--regid=12345",
                 "--clear-groups", "cat", path)
    assert denied.returncode == 1
    assert b"Permission denied" in denied.stderr


def test_others_are_kept_out(vault, run):
    _, mount = vault({"it": "for root"})
    mount.directory.chmod(0o755)
    denied = run("setpriv", "--reuid=65534", "--regid=65534",
                 "--clear-groups", "cat", mount.secrets / "it")
    assert denied.returncode == 1
    assert b"Permission denied" in denied.stderr
    assert b"for root" not in denied.stdout


# Names and numbers

def test_the_case_of_a_name_does_not_matter(vault):
    _, mount = vault({"Db-Password": "hidden"})
    for name in ("Db-Password", "db-password", "DB-PASSWORD"):
        assert mount.read(name) == b"hidden"


def test_one_file_under_two_spellings(vault):
    _, mount = vault({"Db-Password": "hidden"})
    numbers = {(mount.secrets / name).stat().st_ino
               for name in ("Db-Password", "db-password", "DB-PASSWORD")}
    assert len(numbers) == 1


def test_numbers_survive_a_remount(vault):
    emulator, mount = vault(VALUES)
    first = {name: (mount.secrets / name).stat().st_ino for name in VALUES}
    assert len(set(first.values())) == len(VALUES)
    again = vault.mount(emulator)
    assert {name: (again.secrets / name).stat().st_ino
            for name in VALUES} == first
    os.kill(mount.worker_pid, signal.SIGKILL)
    assert {name: (mount.secrets / name).stat().st_ino
            for name in VALUES} == first


def test_read_without_the_page_cache(vault):
    _, mount = vault(VALUES, "page_cache=off")
    for name, value in VALUES.items():
        assert mount.read(name) == value.encode()
        with open(mount.secrets / name, "rb", buffering=0) as file:
            pieces = iter(lambda file=file: file.read(1000), b"")
            assert b"".join(pieces) == value.encode()
