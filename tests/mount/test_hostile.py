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
import json
import os
import pathlib
import re
import socket
import ssl
import time

import pytest

from akvfs_mount import SANITIZED, Mount
from hostile_server import (CLIENT_SECRET, LOGIN_HOST, TENANT, TOKEN,
                            VAULT_HOST, HostileServer, http)

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


pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")


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
    # Only a length, or chunks with an end, say that a body is whole.
    Case("no-length", and_close(HEAD + b"\r\n" + body()), EIO),

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
    # Without a length nobody can tell that it is whole.
    Case("no-close-notify", cut(HEAD + b"\r\n" + body()), EIO),
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


def test_strays_are_seen(target):
    """A client that is led astray would be found out."""
    context = ssl.create_default_context(cafile=target.server.ca_file)
    port = target.server.port
    for host, line in ((f"{VAULT_HOST}:8443", f"Authorization: Bearer {TOKEN}"),
                       ("evil.vault.azure.net", "X: y"),
                       (LOGIN_HOST, f"Authorization: Bearer {TOKEN}")):
        with socket.create_connection(("127.0.0.1", port)) as plain, \
                context.wrap_socket(
                    plain, server_hostname=host.split(":")[0]) as tls:
            tls.sendall(f"GET /secrets/a HTTP/1.1\r\nHost: {host}\r\n"
                        f"{line}\r\n\r\n".encode())
            tls.recv(100)
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        plain.recv(100)
    assert len(target.server.strays()) == 4
    target.server.seen.clear()
    target.server.in_clear.clear()


# TLS

@pytest.mark.parametrize("certificate, version", [
    ("expired", None), ("wrong-name", None), ("self-signed", None),
    ("unknown-authority", None), ("good", ssl.TLSVersion.TLSv1),
    ("good", ssl.TLSVersion.TLSv1_1)])
def test_tls(target, certificate, version):
    name = f"tls-{certificate}-{version or 0:d}"
    target.server.answer(f"/secrets/{name}", told(body()))
    target.server.present(certificate, version)
    try:
        assert outcome(lambda: target.mount.read(name)) == EIO
        assert target.server.handshakes_failed > 0
    finally:
        target.server.present("good")
    # No byte of a request has left us.
    assert not any(request.path == f"/secrets/{name}"
                   for request in target.server.seen)
    again = f"{name}-again"
    target.server.answer(f"/secrets/{again}", told(body()))
    assert target.mount.read(again) == b"ok"
    target.check()


def test_the_server_does_speak_old_tls(target):
    """Or the refusals above would show nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(target.server.ca_file)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    target.server.present("good", ssl.TLSVersion.TLSv1_1)
    try:
        with socket.create_connection(
                ("127.0.0.1", target.server.port)) as plain, \
                context.wrap_socket(plain, server_hostname=VAULT_HOST) as tls:
            assert tls.version() == "TLSv1.1"
    finally:
        target.server.present("good")


# Lists

def item(name):
    return {"id": f"{SECRETS}/{name}", "attributes": {
        "enabled": True, "created": 1700000000, "updated": 1700000000}}


def page(*names, link=None):
    return {"value": [item(name) for name in names], "nextLink": link}


def paged(pages):
    """Answers by the number in the query; the first page is number 0."""
    def send(_, request):
        found = re.search(r"number=(\w+)", request.target)
        answer = pages.get(found[1] if found else "0", page())
        return http(answer if isinstance(answer, bytes)
                    else json.dumps(answer))
    return send


def link_to(number, base=SECRETS):
    return f"{base}?api-version=7.4&number={number}"


def list_with(server, vault_answer):
    """What a new mount lists: names, or an errno; and its memory's growth."""
    server.forget()
    with Mount(server, f"timeout={TIMEOUT_S}s") as mount:
        worker = mount.worker_pid
        before_kib = resident_kib(worker)
        server.answer("/secrets", vault_answer)
        found = outcome(mount.names)
        assert mount.worker_pid == worker
        assert server.strays() == []
        if not SANITIZED:
            assert resident_kib(worker) - before_kib < MEMORY_GROWTH_MAX_KIB
    return found


@pytest.fixture(scope="module")
def server():
    with HostileServer() as made:
        yield made


BAD_NAMES = [
    "..", ".", "a/b", "../a", "%2e%2e", "%2fetc", "a%00b", "a b", "a_b", "a.b",
    "a\\b", "a\nb", "a\x1b[31m", "\u00e9", "\u202ea", "n" * 128, "n" * 300,
    "", "-o,rw", "a?b", "a#b", "a:b", "a@b", " a", "a "]
# An option to some programs, but a name to the vault.
GOOD_NAMES = ["-rf", "CON", "n" * 127, "0"]


def test_names_that_are_none(server):
    """Each is left out, and what stands beside it is not."""
    names = ["first", *BAD_NAMES, *GOOD_NAMES, "last"]
    assert list_with(server, paged({"0": page(*names)})) == sorted(
        ["first", *GOOD_NAMES, "last"])


