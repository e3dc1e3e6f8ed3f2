# SPDX-License-Identifier: MIT
"""What is left in memory of a value, a token or a client secret.

Both processes are searched from outside, all of their memory, for any piece of
twelve bytes or more. Each search stands beside one that has to find something.
"""

import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from akvfs_mount import SANITIZED
from memory_scan import MemoryScan, letters
from objects import Chain, import_pem, import_pfx, key_pem

SEED = 20240229
SIZES = (48, 600, 4000, 25000)
VALUES = 200
ROTATED = 20
ABORTED = 20
LOGIN = "login.microsoftonline.com"
VAULT = "demo.vault.azure.net"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    # The sanitizer's allocator keeps what is freed, to catch its use.
    pytest.mark.skipif(SANITIZED, reason="memory is kept on purpose"),
]


def value_of(number, generation=0):
    return letters(SEED + generation, number, SIZES[number % len(SIZES)])


def both(mount):
    return mount.launcher_pid, mount.worker_pid


def evict(mount):
    """SIGUSR1 to the launcher: what is cached is wiped."""
    os.kill(mount.launcher_pid, signal.SIGUSR1)
    deadline = time.monotonic() + 10
    while mount.status()["cache"]["values"] > 0:
        assert time.monotonic() < deadline, "values are still held"
        time.sleep(0.01)


def wait_until_quiet(mount):
    deadline = time.monotonic() + 15
    while mount.status()["http"]["active"] > 0:
        assert time.monotonic() < deadline, "a transfer does not end"
        time.sleep(0.01)


