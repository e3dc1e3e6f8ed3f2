# SPDX-License-Identifier: MIT
"""The mount outlives its processes, and ends when it is told to."""

import errno
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import zlib

import pytest

from akvfs_mount import (READY_TIMEOUT_S, SANITIZED, akvfs_binary,
                         children_of, seed_of)
from readers import value_of

KILLS = 100
READERS = 8
SECRETS = 300
ENDS_WITHIN_S = 2


def wait_for(condition, what):
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text(
            encoding="ascii").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def kill_worker(mount, number=signal.SIGKILL):
    """End the worker; returns how long until the next one answers."""
    old = mount.worker_pid
    began = time.monotonic()
    os.kill(old, number)
    mount.wait_for_worker(other_than=old)
    mount.status()
    return time.monotonic() - began


class Reader:
    def __init__(self, mount, count, seed):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S",
             pathlib.Path(__file__).with_name("readers.py"),
             str(mount.secrets), str(count), str(seed)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()  # it has begun

    def end(self):
        said, _ = self.process.communicate(timeout=READY_TIMEOUT_S)
        return json.loads(said)


# The worker

def test_a_hundred_kills_under_readers(vault):
    secrets = {f"n{i}": value_of(f"n{i}").decode() for i in range(SECRETS)}
    _, mount = vault(secrets, "ttl=1s,negative_ttl=0", debug=False)
    readers = [Reader(mount, SECRETS, i) for i in range(READERS)]
    dice = random.Random(4711)
    took = []
    for _ in range(KILLS):
        took.append(kill_worker(mount))
        time.sleep(dice.random() * 0.03)
    ends = [reader.end() for reader in readers]
    assert [end["wrong"] for end in ends] == [[]] * READERS
    assert sum(end["reads"] for end in ends) > KILLS, ends
    assert mount.status()["worker"]["starts"] == KILLS + 1
    took.sort()
    assert took[len(took) // 2] < 1, took
    assert len(children_of(mount.launcher_pid)) == 1


def test_what_was_taken_is_answered_by_the_next(vault, herd):
    """Requests that the dead worker had taken, and could not answer."""
    value = "v" * 5000
    emulator, mount = vault({f"n{i}": value for i in range(30)},
                            "timeout=2m,transfers=4")
    emulator.fault({"path": "/secrets/n*"}, hang=True)
    herds = [herd(4, mount.secrets / f"n{i}") for i in range(30)]
    for some in herds:
        some.ask("go")
    # Of each name one lookup is taken; the others wait in the kernel.
    wait_for(lambda: mount.status()["cache"]["waiting"] == 30,
             "not all of them wait")
    assert mount.status()["requests"]["resumed"] == 0
    # Without a worker nobody is answered between the one and the other.
    os.kill(mount.launcher_pid, signal.SIGSTOP)
    os.kill(mount.worker_pid, signal.SIGKILL)
    emulator.clear_faults()
    os.kill(mount.launcher_pid, signal.SIGCONT)
    for some in herds:
        assert some.ask("wait") == {
            "ends": {"0": 4}, "read": [[5000, zlib.crc32(value.encode())]]}
    status = mount.status()
    assert status["requests"]["resumed"] >= 30
    assert status["requests"]["pending"] <= 1
    assert status["worker"]["starts"] == 2


def test_taken_and_interrupted(vault, herd):
    """Who was interrupted while there was no worker ends all the same."""
    emulator, mount = vault({"n0": "v"}, "timeout=2m")
    emulator.fault({"path": "/secrets/n0"}, hang=True)
    some = herd(10, mount.secrets / "n0")
    some.ask("go")
    wait_for(lambda: mount.status()["cache"]["waiting"] == 1, "none waits")
    os.kill(mount.worker_pid, signal.SIGKILL)
    ended = some.ask("kill", int(signal.SIGKILL))
    assert ended["ends"] == {"-9": 10}
    assert ended["seconds"] < ENDS_WITHIN_S
    wait_for(lambda: mount.status()["cache"]["waiting"] == 0,
             "somebody is still waited for")


def test_an_open_file_survives(vault):
    emulator, mount = vault({"a": "first"}, "ttl=0")
    with open(mount.secrets / "a", "rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        emulator.seed({"vaults": {"demo": {"secrets": {"a": "second"}}}})
        for _ in range(3):
            kill_worker(mount)
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            assert os.pread(file.fileno(), 100, 0) == b"first"
            after = os.fstat(file.fileno())
            assert (before.st_ino, before.st_size) == (after.st_ino,
                                                       after.st_size)
            assert mount.read("a") == b"second"


def test_a_list_survives(vault):
    """A scan that goes on after the worker died loses and doubles no name."""
    secrets = {f"n{i:03d}": "v" for i in range(300)}
    _, mount = vault(secrets, "ttl=1s")
    for turn in range(10):
        found = []
        for entry in os.scandir(mount.secrets):
            found.append(entry.name)
            if len(found) == 1 + turn * 25:
                kill_worker(mount)
        assert sorted(found) == sorted(secrets)


def test_a_new_worker_asks_for_the_list_anew(vault):
    """However soon it comes, the kernel's own copy of the names is old."""
    emulator, mount = vault({"a": "v"}, "ttl=1s")
    expected = ["a"]
    for turn in range(4):
        assert mount.names() == expected
        kill_worker(mount)
        emulator.seed(seed_of({f"b{turn}": "added"}))
        expected.append(f"b{turn}")
        wait_for(lambda: mount.names() == expected, "the list is old")


# AddressSanitizer takes a SIGSEGV of ours for a fault of the program.
KINDS = [signal.SIGABRT, signal.SIGTERM] + [signal.SIGSEGV] * (not SANITIZED)


@pytest.mark.parametrize("number", KINDS)
def test_ends_of_other_kinds(vault, number):
    _, mount = vault({"a": "v"}, "ttl=0")
    for _ in range(3):
        kill_worker(mount, number)
        assert mount.read("a") == b"v"
    assert b"starting another" in mount.log()


def test_a_worker_that_stands_still(vault):
    _, mount = vault({"a": "v", "b": "w"}, "ttl=0")
    os.kill(mount.worker_pid, signal.SIGSTOP)
    # pylint: disable=consider-using-with
    stuck = subprocess.Popen(["cat", mount.secrets / "a"])
    reader = subprocess.Popen(["cat", mount.secrets / "b"],
                              stdout=subprocess.PIPE)
    time.sleep(0.2)
    stuck.terminate()
    assert stuck.wait(ENDS_WITHIN_S) == -signal.SIGTERM
    os.kill(mount.worker_pid, signal.SIGCONT)
    assert reader.communicate(timeout=READY_TIMEOUT_S)[0] == b"w"


# The launcher

def kill_launcher(mount):
    worker = mount.worker_pid
    mount.process.kill()
    mount.process.wait()
    wait_for(lambda: not is_alive(worker), "the worker stays")


def is_dead(path):
    try:
        os.statvfs(path)
    except OSError as error:
        assert error.errno in (errno.ENOTCONN, errno.ECONNABORTED)
        return error.errno == errno.ENOTCONN
    return False


def mounts_at(path):
    text = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return len([line for line in text.splitlines()
                if line.split()[4] == str(path)])


def background_pids(path):
    """The launcher that serves @path in the background, and its worker."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if (os.fsencode(str(path)) in words
                and os.path.basename(words[0]) == b"akvfs"):
            return [int(entry.name), *children_of(int(entry.name))]
    return []


def test_a_dead_mount_is_mounted_anew(vault, run):
    _, mount = vault({"a": "v"})
    kill_launcher(mount)
    for _ in range(3):
        with pytest.raises(OSError) as caught:
            os.statvfs(mount.path)
        assert caught.value.errno == errno.ENOTCONN
        ended = mount.attempt()
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert mount.read("a") == b"v"
        assert mounts_at(mount.path) == 1
        launcher, worker = background_pids(mount.path)
        os.kill(launcher, signal.SIGKILL)
        wait_for(lambda worker=worker: not is_alive(worker),
                 "the worker stays")
    # And a dead one is taken away.
    ended = run(akvfs_binary(), "umount", mount.path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert mounts_at(mount.path) == 0


def test_both_die_at_once(vault, run):
    _, mount = vault({"a": "v"})
    os.kill(mount.worker_pid, signal.SIGKILL)
    mount.process.kill()
    mount.process.wait()
    # The launcher may have started another worker, which dies with it.
    wait_for(lambda: is_dead(mount.path), "somebody stays")
    ended = mount.attempt()
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert mount.read("a") == b"v"
    assert run(akvfs_binary(), "umount", mount.path).returncode == 0


# The end

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT,
                                    signal.SIGHUP])
def test_a_signal_ends_it(vault, herd, number):
    emulator, mount = vault({"a": "v", "hung": "v"}, "timeout=5m")
    emulator.fault({"path": "/secrets/hung"}, hang=True)
    some = herd(10, mount.secrets / "hung")
    some.ask("go")
    wait_for(lambda: mount.status()["cache"]["waiting"] == 1, "none waits")
    worker = mount.worker_pid
    began = time.monotonic()
    mount.process.send_signal(number)
    assert mount.process.wait(READY_TIMEOUT_S) == 0
    assert time.monotonic() - began < ENDS_WITHIN_S
    assert not is_alive(worker)
    assert mounts_at(mount.path) == 0
    ends = some.ask("wait")["ends"]
    assert sum(ends.values()) == 10 and "0" not in ends


@pytest.mark.parametrize("command", [
    ("umount",), ("akvfs", "umount"), ("fusermount3", "-u"),
    ("umount", "-l"), ("akvfs", "umount", "-l")])
def test_unmounting_ends_it(vault, run, command):
    _, mount = vault({"a": "v"})
    mount.read("a")
    worker = mount.worker_pid
    words = [akvfs_binary() if word == "akvfs" else word for word in command]
    ended = run(*words, mount.path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert mounts_at(mount.path) == 0
    assert mount.process.wait(READY_TIMEOUT_S) == 0
    assert not is_alive(worker)
    assert os.listdir(mount.path) == []


def test_unmounting_after_a_restart(vault, run):
    """A worker that came when the mount was there does not keep it."""
    _, mount = vault({"a": "v"})
    kill_worker(mount)
    assert mount.read("a") == b"v"
    assert run(akvfs_binary(), "umount", mount.path).returncode == 0
    assert mount.process.wait(READY_TIMEOUT_S) == 0


def test_unmounting_what_is_in_use(vault, run):
    _, mount = vault({"a": "v"})
    with open(mount.secrets / "a", "rb"):
        ended = run(akvfs_binary(), "umount", mount.path)
        assert ended.returncode == 5
        assert len(ended.stderr.splitlines()) == 1
        assert b"busy" in ended.stderr and b"-l" in ended.stderr
        assert mount.read("a") == b"v"
        assert run(akvfs_binary(), "umount", "-l", mount.path).returncode == 0
        assert mounts_at(mount.path) == 0
    assert mount.process.wait(READY_TIMEOUT_S) == 0


@pytest.mark.parametrize("what", ["a folder", "a file", "nothing", "tmp"])
def test_unmounting_what_is_no_mount(run, tmp_path, what):
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a file").touch()
    path = "/proc" if what == "tmp" else tmp_path / what
    ended = run(akvfs_binary(), "umount", path)
    assert ended.returncode == 5
    assert len(ended.stderr.splitlines()) == 1
    assert os.path.exists("/proc/self")
