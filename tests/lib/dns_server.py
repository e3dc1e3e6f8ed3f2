#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dns_server.py PORT JSON - a name server on 127.0.0.1 that knows a few names

JSON is {"NAME": "ADDRESS" or "NAME"}: an IPv4 address, or the name that it is an
alias of. An alias is answered with all that it leads to, as a resolver that
recurses does; other names do not exist. It prints a line when it listens.
"""

import json
import re
import socket
import struct
import sys

A, CNAME, ANSWER_S = 1, 5, 60
NAME_ERROR = 3


def packed(name):
    return b"".join(bytes([len(label)]) + label.encode("ascii")
                    for label in name.split(".")) + b"\0"


def question(query):
    """The name, its type, and the bytes of the whole question."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii"))
        at += 1 + query[at]
    kind, = struct.unpack_from("!H", query, at + 1)
    return ".".join(labels).lower(), kind, query[12:at + 5]


def records(names, name, kind):
    while name in names:
        target = names[name]
        is_address = re.fullmatch(r"[0-9.]+", target)
        data = socket.inet_aton(target) if is_address else packed(target)
        if not is_address or kind == A:
            yield packed(name) + struct.pack(
                "!HHIH", A if is_address else CNAME, 1, ANSWER_S,
                len(data)) + data
        name = target


def answer(names, query):
    name, kind, asked = question(query)
    found = list(records(names, name, kind))
    flags = 0x8180 | (0 if name in names else NAME_ERROR)
    return query[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0) + (
        asked + b"".join(found))


def main():
    names = json.loads(sys.argv[2])
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", int(sys.argv[1])))
    print("listening", flush=True)
    while True:
        query, client = server.recvfrom(512)
        server.sendto(answer(names, query), client)


if __name__ == "__main__":
    main()