@pytest.mark.parametrize("name", [
    rb"a\u0000b", b"a\0b", b"a\xff", b"a\xc0\xaf", rb"\ud800"])
def test_names_that_are_no_text(server, name):
    text = json.dumps(page("first", "NAME", "last")).encode()
    assert list_with(server, paged({
        "0": text.replace(b"NAME", name)})) == EIO


def test_case_twins_are_one(server):
    found = list_with(server, paged({
        "0": page("Twin", "twin", "TWIN", "other", link=link_to(1)),
        "1": page("tWIN")}))
    assert sorted(name.lower() for name in found) == ["other", "twin"]


def test_ids_of_elsewhere_are_not_listed(server):
    items = page("first")
    items["value"] += [
        {"id": f"https://{VAULT_HOST}/keys/a-key", "attributes": {}},
        {"id": f"{SECRETS}/versioned/{VERSION}", "attributes": {}},
        {"id": 17}, {"id": None}, {}, "text", None, [item("nested")]]
    found = list_with(server, paged({"0": items}))
    assert found in (["first"], EIO)


@pytest.mark.parametrize("pages", [
    {"control": page("a", link=link_to(1)), "1": page("b")},
    {"control-relative": page("a", link="/secrets?number=1"),
     "1": page("b")},
    {"control-port": page("a", link=link_to(
        1, f"https://{VAULT_HOST}:443/secrets")), "1": page("b")},
    {"control-last-dot": page("a", link=link_to(
        1, f"https://{VAULT_HOST}./secrets")), "1": page("b")},
    {"control-empty-pages": page(link=link_to(1)),
     "1": page(link=link_to(2)), "2": page("a", "b")},
], ids=lambda pages: next(iter(pages)))
def test_links_that_are_followed(server, pages):
    first, *_ = pages
    assert list_with(server, paged({**pages, "0": pages[first]})) == ["a", "b"]


@pytest.mark.parametrize("link", {
    "host": link_to(1, "https://evil.example/secrets"),
    "vault": link_to(1, "https://evil.vault.azure.net/secrets"),
    "suffix": link_to(1, f"https://{VAULT_HOST}.evil.example/secrets"),
    "prefix": link_to(1, f"https://evil{VAULT_HOST}/secrets"),
    "port": link_to(1, f"https://{VAULT_HOST}:8443/secrets"),
    "clear": link_to(1, f"http://{VAULT_HOST}/secrets"),
    "ftp": link_to(1, f"ftp://{VAULT_HOST}/secrets"),
    "file": "file:///etc/passwd",
    "userinfo": link_to(1, f"https://{VAULT_HOST}@evil.example/secrets"),
    "user": link_to(1, f"https://user:word@{VAULT_HOST}/secrets"),
    "backslash": link_to(1, f"https://evil.example\\@{VAULT_HOST}/secrets"),
    "address": link_to(1, "https://127.0.0.1/secrets"),
    "path": link_to(1, f"https://{VAULT_HOST}/keys"),
    "deleted": link_to(1, f"https://{VAULT_HOST}/deletedsecrets"),
    "dots": link_to(1, f"{SECRETS}/../keys"),
    "encoded-dots": link_to(1, f"{SECRETS}/%2e%2e/keys"),
    "two-slashes": "//evil.example/secrets?number=1",
    "no-query": SECRETS,
    "fragment": link_to(1) + "#x",
    "line-end": link_to(1) + "\r\nX-Evil: 1",
    "space": link_to(1) + " HTTP/1.1",
    "nul": link_to(1) + "\0",
    "utf8": link_to("\u00e9"),
    "long": link_to("1" * 10000),
    "number": 17,
    "object": {"href": link_to(1)},
    "empty-host": "https:///secrets?number=1",
}.items(), ids=lambda pair: pair[0])
def test_links_that_are_not_followed(server, link):
    assert list_with(server, paged({
        "0": page("a", link=link[1]), "1": page("evil")})) == EIO
    assert not any("number=1" in request.target for request in server.seen)


def test_a_link_to_itself(server):
    assert list_with(server, paged({
        "0": page("a", link=link_to(1)),
        "1": page("b", link=link_to(1))})) == EIO
    assert len(server.seen) < 10


def test_pages_without_end(server):
    """Two that lead to each other: there is a limit, of pages or of time."""
    began_s = time.monotonic()
    found = list_with(server, paged({
        "0": page("a", link=link_to(1)),
        "1": page("b", link=link_to(2)),
        "2": page("c", link=link_to(1))}))
    assert found in (EIO, ETIMEDOUT)
    assert len(server.seen) < 10000
    assert time.monotonic() - began_s < 60


