# SPDX-License-Identifier: MIT
"""A server that says whatever a test wants, byte for byte, under real names.

    with HostileServer() as server:
        server.answer("/secrets/a", b"HTTP/1.1 200 OK\\r\\n...")

It listens on a port of 127.0.0.1 for every host and port: a client with
connect_to= brings to it also what it would send elsewhere, and strays() lists
that. It has a trusted certificate for whatever name it is met under, so that
nobody is held back by that, and keeps every byte: received() and seen_at() tell
where each was meant to go. Sign-in works unless a test answers it, too, with
another token for each resource. A test reaches it through Mount, to which it
looks like an emulator.
"""

import contextlib
import datetime
import hashlib
import json
import pathlib
import shutil
import socket
import ssl
import tempfile
import threading
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

VAULT_SUFFIX = ".vault.azure.net"
VAULT_HOST = "demo" + VAULT_SUFFIX
LOGIN_HOST = "login.microsoftonline.com"
TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT_ID = "66666666-7777-4888-8999-aaaaaaaaaaaa"
CLIENT_SECRET = "hostile-server-client-secret"
VAULT_RESOURCE = "https://vault.azure.net"
TOKEN_PATHS = ("/oauth2/v2.0/token", "/oauth2/token")
COMMON_NAME_MAX = 64
HEAD_MAX = 256 * 1024
IDLE_TIMEOUT_S = 60
DAY = datetime.timedelta(days=1)


def token_of(resource):
    """The token that is given for it; no two have a piece in common."""
    return "ey" + hashlib.sha512(resource.encode()).hexdigest()


TOKEN = token_of(VAULT_RESOURCE)


# Certificates

def _name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME,
                                         text[:COMMON_NAME_MAX])])


