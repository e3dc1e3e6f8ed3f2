# SPDX-License-Identifier: MIT
"""tls_server.py FOLDER - serve TLS with what FOLDER holds, until told

Reads certificate and key anew for each connection, through one descriptor of
the folder, as a server does that has to use them as a pair. A client connects
each time, for whom the server signs with its key, whoever issued it. Prints a line of JSON when its input ends:
how many connections there were, with how many certificates, and what failed.
"""

import json
import os
import select
import ssl
import sys


def read_pair(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        texts = []
        for name in ("fullchain.pem", "privkey.pem"):
            file = os.open(name, os.O_RDONLY, dir_fd=descriptor)
            try:
                texts.append(os.read(file, 100000))
            finally:
                os.close(file)
        return texts
    finally:
        os.close(descriptor)


def server_context(texts):
    """Refuses a key that is not that of the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = os.memfd_create("pair")
    try:
        os.write(file, b"".join(texts))
        context.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)
    return context


def connect(served, client):
    """A whole handshake in memory; returns the server's certificate."""
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [client.wrap_bio(ours, theirs, server_hostname="www.example.com"),
             served.wrap_bio(theirs, ours, server_side=True)]
    waiting = set(range(2))
    for _ in range(20):
        for i in sorted(waiting):
            try:
                sides[i].do_handshake()
                waiting.discard(i)
            except ssl.SSLWantReadError:
                pass
        if not waiting:
            return sides[0].getpeercert(binary_form=True)
    raise ssl.SSLError("the handshake does not end")


def main():
    folder = sys.argv[1]
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    turns, seen, wrong = 0, set(), []
    print("{}", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        turns += 1
        try:
            seen.add(connect(server_context(read_pair(folder)), client))
        except (OSError, ssl.SSLError) as fault:
            wrong.append(str(fault))
    print(json.dumps({"turns": turns, "certificates": len(seen),
                      "wrong": wrong[:20]}), flush=True)


if __name__ == "__main__":
    main()
