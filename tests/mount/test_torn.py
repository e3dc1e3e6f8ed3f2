# SPDX-License-Identifier: MIT
"""Read in pieces while it rotates, a secret is one version, and a current one.

Each value says in each of its parts which version it is and ends in a sum, so
that pieces of two cannot pass for one. Whoever rotates notes when he began and
when the vault had it; a reader, when he opened and when he closed.
"""

import json
import os
import subprocess
import sys
import threading
import time
import zlib

import pytest

from akvfs_mount import READY_TIMEOUT_S, seed_of

READS = 4000
READERS = 4
BUFFER = 4096
SIZE = 20000
PART = 100

# Opens, reads in pieces and closes, and says of each read what it was.
# Runs on its own, as Python threads would keep the rotation waiting.
READER = f"""
import json, os, sys, time, zlib
found = []
for _ in range(int(sys.argv[2])):
    opened = time.monotonic_ns()
    fd = os.open(sys.argv[1], os.O_RDONLY)
    size = os.fstat(fd).st_size
    data = b""
    while piece := os.read(fd, {BUFFER}):
        data += piece
    os.close(fd)
    closed = time.monotonic_ns()
    parts = {{data[at:at + 8] for at in range(0, len(data) - 8, {PART})}}
    body, sum_said = data[:-8], data[-8:]
    whole = (len(parts) == 1 and size == len(data)
             and b"%08x" % zlib.crc32(body) == sum_said)
    found.append([opened, closed, int(data[:8]) if whole else -1, len(data)])
json.dump(found, sys.stdout)
"""


def value_of(version, size=SIZE):
    part = f"{version:08d}" + chr(ord("a") + version % 26) * (PART - 8)
    body = part * ((size - 8) // PART)
    return body + "%08x" % zlib.crc32(body.encode())


class Rotation(threading.Thread):
    """Puts version after version, of two sizes in turn."""

    def __init__(self, emulator):
        super().__init__()
        self.emulator = emulator
        self.times = []  # of version i: (begun, done)
        self.stop = threading.Event()

    def put(self, version):
        value = value_of(version, SIZE - 5000 * (version % 2))
        begun = time.monotonic_ns()
        self.emulator.seed(seed_of({"it": value}))
        self.times.append((begun, time.monotonic_ns()))

    def run(self):
        while not self.stop.is_set():
            self.put(len(self.times))

    def was_current(self, version, opened, closed):
        """Could @version have been the current one between these times?"""
        if not 0 <= version < len(self.times):
            return False
        begun = self.times[version][0]
        replaced = (self.times[version + 1][1]
                    if version + 1 < len(self.times) else closed)
        return begun <= closed and replaced >= opened


@pytest.mark.parametrize("options", ["ttl=0", "ttl=0,page_cache=off"])
def test_none_is_torn(vault, options):
    emulator, mount = vault({}, options, debug=False)
    rotation = Rotation(emulator)
    rotation.put(0)
    rotation.start()
    readers = []
    try:
        for _ in range(READERS):
            # pylint: disable=consider-using-with
            readers.append(subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", READER,
                 str(mount.secrets / "it"), str(READS // READERS)],
                stdout=subprocess.PIPE))
        found = []
        for reader in readers:
            said, _ = reader.communicate(timeout=4 * READY_TIMEOUT_S)
            assert reader.returncode == 0
            found += json.loads(said)
    finally:
        rotation.stop.set()
        rotation.join()
    assert len(found) == READS
    torn = [read for read in found if read[2] < 0]
    assert not torn
    wrong = [read for read in found
             if not rotation.was_current(read[2], read[0], read[1])]
    assert not wrong
    # That it rotated under the readers at all.
    assert len({read[2] for read in found}) > 100


def test_what_is_open_stays_over_many_rotations(vault):
    emulator, mount = vault({"it": value_of(0)}, "ttl=0")
    with open(mount.secrets / "it", "rb", buffering=0) as file:
        for version in range(1, 101):
            emulator.seed(seed_of({"it": value_of(version)}))
            assert mount.read("it") == value_of(version).encode()
            assert os.pread(file.fileno(), SIZE,
                            0) == value_of(0).encode()


def test_the_check_finds_what_is_torn(tmp_path):
    """A reader of a file that is torn says so."""
    torn = value_of(1)[:BUFFER] + value_of(2)[BUFFER:]
    (tmp_path / "torn").write_text(torn, encoding="ascii")
    (tmp_path / "short").write_text(value_of(1)[:-1], encoding="ascii")
    (tmp_path / "whole").write_text(value_of(3), encoding="ascii")
    for name, version in (("torn", -1), ("short", -1), ("whole", 3)):
        said = subprocess.run(
            [sys.executable, "-c", READER, tmp_path / name, "1"],
            capture_output=True, check=True).stdout
        assert json.loads(said)[0][2] == version
