# SPDX-License-Identifier: MIT
"""akvfs demo needs nothing, and leaves nothing."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from akvfs_mount import READY_TIMEOUT_S, akvfs_binary, children_of, stacks_of

QUIET = (0, b"")
VARIABLES = {"PATH": os.environ["PATH"]}


def descendants(pid):
    found = children_of(pid)
    return found + [below for child in found for below in descendants(child)]


def is_alive(pid):
    return pathlib.Path(f"/proc/{pid}").exists()


def mounts_at(path):
    text = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return text.count(f" {path} ")


class Demo:
    """A running demo; it is ended by SIGINT, as Ctrl-C does."""

    def __init__(self, folder, mountpoint=None, env=None):
        self.folder = folder
        words = [str(mountpoint)] if mountpoint else []
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [akvfs_binary(), "demo", *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
            env={**VARIABLES, "XDG_RUNTIME_DIR": str(folder), **(env or {})})
        self.said = [self.process.stdout.readline().decode()
                     for _ in range(4)]
        assert self.said[-1], self.process.stderr.read()
        self.path = pathlib.Path(self.said[0].split(" at ")[1].strip())
        self.pids = descendants(self.process.pid)
        self.state_dir = self.find_state_dir()

    def find_state_dir(self):
        """Where the emulator keeps its files, by its command line."""
        for pid in self.pids:
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(
                b"\0")
            if b"--state-dir" in words:
                return pathlib.Path(os.fsdecode(
                    words[words.index(b"--state-dir") + 1]))
        raise AssertionError("there is no emulator")

    def end(self, number=signal.SIGINT):
        """Returns its code and what it has said on standard error."""
        if number:
            self.process.send_signal(number)
        try:
            code = self.process.wait(READY_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise AssertionError("\n".join(map(
                stacks_of, [self.process.pid, *self.pids]))) from None
        assert self.process.stdout.read() == b""
        assert not any(is_alive(pid) for pid in self.pids)
        assert not self.state_dir.exists()
        assert not mounts_at(self.path)
        return code, self.process.stderr.read()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            for pid in self.pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if mounts_at(self.path):
            subprocess.run(["umount", "-l", self.path], check=False)
        shutil.rmtree(self.state_dir, ignore_errors=True)
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture
def demo():
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="akvfs-test-demo-")))

        def make(*arguments, **more):
            made = Demo(folder, *arguments, **more)
            stack.callback(made.close)
            return made
        yield make


def test_it_serves_and_cleans_up(demo, tmp_path):
    mountpoint = tmp_path / "vault"
    running = demo(mountpoint)
    assert running.path == mountpoint
    for line, word in zip(running.said, ("mounted at", "ls ", "cat",
                                         "Ctrl-C")):
        assert word in line and str(mountpoint) in line
    secrets = mountpoint / "secrets"
    assert "db-password" in os.listdir(secrets)
    assert (secrets / "db-password").read_bytes() == (
        b"correct-horse-battery-staple")
    with pytest.raises(PermissionError):
        (secrets / "old-password").read_bytes()
    # An emulator, a launcher and a worker: the launcher is the demo itself.
    assert len(running.pids) == 2
    code, said = running.end()
    assert code == 0
    assert b"not readable: disabled" in said
    assert len(said.splitlines()) == 1
    assert not mountpoint.exists()


def test_what_it_says_to_type_works(demo, run, tmp_path):
    running = demo(tmp_path / "vault")
    look, read = (run("sh", "-c", line.split(": ", 1)[1])
                  for line in running.said[1:3])
    assert (look.returncode, look.stderr) == (0, b"")
    words = look.stdout.decode().split()
    assert {"db-password", "public.pem", "fullchain.pem"} <= set(words)
    assert (read.returncode, read.stderr) == (0, b"")
    assert read.stdout == b"correct-horse-battery-staple"
    assert running.end()[0] == 0


def test_without_a_mountpoint(demo):
    running = demo()
    assert running.path.is_relative_to(running.folder)
    assert "db-password" in os.listdir(running.path / "secrets")
    assert running.end() == QUIET
    assert os.listdir(running.folder) == []


def test_a_folder_that_was_there_stays(demo, tmp_path):
    mountpoint = tmp_path / "there"
    mountpoint.mkdir()
    running = demo(mountpoint)
    assert running.end() == QUIET
    assert os.listdir(mountpoint) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
def test_signals(demo, tmp_path, number):
    assert demo(tmp_path / "vault").end(number) == QUIET
    assert not (tmp_path / "vault").exists()


def test_unmounting_ends_it(demo, run, tmp_path):
    running = demo(tmp_path / "vault")
    ended = run(akvfs_binary(), "umount", tmp_path / "vault")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert running.end(number=None) == QUIET
    assert not (tmp_path / "vault").exists()


def test_twice(demo, tmp_path):
    """Two demos are two vaults; the mountpoint of one is not the other's."""
    first = demo(tmp_path / "first")
    second = demo(tmp_path / "second")
    assert (tmp_path / "first" / "secrets" / "greeting").read_bytes() == (
        tmp_path / "second" / "secrets" / "greeting").read_bytes()
    assert first.end() == QUIET
    assert (tmp_path / "second" / "secrets" / "greeting").exists()
    assert second.end() == QUIET


def test_where_one_is_already(demo, run, tmp_path):
    running = demo(tmp_path / "vault")
    ended = run(akvfs_binary(), "demo", tmp_path / "vault")
    assert ended.returncode == 5
    assert b"mounted there already" in ended.stderr
    assert (running.path / "secrets" / "greeting").exists()
    assert running.end() == QUIET


def test_other_peoples_variables(demo, tmp_path):
    """What is meant for a real vault does not lead the demo astray."""
    running = demo(tmp_path / "vault", env={
        "AZURE_TENANT_ID": "11111111-1111-4111-8111-111111111111",
        "AZURE_CLIENT_ID": "22222222-2222-4222-8222-222222222222",
        "AZURE_CLIENT_SECRET": "of a real vault",
        "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/",
        "SSL_CERT_FILE": "/nonexistent.pem",
        "HTTPS_PROXY": "http://127.0.0.1:9/",
    })
    assert (running.path / "secrets" / "greeting").exists()
    assert running.end() == QUIET


def test_it_is_over_when_the_demo_is_killed(demo, tmp_path):
    """Even kill -9 leaves no process, and what is left is mounted anew."""
    running = demo(tmp_path / "vault")
    running.process.kill()
    running.process.wait()
    deadline = time.monotonic() + READY_TIMEOUT_S
    while any(is_alive(pid) for pid in running.pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    again = demo(tmp_path / "vault")
    assert (again.path / "secrets" / "greeting").exists()
    assert again.end() == QUIET


def test_the_secret_is_in_no_environment(demo, tmp_path):
    one = demo(tmp_path / "mnt")
    pids = [one.process.pid, *one.pids]
    assert len(pids) == 3, "launcher, emulator and worker"
    secret = (one.state_dir / "client-secret").read_bytes().strip()
    assert len(secret) >= 16
    for pid in pids:
        for name in ("environ", "cmdline"):
            content = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
            assert secret not in content
    assert one.end() == QUIET