def make_certificate(path, hosts, issuer=None, expired=False):
    """Write key and certificate to @path; returns them to issue others."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    issuer_name, issuer_key = issuer or (_name(hosts[0]), key)
    end = now - DAY if expired else now + DAY
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(hosts[0])).issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 3 * DAY).not_valid_after(end)
        .add_extension(x509.BasicConstraints(issuer is None, None), True))
    if issuer:
        builder = builder.add_extension(x509.SubjectAlternativeName(
            [x509.DNSName(host) for host in hosts]), False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    path.with_suffix(".pem").write_bytes(pem)
    path.with_suffix(".key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return certificate.subject, key


def make_certificates(directory):
    """The good one, and one of each kind that has to be refused."""
    directory = pathlib.Path(directory)
    authority = make_certificate(directory / "ca", ["hostile test authority"])
    other = make_certificate(directory / "other-ca", ["another authority"])
    hosts = ["*.vault.azure.net", LOGIN_HOST]
    make_certificate(directory / "good", hosts, authority)
    make_certificate(directory / "expired", hosts, authority, expired=True)
    make_certificate(directory / "wrong-name",
                     ["*.vault.azure.net.example.com"], authority)
    make_certificate(directory / "unknown-authority", hosts, other)
    make_certificate(directory / "self-signed", hosts[:1])
    return authority


# Requests and answers

class Request:
    def __init__(self, head, sni):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.path = self.target.split("?")[0]
        self.sni = sni
        self.head = head
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.host = self.headers.get("host", "")
        self.body = b""

    def form(self):
        """The fields of query and body, each once."""
        text = self.target.partition("?")[2] + "&" + self.body.decode("latin-1")
        return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))

    def __repr__(self):
        return (f"{self.method} {self.host} {self.target} (SNI {self.sni}, "
                f"token: {'authorization' in self.headers})")


def http(body=b"", status="200 OK", headers=(), length=True):
    """An answer, after which the connection is closed."""
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def token_answer(token=TOKEN):
    return http(json.dumps({"token_type": "Bearer", "expires_in": 3599,
                            "access_token": token}))


def token_granted(request):
    """The token for what a token endpoint was asked for."""
    form = request.form()
    asked = form.get("resource") or form.get("scope", "")
    return token_answer(token_of(asked.removesuffix("/.default")))


class HostileServer:
    """@make makes the socket that it listens on."""

    def __init__(self, make=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="hostile-"))
        self.address = "127.0.0.1"
        self._make = make or (
            lambda: socket.create_server((self.address, 0), backlog=128))
        self.port = None
        self.ca_file = self.directory / "ca.pem"
        self.env = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT_ID,
                    "AZURE_CLIENT_SECRET": CLIENT_SECRET}
        self.seen = []      # Requests
        self.in_clear = []  # what came without TLS
        self._received = []  # (name of SNI or None, bytearray), as it came
        self.handshakes_failed = 0
        self._certificate = "good"
        self._version = None
        self._answers = {}
        self._listener = None
        self._authority = None
        self._connections = set()
        self._lock = threading.Lock()

    # Life

    def start(self):
        self._authority = make_certificates(self.directory)
        self._listener = self._make()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def hang_up(self):
        """Close all connections."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    # What it does

    def answer(self, path, reply):
        """@reply, bytes or a function of (connection, request), to @path."""
        self._answers[path] = reply

    def forget(self):
        self._answers.clear()
        self.seen.clear()
        self.in_clear.clear()
        self._received.clear()

    def present(self, certificate, version=None):
        """From the next connection on, to vaults; sign-in stays good."""
        self._certificate = certificate
        self._version = version
        self.hang_up()

    def strays(self):
        """Requests for other hosts or ports, secrets at the wrong host."""
        found = [f"in clear: {bytes(line)}" for line in self.in_clear]
        for request in list(self.seen):
            token = "authorization" in request.headers
            secret = CLIENT_SECRET.encode() in request.body
            at_vault = request.host == request.sni == VAULT_HOST
            at_login = request.host == request.sni == LOGIN_HOST
            if not at_vault and not at_login or token and not at_vault \
                    or secret and not at_login:
                found.append(repr(request))
        return found

    def received(self):
        """Every byte that came, as (name the client met, bytes)."""
        return [(name, bytes(data)) for name, data in list(self._received)]

    def seen_at(self, text):
        """Where these bytes were meant to go: a set of hosts.

        A connection to one host that carries a request for another counts as
        both; what came without TLS is at None.
        """
        hosts = {name for name, data in self.received() if text in data}
        for request in list(self.seen):
            if text in request.head or text in request.body:
                hosts.add(request.host)
        return hosts

    # Connections

    def _accept(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,),
                             daemon=True).start()

    def _context(self, certificate, version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / f"{certificate}.pem",
                                self.directory / f"{certificate}.key")
        # Nobody shall get around the certificate by resuming a session.
        context.num_tickets = 0
        context.options |= ssl.OP_NO_TICKET
        if version:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = version
        return context

    def _good_for(self, name):
        """A certificate for a name of nobody's, which is trusted, too."""
        if not name or name == LOGIN_HOST or (
                name.partition(".")[2] == VAULT_SUFFIX[1:]):
            return "good"
        made = "for-" + hashlib.sha256(name.encode()).hexdigest()
        with self._lock:
            if not (self.directory / f"{made}.pem").exists():
                make_certificate(self.directory / made, [name],
                                 self._authority)
        return made

    def _handshake(self, plain):
        names = []

        def choose(connection, name, _):
            names.append(name)
            if self._certificate == "good":
                connection.context = self._context(self._good_for(name),
                                                   self._version)
            elif name != LOGIN_HOST:
                connection.context = self._context(self._certificate,
                                                   self._version)

        context = self._context("good", self._version)
        context.sni_callback = choose
        secure = context.wrap_socket(plain, server_side=True,
                                     suppress_ragged_eofs=True)
        return secure, names[0] if names else None

    def _hear_in_clear(self, plain):
        kept = bytearray()
        self.in_clear.append(kept)
        self._received.append((None, kept))
        with contextlib.suppress(OSError):
            while b"\r\n\r\n" not in kept and len(kept) < HEAD_MAX:
                more = plain.recv(65536)
                if not more:
                    return
                kept += more

    def _serve(self, plain):
        plain.settimeout(IDLE_TIMEOUT_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        first = plain.recv(1, socket.MSG_PEEK)
        if first and first != b"\x16":
            self._hear_in_clear(plain)
            plain.close()
            return
        with self._lock:
            self._connections.add(plain)
        secure = plain
        try:
            secure, sni = self._handshake(plain)
            with self._lock:
                self._connections.add(secure)
            self._converse(secure, sni)
        except ssl.SSLError:
            self.handshakes_failed += 1
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._connections -= {plain, secure}
            secure.close()

    def _read_request(self, secure, sni, kept):
        data = b""
        while b"\r\n\r\n" not in data:
            more = secure.recv(65536)
            kept += more
            if not more or len(data) > HEAD_MAX:
                return None
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        request = Request(head, sni)
        length = int(request.headers.get("content-length", 0))
        while len(rest) < length:
            more = secure.recv(65536)
            kept += more
            if not more:
                return None
            rest += more
        request.body = rest
        return request

    def _converse(self, secure, sni):
        kept = bytearray()
        self._received.append((sni, kept))
        while True:
            request = self._read_request(secure, sni, kept)
            if not request:
                return
            self.seen.append(request)
            reply = self._answers.get(request.path)
            if reply is None and request.path.endswith(TOKEN_PATHS):
                reply = token_granted(request)
            elif reply is None and request.path in ("/secrets", "/keys"):
                reply = http('{"value":[],"nextLink":null}')
            elif reply is None:
                reply = http('{"error":{"code":"SecretNotFound"}}',
                             "404 Not Found")
            if callable(reply):
                reply = reply(secure, request)
            if reply is None:
                return
            secure.sendall(reply)
            if b"\r\nConnection: close\r\n" in reply:
                with contextlib.suppress(OSError):
                    secure.unwrap()
                return
