# SPDX-License-Identifier: MIT
"""herd.py N PATH... - N processes that open and read a file, all at once

With several paths, each process has the next one. Started with python3 -I -S
by the tests, which talk to it by lines, each answered by a line of JSON:

    go          let them all open their PATH now
    states      {"R": 1, "S": 999}: what /proc says of those that are left
    wait        {"0": 1000}: how many ended in which way, when all have: 0 if
                all was read, -SIGNAL if a signal ended it, else its errno
    kill N      signal N to all; {"ends": as wait, "seconds": until the last}

What is read goes to nobody; its size and sum are in "read", after wait.
Signals are as a shell's child has them: Python's own handlers are taken away.
"""

import json
import os
import signal
import sys
import time
import zlib

DEFAULTS = (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP)


def read_whole(path):
    fd = os.open(path, os.O_RDONLY)
    data = b""
    while piece := os.read(fd, 65536):
        data += piece
    return data


def child(path, gate, results):
    for number in DEFAULTS:
        signal.signal(number, signal.SIG_DFL)
    os.read(gate, 1)  # ends when the parent closes its end
    try:
        data = read_whole(path)
    except OSError as error:
        os._exit(error.errno)
    # Short enough to be written whole.
    os.write(results, b"%d %d\n" % (len(data), zlib.crc32(data)))
    os._exit(0)


class Herd:
    def __init__(self, count, paths):
        self.ends = {}
        gate, self.gate = os.pipe()
        self.results, results = os.pipe()
        self.left = set()
        for number in range(count):
            pid = os.fork()
            if pid == 0:
                os.close(self.gate)
                child(paths[number % len(paths)], gate, results)
            self.left.add(pid)
        os.close(gate)
        os.close(results)

    def go(self):
        os.close(self.gate)
        return {}

    def states(self):
        found = {}
        for pid in self.left:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                state = file.read().rsplit(")", 1)[1].split()[0]
            found[state] = found.get(state, 0) + 1
        return found

    def wait(self):
        while self.left:
            pid, status = os.wait()
            code = os.waitstatus_to_exitcode(status)
            self.left.remove(pid)
            self.ends[code] = self.ends.get(code, 0) + 1
        data = b""
        while piece := os.read(self.results, 65536):
            data += piece
        kinds = sorted({tuple(map(int, line.split()))
                        for line in data.splitlines()})
        return {"ends": self.ends, "read": kinds}

    def kill(self, number):
        began = time.monotonic()
        for pid in self.left:
            os.kill(pid, number)
        ended = self.wait()
        return {**ended, "seconds": time.monotonic() - began}


def main():
    herd = Herd(int(sys.argv[1]), sys.argv[2:])
    print(json.dumps({"pid": os.getpid()}), flush=True)
    for line in sys.stdin:
        command, *words = line.split()
        answer = getattr(herd, command)(*map(int, words))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
