# SPDX-License-Identifier: MIT
"""A server that has a trusted certificate and means harm.

Each attack ends in the errno that docs/semantics.md states. The worker lives
on, its memory stays what it was, the token goes to no other host, and no name
that cannot be one is listed.
"""

import collections
import errno
import gzip
import itertools
import os
import pathlib
import socket
import ssl
import time

import pytest

from akvfs_mount import SANITIZED, Mount
from hostile_server import (CLIENT_SECRET, LOGIN_HOST, TENANT, TOKEN,
                            VAULT_HOST, HostileServer, http, token_answer)

VERSION = "0123456789abcdef0123456789abcdef"
SECRETS = f"https://{VAULT_HOST}/secrets"
TIMEOUT_S = 1
MEMORY_GROWTH_MAX_KIB = 8 * 1024
MIB = 1024 * 1024

EIO, ENOENT, EACCES = errno.EIO, errno.ENOENT, errno.EACCES
ETIMEDOUT = errno.ETIMEDOUT

# reply: bytes, or a function of (connection, request). expected: an errno, or
# the bytes that are read.
Case = collections.namedtuple("Case", "name reply expected")


# What a proper answer is made of

def body(value=b'"ok"', before=b"", after=b"", identity=None,
         attributes=b'{"enabled":true,"created":1700000000,'
                    b'"updated":1700000000}'):
    """The JSON of a secret, each part as it is given; %NAME% is its name."""
    identity = identity or f'"{SECRETS}/%NAME%/{VERSION}"'.encode()
    return (b"{" + before + b'"value":' + value + b',"id":' + identity
            + b',"attributes":' + attributes + after + b"}")


def named(text, name):
    return text.replace(b"%NAME%", name.encode())


def told(text, **more):
    """An answer with that text as its body."""
    return lambda _, request: http(
        named(text, request.path.rpartition("/")[2]), **more)


def json_case(name, expected, text):
    return Case(name, told(text), expected)


def value_case(name, value, expected=EIO):
    return json_case("value-" + name, expected, body(value))


# JSON