@pytest.mark.parametrize("answer", {
    "array": b"[]", "no-value": b"{}", "number": b'{"value":0}',
    "value-object": b'{"value":{}}', "value-text": b'{"value":"a"}',
    "duplicate-value": b'{"value":[],"value":[],"nextLink":null}',
    "duplicate-link": b'{"value":[],"nextLink":null,"nextLink":"x"}',
    "trailing": b'{"value":[],"nextLink":null}x',
    "deep": b'{"value":' + b"[" * 100000,
    "bomb": b'{"value":[' + b"[]," * 300000 + b"[]]}",
    "items": json.dumps(page(*map(str, range(3000)))).encode(),
    "large": b'{"value":[],"x":"' + b"x" * 2 * MIB + b'"}',
}.items(), ids=lambda pair: pair[0])
def test_pages_that_are_none(server, answer):
    assert list_with(server, paged({"0": answer[1]})) == EIO


def test_a_list_of_null(server):
    """A managed HSM without keys says so: it is an empty list."""
    assert list_with(server, paged({"0": b'{"value":null}'})) == []


# Signing in

TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"


def token_body(token='"' + TOKEN + '"', expires="3599", kind='"Bearer"',
               after=""):
    return (f'{{"token_type":{kind},"expires_in":{expires},'
            f'"access_token":{token}{after}}}')


def attempt(server, env=None, **answers):
    """A mount that must not come about; returns exit status and sentence."""
    server.forget()
    for path, reply in answers.items():
        server.answer(path, reply)
    mount = Mount(server, f"timeout={TIMEOUT_S}s", env=env, debug=False)
    try:
        done = mount.attempt()
    finally:
        mount.clear()
    text = done.stdout.decode() + done.stderr.decode()
    assert TOKEN not in text and CLIENT_SECRET not in text
    assert server.strays() == []
    return done.returncode, text


def test_the_usual_sign_in_works(server):
    server.forget()
    server.answer(TOKEN_PATH, http(token_body()))
    server.answer("/secrets/a", told(body()))
    with Mount(server) as mount:
        assert mount.read("a") == b"ok"


@pytest.mark.parametrize("reply", {
    "html": http("<html>Sign in</html>"),
    "empty": http(""),
    "no-token": http('{"token_type":"Bearer","expires_in":3599}'),
    "null": http(token_body("null")),
    "number": http(token_body("17")),
    "blank": http(token_body('""')),
    "line-end": http(token_body('"abc\\r\\nX-Evil: 1"')),
    "nul": http(token_body('"abc\\u0000def"')),
    "space": http(token_body('"abc def"')),
    "utf8": http(token_body('"caf\u00e9"')),
    "huge": http(token_body('"' + "x" * 500000 + '"')),
    "duplicate": http(token_body(after=',"access_token":"other"')),
    "other-kind": http(token_body(kind='"mac"')),
    "expires-negative": http(token_body(expires="-1")),
    "expires-text": http(token_body(expires='"soon"')),
    "expires-huge": http(token_body(expires="1e300")),
    "trailing": http(token_body() + "x"),
    "bomb": http("[" * 100000),
    "gzip": http(gzip.compress(token_body().encode()),
                 headers=["Content-Encoding: gzip"]),
    **{f"redirect-{status[:3]}": http(status=status, headers=[
        "Location: https://evil.example/token"])
       for status in ("301 Moved", "302 Found", "303 Other",
                      "307 Temporary", "308 Permanent")},
    "redirect-to-vault": http(status="307 Temporary", headers=[
        f"Location: https://{VAULT_HOST}/token"]),
    "cut-short": http(token_body()[:-20]),
}.items(), ids=lambda pair: pair[0])
def test_token_answers(server, reply):
    status, text = attempt(server, **{TOKEN_PATH: reply[1]})
    assert status in (2, 3), text
    assert text.count("\n") == 1, "not one sentence"


@pytest.mark.parametrize("text", {
    "host": f'authorization="https://evil.example/{TENANT}"',
    "suffix": f'authorization="https://{LOGIN_HOST}.evil.example/{TENANT}"',
    "userinfo": f'authorization="https://{LOGIN_HOST}@evil.example/{TENANT}"',
    "clear": f'authorization="http://{LOGIN_HOST}/{TENANT}"',
    "port": f'authorization="https://{LOGIN_HOST}:8443/{TENANT}"',
    "dots": f'authorization="https://{LOGIN_HOST}/../{TENANT}"',
    "no-tenant": f'authorization="https://{LOGIN_HOST}/"',
    "long-tenant": f'authorization="https://{LOGIN_HOST}/{"t" * 5000}"',
    "resource": f'authorization="https://{LOGIN_HOST}/{TENANT}", '
                f'resource="https://evil.example"',
}.items(), ids=lambda pair: pair[0])
def test_challenges_for_the_tenant(server, text):
    """The one thing that is taken from a challenge; here nothing may be."""
    resource = ', resource="https://vault.azure.net"'
    if "resource=" in text[1]:
        resource = ""
    status, said = attempt(
        server, env={"AZURE_TENANT_ID": None}, **{"/secrets": http(
            status="401 Unauthorized", headers=[
                f"WWW-Authenticate: Bearer {text[1]}{resource}"])})
    assert status in (1, 2, 4), said
    assert not any(b"evil" in request.body for request in server.seen)
