# SPDX-License-Identifier: MIT
"""A network with nothing but loopback, and the addresses that a test wants.

    with OwnNetwork("169.254.169.254", "203.0.113.66") as network:
        witness = Witness(make=network.listener("203.0.113.66", 80))
        mount = Mount(server, prefix=network.prefix)

What is started with the prefix is inside and sees no other; sockets of
listener() are in there, too, but the test itself stays outside. Root is needed.
"""

import contextlib
import ctypes
import os
import socket
import subprocess

CLONE_NEWNET = 0x40000000


def _enter(descriptor):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


class OwnNetwork:
    def __init__(self, *addresses):
        self._addresses = addresses
        self._keeper = None

    def __enter__(self):
        # It says that it is inside, and ends with its input.
        # pylint: disable=consider-using-with
        self._keeper = subprocess.Popen(
            ["unshare", "--net", "--", "sh", "-c", "echo; read line"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._keeper.stdout.readline() == b"\n"
        commands = [["link", "set", "lo", "up"]] + [
            ["address", "add", f"{address}/32", "dev", "lo"]
            for address in self._addresses]
        for words in commands:
            subprocess.run([*self.prefix, "ip", *words], check=True)
        return self

    def __exit__(self, *_):
        self._keeper.communicate()

    @property
    def _path(self):
        return f"/proc/{self._keeper.pid}/ns/net"

    @property
    def prefix(self):
        return ["nsenter", f"--net={self._path}", "--"]

    @contextlib.contextmanager
    def inside(self):
        """The calling thread is in there: what it opens belongs there."""
        descriptors = [os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                       for path in (self._path, "/proc/thread-self/ns/net")]
        try:
            _enter(descriptors[0])
            try:
                yield
            finally:
                _enter(descriptors[1])
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def listener(self, address, port):
        """What makes a socket that listens there."""
        def make():
            with self.inside():
                return socket.create_server((address, port), backlog=128)
        return make