JSON_CASES = [
    # What is well, so that the rest does not fail for another reason.
    json_case("control", b"ok", body()),
    json_case("control-spaces", b"ok", b" \n" + body() + b"\r\n\t"),
    value_case("control-escapes", rb'"a\n\u00e9\ud83d\ude00\"\\"',
               "a\n\u00e9\U0001f600\"\\".encode()),
    value_case("control-utf8", '"\u00e9\U0001f600"'.encode(),
               "\u00e9\U0001f600".encode()),
    value_case("control-empty", b'""', b""),
    value_case("control-largest", b'"' + b"x" * 25600 + b'"', b"x" * 25600),

    value_case("nul-escape", rb'"ab\u0000cd"'),
    value_case("nul-byte", b'"ab\0cd"'),
    value_case("missing-quote", b'"ab'),
    value_case("null", b"null"),
    value_case("true", b"true"),
    value_case("number", b"17"),
    value_case("array", b'["a"]'),
    value_case("object", b'{"value":"a"}'),
    value_case("too-long", b'"' + b"x" * 300000 + b'"'),
    value_case("bad-escape", rb'"a\qb"'),
    value_case("bad-hex", rb'"a\u00zzb"'),
    value_case("short-hex", rb'"a\u00"'),
    value_case("lone-high-surrogate", rb'"a\ud800b"'),
    value_case("lone-low-surrogate", rb'"a\udc00b"'),
    value_case("surrogates-swapped", rb'"\udc00\ud800"'),
    value_case("control-character", b'"a\x01b"'),
    value_case("newline", b'"a\nb"'),
    value_case("utf8-overlong-nul", b'"a\xc0\x80b"'),
    value_case("utf8-overlong-slash", b'"a\xe0\x80\xafb"'),
    value_case("utf8-surrogate", b'"a\xed\xa0\x80b"'),
    value_case("utf8-continuation", b'"a\x80b"'),
    value_case("utf8-cut-short", b'"a\xc3"'),
    value_case("utf8-too-high", b'"a\xf4\x90\x80\x80b"'),
    value_case("utf8-five-bytes", b'"a\xf8\x88\x80\x80\x80b"'),
    value_case("latin1", b'"caf\xe9"'),
    value_case("single-quotes", b"'a'"),
    value_case("leading-zero", b'"a","number":0123'),
    value_case("plus", b'"a","number":+1'),
    value_case("bare-point", b'"a","number":1.'),
    value_case("nan", b'"a","number":NaN'),

    json_case("value-missing", EIO, b'{"id":"%s/%%NAME%%/%s"}' % (
        SECRETS.encode(), VERSION.encode())),
    json_case("value-wrong-case", EIO,
              body().replace(b'"value"', b'"Value"')),
    json_case("shadowed-key", EIO, body(before=rb'"value\u0000x":"evil",')),
    json_case("duplicate-value", EIO, body(before=b'"value":"evil",')),
    json_case("duplicate-value-escaped", EIO,
              body(before=rb'"\u0076alue":"evil",')),
    json_case("duplicate-id", EIO, body(after=b',"id":"' + SECRETS.encode()
                                        + b'/%NAME%/' + b"f" * 32 + b'"')),
    json_case("trailing-byte", EIO, body() + b"x"),
    json_case("trailing-nul", EIO, body() + b"\0"),
    json_case("second-document", EIO, body() + b'{"value":"evil"}'),
    json_case("byte-order-mark", EIO, b"\xef\xbb\xbf" + body()),
    json_case("vertical-tab", EIO, b"\x0b" + body()),
    json_case("cut-short", EIO, body()[:-1]),
    json_case("trailing-comma", EIO, body(after=b",")),
    json_case("comment", EIO, b"/* */" + body()),
    json_case("unquoted-key", EIO, body(before=b"x:1,")),
    json_case("deep-arrays", EIO, body(after=b',"x":' + b"[" * 1000
                                       + b"]" * 1000)),
    json_case("deep-without-end", EIO, b'{"value":' * 100000),
    json_case("many-elements", EIO, body(after=b',"x":[' + b"1," * 200000
                                         + b"1]")),
    json_case("many-members", EIO, body(after=b',"x":{' + b",".join(
        b'"k%d":0' % i for i in range(50000)) + b"}")),
    json_case("huge-number", EIO, body(
        attributes=b'{"enabled":true,"created":1,"updated":1e400}')),
    json_case("huge-integer", EIO, body(
        attributes=b'{"enabled":true,"created":1,"updated":' + b"9" * 400
                   + b"}")),
    json_case("number-fraction", EIO, body(
        attributes=b'{"enabled":true,"created":1.5,"updated":1}')),
    json_case("number-as-text", EIO, body(
        attributes=b'{"enabled":true,"created":"1","updated":1}')),
    json_case("attributes-array", EIO, body(attributes=b"[]")),
    json_case("enabled-as-text", EIO, body(
        attributes=b'{"enabled":"true","created":1,"updated":1}')),
    json_case("top-array", EIO, b"[" + body() + b"]"),
    json_case("top-string", EIO, b'"value"'),
    json_case("top-null", EIO, b"null"),
    json_case("empty", EIO, b""),
    json_case("blank", EIO, b"   "),
    json_case("html", EIO, b"<html><body>Sign in first</body></html>"),
    json_case("id-of-another", EIO, body(
        identity=f'"{SECRETS}/another/{VERSION}"'.encode())),
    json_case("id-of-another-vault", EIO, body(
        identity=f'"https://evil.vault.azure.net/secrets/%NAME%/{VERSION}"'
        .encode())),
    json_case("id-of-a-key", EIO, body(
        identity=f'"https://{VAULT_HOST}/keys/%NAME%/{VERSION}"'.encode())),
    json_case("id-without-version", EIO, body(
        identity=f'"{SECRETS}/%NAME%"'.encode())),
    json_case("id-missing", EIO, b'{"value":"a"}'),
    json_case("id-number", EIO, body(identity=b"17")),
    json_case("version-too-short", EIO, body(
        identity=f'"{SECRETS}/%NAME%/0123"'.encode())),
    json_case("version-not-hex", EIO, body(
        identity=f'"{SECRETS}/%NAME%/{"g" * 32}"'.encode())),
    json_case("version-dots", EIO, body(
        identity=f'"{SECRETS}/%NAME%/{"../" * 10}ab"'.encode())),
]


# HTTP

def pieces(*parts, pause_s=0.0):
    """Send these, iterables too, until the other side has enough."""
    def send(connection, request):
        name = request.path.rpartition("/")[2]
        for part in itertools.chain.from_iterable(
                [part] if isinstance(part, bytes) else part
                for part in parts):
            connection.sendall(named(part, name))
            if pause_s:
                time.sleep(pause_s)
    return send


def and_close(text):
    """Send this and end the connection in order."""
    def send(connection, request):
        connection.sendall(named(text, request.path.rpartition("/")[2]))
        connection.unwrap()
    return send


def cut(text):
    """Send this and drop the connection without a word."""
    def send(connection, request):
        connection.sendall(named(text, request.path.rpartition("/")[2]))
        connection.shutdown(socket.SHUT_RDWR)
    return send


