# SPDX-License-Identifier: MIT
"""Somebody who listens, in clear, and keeps every byte.

    with Witness(http("{}")) as witness:
        ... let a client meet witness.url ...
        assert SECRET not in witness.heard()

It stands for a host that nothing secret may reach, or for a service without TLS
that may: a metadata endpoint, a proxy.
"""

import contextlib
import socket
import threading

IDLE_TIMEOUT_S = 60
HEAD_END = b"\r\n\r\n"
HEARD_MAX = 1024 * 1024


class Witness:
    """@reply: bytes that are sent when the head of a request has come, or a
    function of that head that makes them; None: it never says a thing. @make
    makes the socket that it listens on."""

    def __init__(self, reply=None, make=None):
        self.reply = reply
        self._make = make or (lambda: socket.create_server(("127.0.0.1", 0)))
        self._heard = []
        self._listener = None

    def start(self):
        self._listener = self._make()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    @property
    def url(self):
        return "http://%s:%d" % self._listener.getsockname()[:2]

    def conversations(self):
        """What was said on each connection."""
        return [bytes(data) for data in list(self._heard)]

    def heard(self):
        return b"\n".join(self.conversations())

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hear, args=(connection,),
                             daemon=True).start()

    def _hear(self, connection):
        data = bytearray()
        self._heard.append(data)
        connection.settimeout(IDLE_TIMEOUT_S)
        answered = False
        with connection, contextlib.suppress(OSError):
            while len(data) < HEARD_MAX:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
                if self.reply is None or answered or HEAD_END not in data:
                    continue
                answered = True
                reply = self.reply
                if callable(reply):
                    reply = reply(bytes(data))
                connection.sendall(reply)
                if b"\r\nConnection: close\r\n" in reply:
                    connection.shutdown(socket.SHUT_WR)
