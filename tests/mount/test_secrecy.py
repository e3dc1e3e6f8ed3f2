# SPDX-License-Identifier: MIT
"""What was secret is nowhere but in memory and in the answer to the reader.

A vault that goes wrong in every way it can, with a value in each body, a mount
that logs all it ever logs, and then a look at whatever anybody else can see: the
log, the status, command lines, environments, mount tables, files written. Each
needle is looked for as it is and in the forms that programs print it in.
"""

import errno
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from akvfs_mount import SANITIZED, Mount, children_of
from hostile_server import (CLIENT_SECRET, TENANT, TOKEN, VAULT_HOST,
                            HostileServer, http)
from memory_scan import letters
from secrecy import assert_clean, forms, needles, shown_by

SEED = 815
TIMEOUT_S = 1
VERSION = "0123456789abcdef0123456789abcdef"
SECRETS = f"https://{VAULT_HOST}/secrets"
TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"
SIZE = 240

# What is opened for writing, or made, by a launcher and a worker that run as
# they should. None of it is a file on a disk.
WRITTEN = re.compile(
    r"^(/dev/fuse|/dev/null|/proc/self/(oom_score_adj|uid_map|gid_map"
    r"|setgroups))$")
MAKING_CALLS = ("open,openat,openat2,creat,mknod,mknodat,mkdir,mkdirat,rename,"
                "renameat,renameat2,link,linkat,symlink,symlinkat")


def canary(number):
    """Letters that no other text has, with what needs to be escaped."""
    text = letters(SEED, number, SIZE)
    return "".join(text[i:i + 15] + mark for i, mark in zip(
        range(0, SIZE, 15), '/+&=%?<"\\>;: @#!'))


def all_needles(values):
    return needles({**values, "token": TOKEN, "client-secret": CLIENT_SECRET})


# What goes wrong

def secret(name, value, **more):
    return json.dumps({
        "value": value, "id": f"{SECRETS}/{name}/{VERSION}", "attributes": {
            "enabled": True, "created": 1700000000, "updated": 1700000000},
        **more})


def refusal(value, code="SomeCode", inner=None):
    error = {"code": code, "message": f"the value is {value}"}
    if inner:
        error["innererror"] = {"code": inner, "message": value}
    return json.dumps({"error": error})


def short(text):
    return http(text).replace(b"Content-Length: ", b"Content-Length: 9")


FAILURES = {
    "bad-escape": lambda name, value: http(
        secret(name, value).replace("value", r"\q", 1)),
    "bad-utf8": lambda name, value: http(
        secret(name, value).encode().replace(b'"id"', b'"\xff","id"')),
    "cut-json": lambda name, value: http(secret(name, value)[:-20]),
    "trailing": lambda name, value: http(secret(name, value) + value),
    "duplicate": lambda name, value: http(
        '{"value":' + json.dumps(value) + "," + secret(name, value)[1:]),
    "in-number": lambda name, value: http(
        secret(name, value).replace('"value": "', '"value": 12', 1)),
    "object": lambda name, value: http(secret(name, {"inner": value})),
    "array": lambda name, value: http(secret(name, [value])),
    "in-key": lambda name, value: http(json.dumps({value: 1})),
    "in-id": lambda name, value: http(secret(name, "x", id=value)),
    "in-version": lambda name, value: http(
        secret(name, "x", id=f"{SECRETS}/{name}/{value}")),
    "in-type": lambda name, value: http(
        secret(name, "x\0", contentType=value)),
    "plain": lambda name, value: http(value),
    "html": lambda name, value: http(f"<html>{value}</html>"),
    "too-long": lambda name, value: http(secret(name, value * 1000)),
    "too-short": lambda name, value: short(secret(name, value)),
    "encoded": lambda name, value: http(secret(name, value), headers=[
        "Content-Encoding: gzip"]),
    "no-status": lambda name, value: value.encode()
    + b"\r\nConnection: close\r\n\r\n",
    "reason": lambda name, value: http(status=f"400 {value}"),
    "bad-chunk": lambda name, value: b"HTTP/1.1 200 OK\r\nConnection: close"
    b"\r\nTransfer-Encoding: chunked\r\n\r\n" + value.encode(),
    "location": lambda name, value: http(
        status="302 Found",
        headers=[f"Location: https://evil.example/{value}"]),
    "challenge": lambda name, value: http(
        status="401 Unauthorized", headers=[
            f'WWW-Authenticate: Bearer authorization="https://{value}/x", '
            f'error_description="{value}"']),
    "cookie": lambda name, value: http(
        refusal(value), "500 Error", [f"Set-Cookie: a={value}"]),
    "forbidden": lambda name, value: http(
        refusal(value, "Forbidden", "ForbiddenByPolicy"), "403 Forbidden"),
    "disabled": lambda name, value: http(
        refusal(value, "Forbidden", "SecretDisabled"), "403 Forbidden"),
    "missing": lambda name, value: http(
        refusal(value, "SecretNotFound"), "404 Not Found"),
    "conflict": lambda name, value: http(refusal(value), "409 Conflict"),
    "throttled": lambda name, value: http(
        refusal(value, "Throttled"), "429 Too Many Requests"),
    "broken": lambda name, value: http(refusal(value), "500 Error"),
    "busy": lambda name, value: http(refusal(value), "503 Busy"),
}