def in_chunks(text, size):
    parts = [text[i:i + size] for i in range(0, len(text), size)] + [b""]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def with_length(length):
    """A proper body that says of itself that it is that long."""
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %s\r\n\r\n"
    return and_close(head % length.encode() + body())


def each_byte(data):
    return (bytes([byte]) for byte in data)


def header(line, **more):
    return told(body(), headers=[line], **more)


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b" " * 65536 + b"\r\n"
BOMB = gzip.compress(b" " * 200 * MIB, 1)
OTHER_PORT = f"https://{VAULT_HOST}:8443/secrets/a"

HTTP_CASES = [
    Case("control-no-reason", told(body(), status="200 "), b"ok"),
    Case("control-identity", header("Content-Encoding: identity"), b"ok"),
    Case("control-chunked", lambda connection, request: connection.sendall(
        CHUNKED + in_chunks(named(body(), "control-chunked"), 7)), b"ok"),
    Case("control-alt-svc", header('Alt-Svc: h2="evil.example:443"'), b"ok"),
    Case("control-no-length", and_close(HEAD + b"\r\n" + body()), b"ok"),

    Case("gzip-bomb", http(BOMB, headers=["Content-Encoding: gzip"]), EIO),
    Case("gzip-unasked", lambda _, request: http(
        gzip.compress(named(body(), "gzip-unasked")),
        headers=["Content-Encoding: gzip"]), EIO),
    Case("encoding-unknown", header("Content-Encoding: br"), EIO),
    Case("endless-chunks", pieces(CHUNKED, itertools.repeat(CHUNK)), EIO),
    Case("endless-body", pieces(HEAD, b"\r\n",
                                itertools.repeat(b" " * 65536)), EIO),
    Case("endless-headers", pieces(HEAD, (
        b"X-Header-%d: %s\r\n" % (i, b"x" * 100)
        for i in itertools.count())), EIO),
    Case("huge-header", pieces(HEAD, b"X-Header: ",
                               itertools.repeat(b"x" * 65536)), EIO),
    Case("endless-status-line", pieces(b"HTTP/1.1 200 ",
                                       itertools.repeat(b"x" * 65536)), EIO),
    Case("flood-of-100", pieces(itertools.repeat(
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100)), EIO),
    Case("flood-of-103", pieces(itertools.repeat(
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)), EIO),
    Case("switching-protocols", told(
        b"", status="101 Switching Protocols",
        headers=["Upgrade: h2c"]), ETIMEDOUT),
    Case("status-garbage", and_close(b"HTTP/1.1 2x0 OK\r\n\r\n" + body()),
         EIO),
    Case("status-four-digits", and_close(b"HTTP/1.1 2000 OK\r\n\r\n" + body()),
         EIO),
    # RFC 9110 15: what is no status counts as a 5xx.
    Case("status-999", told(body(), status="999 Strange"), ETIMEDOUT),
    Case("status-no-line", and_close(b"garbage\r\n\r\n" + body()), EIO),
    Case("http-0-9", and_close(body()), EIO),
    Case("http-3", and_close(b"HTTP/3.7 200 OK\r\n\r\n" + body()), EIO),
    Case("length-negative", with_length("-5"), EIO),
    Case("length-not-a-number", with_length("many"), EIO),
    Case("length-too-short", with_length("20"), EIO),
    Case("length-too-long", with_length("5000"), ETIMEDOUT),
    Case("length-huge", with_length("1000000000000000000"), ETIMEDOUT),
    # Then the end of the connection is the end of the body.
    Case("length-overflow", with_length("9" * 30), b"ok"),
    # libcurl calls these a failed connection.
    Case("chunk-size-garbage", and_close(CHUNKED + b"zz\r\n{}"), ETIMEDOUT),
    Case("chunk-size-overflow", and_close(
        CHUNKED + b"fffffffffffffffff\r\n{}"), ETIMEDOUT),
    Case("chunks-cut-short", and_close(CHUNKED + b"40\r\n{\"value\":"),
         ETIMEDOUT),
    Case("cut-without-length", and_close(HEAD + b"\r\n" + body()[:30]), EIO),
    Case("no-close-notify", cut(HEAD + b"\r\n" + body()), ETIMEDOUT),
    Case("no-answer", lambda connection, _: connection.unwrap() and None,
         ETIMEDOUT),
    Case("silence", lambda *_: time.sleep(TIMEOUT_S + 2), ETIMEDOUT),
    Case("drip-of-headers", pieces(each_byte(http(body())), pause_s=0.5),
         ETIMEDOUT),
    Case("drip-of-body", pieces(http(b"")[:-4].replace(b": 0", b": 500"),
                                b"\r\n\r\n", each_byte(body()), pause_s=0.5),
         ETIMEDOUT),
    Case("no-content", told(b"", status="204 No Content"), EIO),
    Case("partial-content", told(body(), status="206 Partial"), EIO),
    Case("not-modified", told(b"", status="304 Not Modified", length=False),
         EIO),
    Case("html-200", told(b"<html>Sign in</html>",
                          headers=["Content-Type: text/html"]), EIO),
    Case("html-403", told(b"<html>No</html>", status="403 Forbidden",
                          headers=["Content-Type: text/html"]), EACCES),
    Case("html-404", told(b"<html>No</html>", status="404 Not Found",
                          headers=["Content-Type: text/html"]), ENOENT),
    Case("json-403-garbage", told(b'{"error":' * 5000,
                                  status="403 Forbidden"), EACCES),
    *(Case(f"redirect-{status.split()[0]}-{where}", header(
        f"Location: {location}", status=status), EIO)
      for status in ("301 Moved", "302 Found", "303 See Other",
                     "307 Temporary", "308 Permanent")
      for where, location in (
          ("port", OTHER_PORT), ("host", "https://evil.example/secrets/a"),
          ("clear", f"http://{VAULT_HOST}/secrets/a"),
          ("same", f"{SECRETS}/control"), ("file", "file:///etc/passwd"))),
    *(Case(f"challenge-{name}", header(
        f"WWW-Authenticate: {text}", status="401 Unauthorized"), EACCES)
      for name, text in {
          "none": "",
          "other-authority": f'Bearer authorization="https://evil.example/'
                             f'{TENANT}", resource="https://vault.azure.net"',
          "lookalike": f'Bearer authorization="https://{LOGIN_HOST}.evil.'
                       f'example/{TENANT}", resource='
                       f'"https://vault.azure.net"',
          "userinfo": f'Bearer authorization="https://{LOGIN_HOST}@evil.'
                      f'example/{TENANT}", resource="https://vault.azure.net"',
          "clear": f'Bearer authorization="http://{LOGIN_HOST}/{TENANT}", '
                   f'resource="https://vault.azure.net"',
          "port": f'Bearer authorization="https://{LOGIN_HOST}:444/{TENANT}",'
                  f' resource="https://vault.azure.net"',
          "path-in-tenant": f'Bearer authorization="https://{LOGIN_HOST}/../'
                            f'..%2fevil", resource="https://vault.azure.net"',
          "other-resource": f'Bearer authorization="https://{LOGIN_HOST}/'
                            f'{TENANT}", resource="https://evil.example"',
          "garbage": 'Bearer ="",,,=authorization"" \\"',
          "unclosed": 'Bearer authorization="https://' + LOGIN_HOST,
          "huge": "Bearer authorization=\"" + "x" * 30000 + '"',
          "many": ", ".join(["Bearer"] * 3000),
      }.items()),
]


