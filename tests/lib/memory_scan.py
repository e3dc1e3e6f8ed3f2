# SPDX-License-Identifier: MIT
"""Looking for pieces of secrets in the memory of processes, from outside.

    scan = MemoryScan()
    scan.forbid("value-3", value)
    scan.allow("token", current_token)
    assert not scan.find(mount.launcher_pid, mount.worker_pid)

The work is done by scan-memory.c. Root is needed.
"""

import collections
import subprocess

from akv_emulator import build_dir

Piece = collections.namedtuple("Piece", "where label offset length area")
LCG_FACTOR = 6364136223846793005
LCG_SUMMAND = 1442695040888963407


def letters(seed, number, size):
    """@size upper-case letters that can be computed again, but not guessed.

    They stand for the bytes of a secret: no twelve of them in a row are in
    anything else.
    """
    state = (seed << 32) + number
    text = bytearray()
    while len(text) < size:
        state = (state * LCG_FACTOR + LCG_SUMMAND) & (2 ** 64 - 1)
        text.append(65 + ((state >> 33) % 26))
    return text.decode()


class MemoryScan:
    def __init__(self):
        self._texts = {}

    def forbid(self, label, text):
        self._texts[label] = ("+", text)

    def allow(self, label, text):
        self._texts[label] = ("-", text)

    def labels(self):
        return {label for label, (sign, _) in self._texts.items()
                if sign == "+"}

    def find(self, *places, bytes_min=1):
        """The pieces in these processes (by pid) or files (by path)."""
        lines = "".join(f"{sign} {label} {text}\n"
                        for label, (sign, text) in self._texts.items())
        ended = subprocess.run(
            [build_dir() / "tests" / "lib" / "scan-memory",
             *map(str, places)],
            input=lines, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        found = []
        scanned = {}
        for line in ended.stdout.splitlines():
            words = line.split(" ", 5)
            if words[0] == "piece":
                found.append(Piece(words[1], words[2], int(words[3]),
                                   int(words[4]), words[5]))
            elif words[0] == "scanned":
                scanned[words[1]] = int(words[2])
        for place in map(str, places):
            assert scanned[place] >= bytes_min, f"{place} was not scanned"
        return found