def dump_of(pid, directory):
    """What gdb writes of the process: its memory, and its registers too."""
    ended = subprocess.run(["gcore", "-o", directory / "core", str(pid)],
                           capture_output=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return directory / f"core.{pid}"


def describe(pieces):
    return "\n".join(map(str, pieces[:20]))


class Tokens:
    """Tokens that the test knows, given out by the emulator one by one."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.texts = []

    def make(self):
        # No two are alike: their identifier is random.
        answer = self.emulator.sign_in(self.emulator.env["AZURE_CLIENT_ID"],
                                       self.emulator.env["AZURE_CLIENT_SECRET"])
        self.texts.append(answer.json()["access_token"])
        return self.texts[-1]

    def serve_next(self, **more):
        self.emulator.fault(
            {"host": LOGIN, "path": "*/token", "count": 1}, status=200,
            headers={"Content-Type": "application/json"},
            body={"token_type": "Bearer", "expires_in": 3599,
                  "ext_expires_in": 3599, "access_token": self.make(),
                  **more})


def refused_body(label, scan):
    text = letters(SEED + 99, sum(label.encode()), 700)
    scan.forbid(label, text)
    return {"error": {"code": "SomeCode", "message": text}}


def read_fails(mount, name):
    with pytest.raises(OSError) as caught:
        mount.read(name)
    return caught.value.errno


@pytest.fixture
def driven(vault):
    """A mount that has met everything that leaves bytes behind."""
    secrets = {f"s-{i}": value_of(i) for i in range(VALUES)}
    secrets |= {f"aborted-{i}": value_of(1000 + i) for i in range(ABORTED)}
    secrets |= {f"left-{i}": value_of(2000 + 4 * i) for i in range(4)}
    secrets["asked"] = "nothing of interest"
    emulator = vault.emulator(secrets)
    scan = MemoryScan()
    tokens = Tokens(emulator)
    tokens.serve_next(refresh_in=4)
    mount = vault.mount(emulator, "ttl=1s,stale=0s,negative_ttl=1s,timeout=3s")
    for i in range(VALUES):
        scan.forbid(f"s-{i}", value_of(i))
        assert mount.read(f"s-{i}").decode() == value_of(i)
    return emulator, mount, scan, tokens


def rotate(emulator, mount, scan):
    for i in range(ROTATED):
        scan.forbid(f"rotated-{i}", value_of(i, generation=1))
        answer = emulator.call("PUT", VAULT, f"/secrets/s-{i}?api-version=7.4",
                               {"value": value_of(i, generation=1)})
        assert answer.status == 200, answer
    time.sleep(1.1)
    for i in range(ROTATED):
        assert mount.read(f"s-{i}").decode() == value_of(i, generation=1)


def abort_bodies(emulator, mount, scan):
    """Half with the connection closed, half with it reset."""
    for i in range(ABORTED):
        size = SIZES[i % len(SIZES)]
        scan.forbid(f"aborted-{i}", value_of(1000 + i))
        emulator.fault(
            {"host": VAULT, "path": f"/secrets/aborted-{i}"},
            **{("truncate_at", "reset_after")[i // 4 % 2]: size * 2 // 3})
    readers = []
    for i in range(ABORTED):
        # pylint: disable=consider-using-with
        readers.append(subprocess.Popen(
            ["cat", str(mount.secrets / f"aborted-{i}")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    for reader in readers:
        output, _ = reader.communicate(timeout=30)
        assert reader.returncode != 0 and output == b""
    emulator.clear_faults()


def leave_midway(emulator, mount, scan):
    """Readers that are killed while the body drips."""
    emulator.fault({"host": VAULT, "path": "/secrets/left-*"}, drip_bps=200)
    readers = []
    for i in range(4):
        scan.forbid(f"left-{i}", value_of(2000 + 4 * i))
        # pylint: disable=consider-using-with
        readers.append(subprocess.Popen(
            ["cat", str(mount.secrets / f"left-{i}")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    time.sleep(1)
    for reader in readers:
        reader.kill()
        output, _ = reader.communicate(timeout=10)
        assert output == b""
    wait_until_quiet(mount)
    emulator.clear_faults()


def renew_tokens(emulator, mount, scan, tokens):
    """Ahead of expiry, after a 401 that was made up, and after a real one."""
    tokens.serve_next()  # for refresh_in of the first one
    deadline = time.monotonic() + 10
    while not any(request["host"] == LOGIN
                  for request in emulator.requests()[-3:]):
        assert time.monotonic() < deadline, "the token was not refreshed"
        mount.status()
        time.sleep(0.1)

    tokens.serve_next()
    emulator.fault({"host": VAULT, "path": "/secrets/asked*", "count": 1},
                   status=401, body=refused_body("401-once", scan),
                   headers={"WWW-Authenticate": "Bearer error=\"invalid\""})
    assert mount.read("asked") == b"nothing of interest"

    emulator.advance(4000)
    tokens.serve_next()
    time.sleep(1.1)
    assert mount.read("asked") == b"nothing of interest"


def meet_refusals(emulator, mount, scan):
    for status in (403, 404, 429, 500, 503, 200):
        emulator.fault({"host": VAULT, "path": f"/secrets/refused-{status}*"},
                       status=status,
                       body=refused_body(f"refused-{status}", scan))
    for status in (403, 404, 429, 500, 503, 200):
        read_fails(mount, f"refused-{status}")
    emulator.clear_faults()


@pytest.mark.timeout(180)
def test_nothing_is_left_after_eviction(driven, tmp_path):
    emulator, mount, scan, tokens = driven
    held = {piece.label for piece in scan.find(mount.worker_pid)}
    assert held == scan.labels(), "the search does not find what is held"
    assert not scan.find(mount.launcher_pid)

    renew_tokens(emulator, mount, scan, tokens)
    rotate(emulator, mount, scan)
    abort_bodies(emulator, mount, scan)
    leave_midway(emulator, mount, scan)
    meet_refusals(emulator, mount, scan)
    assert {request["status"] for request in emulator.requests()} >= {
        200, 401, 403, 404, 429, 500, 503}

    evict(mount)
    scan.forbid("client-secret", emulator.env["AZURE_CLIENT_SECRET"])
    *old, current = tokens.texts
    for number, token in enumerate(old):
        scan.forbid(f"token-{number}", token)
    scan.allow("token", current)
    pieces = scan.find(*both(mount))
    assert not pieces, describe(pieces)
    for pid in both(mount):
        pieces = scan.find(dump_of(pid, tmp_path), bytes_min=100000)
        assert not pieces, describe(pieces)
    assert mount.status()["worker"]["starts"] == 1


def test_the_current_token_is_found(vault):
    """It is what the search would find of an old one."""
    emulator = vault.emulator({"a": "1"})
    tokens = Tokens(emulator)
    tokens.serve_next()
    mount = vault.mount(emulator)
    assert mount.read("a") == b"1"
    scan = MemoryScan()
    scan.forbid("token", tokens.texts[0])
    assert {piece.where for piece in scan.find(*both(mount))} == {
        str(mount.worker_pid)}


def test_a_decoy_is_found():
    """64 bytes in the memory of a process that is like any other."""
    scan = MemoryScan()
    decoy = letters(SEED, 4711, 64)
    scan.forbid("decoy", decoy)
    with subprocess.Popen(
            ["python3", "-c", "import sys, time\n"
             f"held = ({decoy[:32]!r} + sys.argv[1]).encode()\n"
             "print('held', flush=True)\n"
             "time.sleep(60)\n", decoy[32:]],
            stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        pieces = scan.find(process.pid)
        process.kill()
    assert max(piece.length for piece in pieces) == 64


def test_a_dump_has_none(driven, tmp_path):
    """What root's debugger writes while the worker holds all values."""
    _, mount, scan, tokens = driven
    scan.forbid("token", tokens.texts[0])
    for pid in both(mount):
        pieces = scan.find(dump_of(pid, tmp_path), bytes_min=100000)
        assert not pieces, describe(pieces)


def test_no_core_is_written(vault):
    _, mount = vault({"a": "1"})
    for pid in both(mount):
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
        # The kernel gives the files of a process that may not be dumped, or
        # traced by its own user, to root.
        assert pathlib.Path(f"/proc/{pid}/environ").stat().st_uid == 0


def test_memory_is_locked(vault):
    _, mount = vault({f"s-{i}": value_of(4 * i + 3) for i in range(20)})
    for i in range(20):
        mount.read(f"s-{i}")
    status = mount.status()["worker"]
    assert status["memory_locked"] == 1
    text = pathlib.Path(f"/proc/{mount.worker_pid}/status").read_text()
    locked = int(re.search(r"^VmLck:\s+(\d+) kB", text, re.MULTILINE)[1])
    assert locked * 1024 >= status["secret_heap_size"] >= 20 * SIZES[3]


@pytest.mark.parametrize("form", ["pem", "pfx"])
def test_a_private_key_leaves_nothing(vault, form):
    """Read in each of its forms, it is gone when the cache is emptied."""
    emulator, mount = vault({})
    chain = Chain(kind="rsa")
    if form == "pem":
        import_pem(emulator, "web", chain.pem())
    else:
        import_pfx(emulator, "web", chain)
    folder = mount.path / "certificates" / "web"
    text = (folder / "privkey.pem").read_text()
    assert text == key_pem(chain.key).decode()
    scan = MemoryScan()
    # Its first lines are those of any key.
    for number, line in enumerate(text.splitlines()[6:-2]):
        scan.forbid(f"line-{number}", line)
    # Its secret as PEM has the same lines; as PFX it has others.
    if form == "pfx":
        scan.forbid("value", mount.read("web").decode()[1200:1300])
    for name in ("privkey.pem", "bundle.pem", "cert.pfx", "fullchain.pem"):
        (folder / name).read_bytes()
    assert scan.find(mount.worker_pid), "the search does not find what is held"
    evict(mount)
    pieces = scan.find(*both(mount))
    assert not pieces, describe(pieces)
