# SPDX-License-Identifier: MIT
"""readers.py FOLDER COUNT SEED - read secrets until stdin ends

Reads n0 to n<COUNT-1> of FOLDER in a random order, each of which has to be
the value that value_of() gives it, and prints a line of JSON at the end: how
often, what went wrong, and how long the slowest took.
"""

import json
import os
import random
import select
import sys
import time


def value_of(name):
    return f"value of {name}, {name} and {name}".encode()


def read_one(folder, name):
    """None if it went well, or what went wrong."""
    try:
        fd = os.open(os.path.join(folder, name), os.O_RDONLY)
        try:
            size = os.fstat(fd).st_size
            data = os.read(fd, 4096)
        finally:
            os.close(fd)
    except OSError as error:
        return f"{name}: {error.strerror}"
    if data != value_of(name) or size != len(data):
        return f"{name}: {size} bytes, read {data!r}"
    return None


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    dice = random.Random(sys.argv[3])
    reads, wrong, slowest = 0, [], 0
    print("{}", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        name = f"n{dice.randrange(count)}"
        began = time.monotonic()
        fault = read_one(folder, name)
        slowest = max(slowest, time.monotonic() - began)
        reads += 1
        if fault:
            wrong.append(fault)
    print(json.dumps({"reads": reads, "wrong": wrong[:20],
                      "slowest": slowest}), flush=True)


if __name__ == "__main__":
    main()