class Scene:
    """A mount that has met all of this."""

    def __init__(self, server, trace):
        self.values = {name: canary(number)
                       for number, name in enumerate(["held", *FAILURES])}
        self.server = server
        self.trace = trace
        self.scan = all_needles(self.values)

    def act(self, mount):
        for path in ("held", f"held/{VERSION}"):
            self.server.answer(f"/secrets/{path}", http(
                secret("held", self.values["held"])))
        assert mount.read("held").decode() == self.values["held"]
        for name, fail in FAILURES.items():
            self.server.answer(f"/secrets/{name}",
                               fail(name, self.values[name]))
        readers = [subprocess.Popen(  # pylint: disable=consider-using-with
            ["cat", mount.secrets / name], stderr=subprocess.DEVNULL)
                   for name in FAILURES]
        for reader in readers:
            assert reader.wait(30) != 0
        self.server.answer("/secrets", http(json.dumps({
            "value": [{"id": self.values["held"]}],
            "nextLink": f"{SECRETS}?x={self.values['held']}"})))
        with pytest.raises(OSError) as caught:
            mount.names()
        assert caught.value.errno == errno.EIO
        # The next worker takes over what this one leaves behind.
        worker = mount.worker_pid
        os.kill(worker, signal.SIGKILL)
        mount.wait_for_worker(other_than=worker)
        assert mount.read("held").decode() == self.values["held"]
        os.kill(mount.launcher_pid, signal.SIGUSR1)
        time.sleep(0.2)
        assert mount.read("held").decode() == self.values["held"]


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    trace = tmp_path_factory.mktemp("trace") / "calls"
    with HostileServer() as server:
        made = Scene(server, trace)
        # -D: the launcher is what was started, and strace stands beside it. A
        # process that is traced cannot look for leaks.
        prefix = [] if SANITIZED else [
            "strace", "-D", "-f", "-q", "-s", "4096", "-o", trace,
            "-e", f"trace={MAKING_CALLS}"]
        with Mount(server, f"timeout={TIMEOUT_S}s", prefix=prefix) as mount:
            made.mount = mount
            made.act(mount)
            yield made


def test_the_forms_are_found(scene, tmp_path):
    """Each of them, in the middle of other text."""
    for name, text in scene.values.items():
        for form, encoded in forms(text):
            path = tmp_path / "text"
            path.write_text("before " + encoded[5:60] + " after")
            assert scene.scan.find(path), f"{name} as {form}"


def test_log(scene, tmp_path):
    log = scene.mount.log()
    # It did say what went wrong with each, by name.
    for name in ("bad-escape", "forbidden", "challenge", "broken"):
        assert name.encode() in log
    assert len(log.splitlines()) > len(FAILURES)
    assert_clean(scene.scan, tmp_path, log=log)


def test_status(scene, tmp_path):
    control = scene.mount.path / ".akvfs"
    texts = {path.name: path.read_bytes() for path in control.iterdir()}
    assert "status.json" in texts
    assert_clean(scene.scan, tmp_path, **texts)