# The mount that meets them all

def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(text.split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


class Target:
    """One server and one mount, and what they were at the start."""

    def __init__(self, server, mount):
        self.server = server
        self.mount = mount
        self.worker = mount.worker_pid
        self.resident_kib = resident_kib(self.worker)

    def check(self):
        assert self.server.strays() == []
        assert self.mount.worker_pid == self.worker, "the worker has died"
        if not SANITIZED:
            grown = resident_kib(self.worker) - self.resident_kib
            assert grown < MEMORY_GROWTH_MAX_KIB
        log = self.mount.log().decode(errors="replace")
        assert TOKEN not in log and CLIENT_SECRET not in log


@pytest.fixture(scope="module")
def target():
    with HostileServer() as server:
        server.answer("/secrets/warm", told(body()))
        with Mount(server, f"timeout={TIMEOUT_S}s") as mount:
            # What it needs once is not growth.
            assert mount.read("warm") == b"ok"
            yield Target(server, mount)


def outcome(read):
    try:
        return read()
    except OSError as error:
        return error.errno


@pytest.mark.parametrize(
    "case", JSON_CASES + HTTP_CASES, ids=lambda case: case.name)
def test_answer(target, case):
    target.server.answer(f"/secrets/{case.name}", case.reply)
    began_s = time.monotonic()
    found = outcome(lambda: target.mount.read(case.name))
    took_s = time.monotonic() - began_s
    assert found == case.expected, (
        found if isinstance(found, bytes) else errno.errorcode[found])
    assert any(request.path == f"/secrets/{case.name}"
               for request in target.server.seen)
    # A machine that is busy with other tests is slow, but not endlessly.
    assert took_s < TIMEOUT_S + 3
    target.check()
