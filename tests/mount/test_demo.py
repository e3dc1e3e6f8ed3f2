# SPDX-License-Identifier: MIT
"""akvfs demo: a vault on this machine, and nothing left of it afterwards."""

import os
import pathlib
import signal
import subprocess
import time

import pytest

from akvfs_mount import READY_TIMEOUT_S, akvfs_binary, children_of


def state_directories():
    return set(pathlib.Path("/tmp").glob("akvfs-demo-??????"))


class Demo:
    def __init__(self, mountpoint, env=None):
        self.mountpoint = mountpoint
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [akvfs_binary(), "demo", str(mountpoint)], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        # As a shell would leave it for a program in the foreground.
        self.first = self.process.stdout.readline().decode()

    def end(self, number):
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        rest = self.process.stdout.read().decode()
        code = self.process.wait(READY_TIMEOUT_S)
        self.process.stdout.close()
        return code, self.first + rest


@pytest.fixture
def demo(tmp_path):
    made = []
    before = state_directories()

    def make(**more):
        made.append(Demo(tmp_path / "mnt", **more))
        return made[-1]

    yield make
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
            subprocess.run(["umount", "-l", str(one.mountpoint)], check=False)
    assert state_directories() == before


def processes_of(demo):
    found = [demo.process.pid]
    for pid in found:
        found += children_of(pid)
    return found


def gone(pids):
    deadline = time.monotonic() + READY_TIMEOUT_S
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_is_cleaned_up(demo, number):
    running = demo()
    assert str(running.mountpoint) in running.first
    secrets = running.mountpoint / "secrets"
    assert "db-password" in os.listdir(secrets)
    assert (secrets / "db-password").read_bytes()
    assert len(state_directories()) >= 1
    pids = processes_of(running)
    assert len(pids) == 3, "launcher, emulator and worker"

    code, output = running.end(number)
    assert code == 0, output
    for line in ("ls -l", "cat ", "umount"):
        assert line in output
    assert gone(pids)
    assert not running.mountpoint.exists(), "it has made it, so it removes it"


def test_unmounting_ends_a_demo(demo):
    running = demo()
    pids = processes_of(running)
    subprocess.run([akvfs_binary(), "umount", str(running.mountpoint)],
                   check=True)
    assert running.process.wait(READY_TIMEOUT_S) == 0
    assert gone(pids)


def test_an_existing_directory_stays(demo, tmp_path):
    (tmp_path / "mnt").mkdir()
    running = demo()
    assert running.end(signal.SIGINT)[0] == 0
    assert (tmp_path / "mnt").is_dir()
    assert not os.listdir(tmp_path / "mnt")


def test_a_demo_that_cannot_be_mounted_says_why(demo, tmp_path):
    (tmp_path / "mnt").write_text("a file")
    running = demo()
    code, output = running.wait()
    assert code == 5
    assert "no directory" in output


def test_the_secret_of_a_demo_is_in_no_environment(demo):
    running = demo()
    secret_file, = (directory / "client-secret"
                    for directory in state_directories())
    secret = secret_file.read_bytes().strip()
    assert len(secret) >= 16
    for pid in processes_of(running):
        for name in ("environ", "cmdline"):
            content = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
            assert secret not in content
    assert running.end(signal.SIGINT)[0] == 0
