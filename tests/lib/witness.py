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
import ssl
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

    def forget(self):
        self._heard.clear()

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


class Interceptor(Witness):
    """A proxy for CONNECT that takes the connection over.

    With @certificate (the path of .pem and .key) it ends TLS itself and keeps
    what is said inside; without one it passes all on to where it was asked to
    connect to, entering there by @onward, a context.
    """

    def __init__(self, certificate, make=None, onward=contextlib.nullcontext):
        super().__init__(make=make)
        self._certificate = certificate
        self._onward = onward

    def _hear(self, connection):
        data = bytearray()
        self._heard.append(data)
        connection.settimeout(IDLE_TIMEOUT_S)
        with connection, contextlib.suppress(OSError):
            while HEAD_END not in data:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self._certificate:
                self._end_tls(connection, data)
            else:
                self._pass_on(connection, data)

    def _end_tls(self, connection, data):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self._certificate}.pem",
                                f"{self._certificate}.key")
        with context.wrap_socket(connection, server_side=True) as secure:
            while more := secure.recv(65536):
                data += more

    def _pass_on(self, connection, data):
        host, _, port = data.split(b" ", 2)[1].decode().rpartition(":")
        with self._onward():
            other = socket.create_connection((host, int(port)))

        def back():
            with contextlib.suppress(OSError):
                while more := other.recv(65536):
                    connection.sendall(more)
                connection.shutdown(socket.SHUT_WR)
        with other:
            threading.Thread(target=back, daemon=True).start()
            while more := connection.recv(65536):
                data += more
                other.sendall(more)