def test_processes(scene, tmp_path):
    assert_clean(scene.scan, tmp_path, **shown_by(
        scene.mount.launcher_pid, scene.mount.worker_pid))
    environment = pathlib.Path(
        f"/proc/{scene.mount.worker_pid}/environ").read_bytes()
    assert b"AZURE" not in environment


def test_attributes_of_files(scene, tmp_path):
    """Whatever a listing of names and attributes could show."""
    path = scene.mount.secrets / "held"
    text = repr(path.stat())
    try:
        names = os.listxattr(path)
    except OSError as error:
        assert error.errno == errno.ENOTSUP
        names = []
    for name in names:
        text += name + repr(os.getxattr(path, name))
    assert_clean(scene.scan, tmp_path, attributes=text.encode())


def opened_for_writing(trace):
    """The paths of all calls that could have made or changed a file."""
    found = []
    for line in trace.splitlines():
        call = re.match(r"\d+ +(\w+)\((.*)", line)
        if not call:
            continue
        path = re.search(r'"((?:[^"\\]|\\.)*)"', call[2])
        if call[1].startswith("open"):
            if not re.search(r"O_(WRONLY|RDWR|CREAT|TMPFILE|TRUNC)", call[2]):
                continue
        if path and " = -1 " not in call[2]:
            found.append(path[1])
    return found


@pytest.mark.skipif(SANITIZED, reason="nothing is traced")
def test_no_file_is_written(scene, tmp_path):
    trace = scene.trace.read_text(errors="replace")
    written = opened_for_writing(trace)
    # strace has seen both processes: the one opens this, the other maps libs.
    assert "/dev/fuse" in written
    assert "libcurl" in trace
    assert [path for path in written if not WRITTEN.match(path)] == []
    assert_clean(scene.scan, tmp_path, trace=trace.encode())


def test_a_written_file_would_be_seen(tmp_path):
    trace = tmp_path / "calls"
    subprocess.run(
        ["strace", "-f", "-q", "-s", "4096", "-o", trace,
         "-e", f"trace={MAKING_CALLS}", "sh", "-c",
         f"echo x >{tmp_path}/a; mkdir {tmp_path}/b; mv {tmp_path}/a "
         f"{tmp_path}/b"], check=True)
    written = opened_for_writing(trace.read_text())
    assert {f"{tmp_path}/a", f"{tmp_path}/b"} <= set(written)


# Mounts that do not come about

@pytest.mark.parametrize("reply", {
    "invalid-client": http(json.dumps({
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret provided: "
                             f"{CLIENT_SECRET}, {TOKEN}",
        "error_codes": [7000215]}), "401 Unauthorized"),
    "echo": http(f"client_secret={CLIENT_SECRET}&token={TOKEN}"),
    "echo-500": http(f"client_secret={CLIENT_SECRET}", "500 Error"),
    "token-with-line-end": http(json.dumps({
        "token_type": "Bearer", "expires_in": 3599,
        "access_token": f"{TOKEN}\r\nX: y"})),
    "token-as-kind": http(json.dumps({
        "token_type": TOKEN, "expires_in": 3599, "access_token": TOKEN})),
    "cut-short": http(json.dumps({"access_token": TOKEN})[:-2]),
}.items(), ids=lambda pair: pair[0])
def test_what_a_failed_mount_says(tmp_path, reply):
    before = children_of(os.getpid())
    with HostileServer() as server:
        server.answer(TOKEN_PATH, reply[1])
        mount = Mount(server, f"timeout={TIMEOUT_S}s")
        try:
            done = mount.attempt()
        finally:
            mount.clear()
        assert done.returncode in (2, 3), done
        assert children_of(os.getpid()) == before
    assert_clean(all_needles({}), tmp_path, output=done.stdout + done.stderr)


def test_a_secret_as_an_option(tmp_path):
    """A command line is for everybody to read: it is refused, not repeated."""
    with HostileServer() as server:
        mount = Mount(server, f"client_secret={CLIENT_SECRET}")
        try:
            done = mount.attempt()
        finally:
            mount.clear()
    assert done.returncode == 1
    assert_clean(all_needles({}), tmp_path, output=done.stdout + done.stderr)
