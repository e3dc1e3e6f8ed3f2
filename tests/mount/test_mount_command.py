# SPDX-License-Identifier: MIT
"""akvfs mount returns when the mount is ready, or says in a sentence why not."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from akvfs_mount import (READY_TIMEOUT_S, SANITIZED, akvfs_binary,
                         children_of)

VALUE = "the value"
USER = 65534
AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")


def processes_of(mount):
    """Of a mount in the background: the launcher and what it has started."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(mount.path) in words and b"akvfs" in words[0]:
            return [int(entry.name), *children_of(int(entry.name))]
    return []


def wait_until_gone(mount):
    deadline = time.monotonic() + READY_TIMEOUT_S
    while processes_of(mount):
        assert time.monotonic() < deadline, "a process is left"
        time.sleep(0.01)


@contextlib.contextmanager
def in_background(mount):
    """Mounted by the command itself, and unmounted by akvfs umount."""
    ended = mount.attempt()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    try:
        yield processes_of(mount)
    finally:
        umount = subprocess.run(
            [mount.program, "umount", mount.path], capture_output=True,
            check=False)
        wait_until_gone(mount)
    assert (umount.returncode, umount.stderr) == (0, b"")
    assert not mount.is_mounted()


def failed(mount, code, *words):
    """That a try fails with @code, one sentence, and nothing left."""
    ended = mount.attempt()
    said = ended.stderr.decode()
    assert ended.returncode == code, said
    assert ended.stdout == b""
    assert len(said.splitlines()) == 1
    assert said.startswith("akvfs: ")
    for word in words:
        assert word in said
    assert mount.emulator.env["AZURE_CLIENT_SECRET"] not in said
    wait_until_gone(mount)
    assert not mount.is_mounted()


# Ready

def test_it_returns_when_it_is_ready(vault):
    emulator = vault.emulator({"a": VALUE})
    mount = vault.unmounted(emulator)
    for _ in range(3):
        with in_background(mount) as pids:
            assert mount.is_mounted()
            assert mount.read("a") == VALUE.encode()
            assert len(pids) == 2
            # Of a session of its own, and at the root of the tree.
            assert os.getsid(pids[0]) == pids[0]
            assert os.readlink(f"/proc/{pids[0]}/cwd") == "/"
            for fd in (0, 1, 2):
                for pid in pids:
                    assert os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/null"


def test_a_relative_mountpoint(vault, run):
    emulator = vault.emulator({"a": VALUE})
    mount = vault.unmounted(emulator)
    command = mount.command(foreground=False)
    command[-1] = "./mnt"
    ended = run(*command, cwd=mount.directory, env=mount.environment())
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert mount.read("a") == VALUE.encode()
    ended = run(akvfs_binary(), "umount", "mnt", cwd=mount.directory)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_two_mounts_of_a_vault(vault):
    emulator = vault.emulator({"a": VALUE})
    first, second = vault.mount(emulator), vault.mount(emulator)
    assert first.read("a") == second.read("a") == VALUE.encode()
    first.stop()
    assert second.read("a") == VALUE.encode()


# Not ready

@pytest.mark.parametrize("options, words", [
    ("nonsense", "nonsense"),
    ("nonsense=1", "nonsense"),
    ("ttl=soon", "ttl"),
    ("ttl=-1", "ttl"),
    ("timeout=0", "timeout"),
    ("transfers=0", "transfers"),
    ("page_cache=maybe", "page_cache"),
    ("file_mode=rw", "file_mode"),
    ("uid=root", "uid"),
    ("rw", "read-only"),
    ("cloud=mars", "cloud"),
    ("cafile=/nonexistent.pem", "/nonexistent.pem"),
    ("cafile=/dev/null", "no certificate"),
    ("cafile=/etc/passwd", "no certificate"),
    ("config=/nonexistent.conf", "/nonexistent.conf"),
    ("client_secret=on-the-command-line", "client_secret"),
])
def test_options_that_are_wrong(vault, options, words):
    emulator = vault.emulator({"a": VALUE})
    mount = vault.unmounted(emulator, options)
    failed(mount, 1, words)
    assert not emulator.requests()


@pytest.mark.parametrize("source", [
    "no_vault_name", "x", "http://demo.vault.azure.net",
    "https://demo.vault.example.com", "https://demo.vault.azure.net.evil.com",
    "https://user@demo.vault.azure.net", "https://demo.vault.azure.net:8443",
    "https://demo.vault.azure.net/nonsense", "ftp://demo", "", "a/b",
    "https://demo.vault.azure.net/secrets?x=1",
])
def test_sources_that_are_wrong(vault, source):
    emulator = vault.emulator({"a": VALUE})
    failed(vault.unmounted(emulator, source=source), 1)
    assert not emulator.requests()


@pytest.mark.parametrize("words", [
    ["mount"], ["mount", "demo"], ["mount", "demo", "/mnt", "more"],
    ["mount", "-x", "demo", "/mnt"], ["mount", "-o"], ["umount"],
    ["umount", "a", "b"], ["demo", "a", "b"], ["demo", "-x"], ["nonsense"],
    ["--nonsense"],
])
def test_usage(run, words):
    ended = run(akvfs_binary(), *words)
    assert ended.returncode == 1
    assert ended.stdout == b""
    assert b"akvfs" in ended.stderr


def test_help(run):
    for word in ("help", "--help", "-h"):
        ended = run(akvfs_binary(), word)
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert b"akvfs mount" in ended.stdout
    assert run(akvfs_binary(), "version").stdout.startswith(b"akvfs ")
    ended = run(akvfs_binary())
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert b"akvfs mount" in ended.stderr


@pytest.mark.parametrize("env", [
    {"AZURE_CLIENT_SECRET": "wrong"},
    {"AZURE_CLIENT_SECRET": None},
    {"AZURE_CLIENT_ID": None},
    {"AZURE_CLIENT_ID": "00000000-0000-4000-8000-000000000000"},
    {"AZURE_TENANT_ID": "00000000-0000-4000-8000-000000000000"},
])
def test_who_may_not_sign_in(vault, env):
    emulator = vault.emulator({"a": VALUE})
    failed(vault.unmounted(emulator, env=env), 2)


def test_nobody_there(vault):
    emulator = vault.emulator({"a": VALUE})
    mount = vault.unmounted(emulator, "timeout=1s", connect=f"connect_to="
                            f"127.0.0.1:{emulator.port}")
    emulator.kill()
    failed(mount, 3, "cannot be reached")


@pytest.mark.parametrize("path", ["/secrets", "*/token"])
@pytest.mark.parametrize("do", [{"hang": True}, {"status": 503},
                                {"reset_after": 0}])
def test_no_answer(vault, path, do):
    emulator = vault.emulator({"a": VALUE})
    emulator.fault({"path": path}, **do)
    began = time.monotonic()
    failed(vault.unmounted(emulator, "timeout=1s"), 3)
    assert time.monotonic() - began < READY_TIMEOUT_S


@pytest.mark.parametrize("inner, message, word", [
    ("ForbiddenByFirewall", "Client address is not authorized and caller is "
     "not a trusted service.\r\nClient address: 203.0.113.7", "203.0.113.7"),
    ("ForbiddenByConnection", "Public network access is disabled and request "
     "is not from a trusted service nor via an approved private link.",
     "private endpoint"),
])
def test_refused_by_the_network_rules(vault, inner, message, word):
    emulator = vault.emulator({"a": VALUE})
    emulator.fault({"path": "/secrets"}, status=403, body={"error": {
        "code": "Forbidden", "innererror": {"code": inner},
        "message": message}})
    failed(vault.unmounted(emulator), 4, word)


@pytest.mark.parametrize("body", ["<html>", "{}", '{"value":1}'])
def test_what_is_no_vault(vault, body):
    emulator = vault.emulator({"a": VALUE})
    emulator.fault({"path": "/secrets"}, status=200, body=body)
    failed(vault.unmounted(emulator), 4)


def test_no_mountpoint(vault):
    emulator = vault.emulator({"a": VALUE})
    mount = vault.unmounted(emulator)
    mount.path.rmdir()
    failed(mount, 5, "No such file")
    mount.path.touch()
    failed(mount, 5, "no directory")
    assert not emulator.requests()


def test_mounted_already(vault):
    emulator, mounted = vault({"a": VALUE})
    before = len(emulator.requests())
    ended = mounted.attempt()
    assert ended.returncode == 5
    assert b"mounted there already" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert len(emulator.requests()) == before
    assert mounted.read("a") == VALUE.encode()
    assert pathlib.Path("/proc/self/mountinfo").read_text(
        encoding="utf-8").count(f" {mounted.path} ") == 1


def test_interrupted_before_it_is_ready(vault):
    emulator = vault.emulator({"a": VALUE})
    emulator.fault({"path": "/secrets"}, hang=True)
    mount = vault.unmounted(emulator, "timeout=1m")
    # pylint: disable=consider-using-with
    process = subprocess.Popen(mount.command(), env=mount.environment(),
                               stderr=subprocess.PIPE)
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not any(request["path"].endswith("/token")
                  for request in emulator.requests()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=READY_TIMEOUT_S)
    assert not mount.is_mounted()
    wait_until_gone(mount)


# Other forms

def unmount(mount, run):
    assert mount.read("a") == VALUE.encode()
    assert run(akvfs_binary(), "umount", mount.path).returncode == 0
    wait_until_gone(mount)


def test_the_form_of_fstab(vault, run):
    """akvfs SOURCE MOUNTPOINT -o OPTIONS, with what mount(8) puts there."""
    emulator = vault.emulator({"a": VALUE})
    mount = vault.unmounted(emulator)
    for options in ("", ",rw", ",ro,noatime,nosuid,nodev,noexec",
                    ",rw,_netdev,nofail,x-systemd.automount,user"):
        # A vault of the name of a verb has to be spelt out here.
        ended = run(akvfs_binary(), "demo.vault.azure.net", mount.path, "-o",
                    mount.option_list() + options, env=mount.environment())
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
        unmount(mount, run)


def test_the_helper_of_mount(vault, run, tmp_path):
    emulator = vault.emulator({"a": VALUE})
    mount = vault.unmounted(emulator)
    helper = tmp_path / "mount.akvfs"
    helper.symlink_to(akvfs_binary())
    for words in (["-o", "rw," + mount.option_list()],
                  ["-n", "-v", "-o", "rw", "-o", mount.option_list()],
                  ["-s", "-o", mount.option_list(), "-t", "akvfs"]):
        ended = run(helper, "demo", mount.path, *words,
                    env=mount.environment())
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
        unmount(mount, run)
    ended = run(helper, "demo", mount.path, "-o", "nonsense",
                env=mount.environment())
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1


def test_a_file_of_options(vault, run, tmp_path):
    emulator = vault.emulator({"a": VALUE})
    mount = vault.unmounted(emulator)
    config = tmp_path / "akvfs.conf"
    config.write_text(
        f"# where it is\nconnect_to = 127.0.0.1:{emulator.port}\n\n"
        f"cafile={emulator.ca_file}\n  file_mode = 0440\r\nttl=1h\n",
        encoding="utf-8")
    command = [akvfs_binary(), "mount", "-o"]
    for options, mode in ((f"config={config}", 0o440),
                          (f"file_mode=0400,config={config}", 0o400)):
        ended = run(*command, options, "demo", mount.path,
                    env=mount.environment())
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert (mount.secrets / "a").stat().st_mode & 0o777 == mode
        unmount(mount, run)
    config.write_text("ttl=1h\n\nttl=later\n", encoding="utf-8")
    ended = run(*command, f"config={config}", "demo", mount.path,
                env=mount.environment())
    assert ended.returncode == 1
    assert f"{config}, line 3" in ended.stderr.decode()


def test_tokens_of_the_first_version(vault):
    emulator, mount = vault({"a": VALUE}, "token_v1=on")
    assert mount.read("a") == VALUE.encode()
    paths = [request["path"] for request in emulator.requests()
             if "token" in request["path"]]
    assert [path.rsplit("/", 2)[1:] for path in paths] == [
        ["oauth2", "token"]]


def test_the_tenant_is_told_by_the_vault(vault):
    emulator, mount = vault({"a": VALUE}, env={"AZURE_TENANT_ID": None})
    assert mount.read("a") == VALUE.encode()
    statuses = [request["status"] for request in emulator.requests()
                if request["path"] == "/secrets"]
    assert statuses == [401, 200]


@pytest.mark.parametrize("version", ["7.0", "7.3", "7.4", "2025-07-01"])
def test_api_versions(vault, version):
    emulator, mount = vault({"a": VALUE}, f"api_version={version}")
    assert mount.read("a") == VALUE.encode()
    assert mount.names() == ["a"]
    assert {request["query"] for request in emulator.requests()
            if "vault" in request["host"]} == {f"api-version={version}"}


# An ordinary user

@pytest.fixture
def user_folder():
    """A folder that everybody may enter, with the programs in it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="akvfs-user-"))
    folder.chmod(0o755)
    for name in ("akvfs", "akvfs-worker"):
        shutil.copy(pathlib.Path(akvfs_binary()).with_name(name), folder)
    yield folder
    shutil.rmtree(folder)


NAMESPACE = """
set -e
mount -t tmpfs -o mode=755 none "$1"
mknod -m 666 "$1/fuse" c 10 229
mount --bind "$1/fuse" /dev/fuse
touch "$1/fuse.conf"
mount --bind "$1/fuse.conf" /etc/fuse.conf
echo ready
exec cat
"""


@pytest.fixture
def as_user(tmp_path):
    """What runs a program as an ordinary user.

    It is in a mount namespace in which /dev/fuse may be opened by everybody,
    as it is on any desktop, and is not in many containers; and fuse.conf there
    allows nothing, as it does unless somebody has changed it.
    """
    with subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", NAMESPACE, "sh", tmp_path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"ready\n"
        yield ("nsenter", "--mount", "--target", str(holder.pid), *AS_USER)
        holder.stdin.close()


class UserMount:
    """A mount by an ordinary user, all of it seen from his namespace."""

    def __init__(self, vault, run, folder, as_user):
        self.run = run
        self.as_user = as_user
        emulator = vault.emulator({"a": VALUE})
        shutil.copy(emulator.ca_file, folder / "ca.pem")
        (folder / "ca.pem").chmod(0o644)
        self.mount = vault.unmounted(
            emulator, f"cafile={folder}/ca.pem", prefix=as_user,
            program=str(folder / "akvfs"))
        self.path = self.mount.path
        self.mount.directory.chmod(0o755)
        os.chown(self.path, USER, USER)

    def see(self, *words):
        return self.run(*self.as_user, *words)

    def attempt(self):
        return self.mount.attempt()

    def pids(self):
        return processes_of(self.mount)

    def unmount(self):
        ended = self.see(self.mount.program, "umount", self.path)
        assert (ended.returncode, ended.stderr) == (0, b"")
        wait_until_gone(self.mount)
        assert not self.is_mounted()

    def is_mounted(self):
        return self.see("findmnt", self.path).returncode == 0

    def check(self):
        seen = self.see("cat", f"{self.path}/secrets/a")
        assert (seen.stdout, seen.stderr) == (VALUE.encode(), b"")


@pytest.fixture
def user_mount(vault, run, user_folder, as_user):
    return UserMount(vault, run, user_folder, as_user)


def test_an_ordinary_user(user_mount):
    ended = user_mount.attempt()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    user_mount.check()
    assert user_mount.see("ls", f"{user_mount.path}/secrets").stdout == b"a\n"
    owner = user_mount.see("stat", "-c", "%u %g %a",
                           f"{user_mount.path}/secrets/a")
    assert owner.stdout == b"%d %d 400\n" % (USER, USER)
    changed = user_mount.see("sh", "-c", f": >{user_mount.path}/secrets/a")
    assert changed.returncode != 0
    pids = user_mount.pids()
    assert len(pids) == 2
    for pid in pids:
        assert status_of(pid)["Uid"].split() == [str(USER)] * 4
    # The worker may die here too.
    os.kill(pids[1], signal.SIGKILL)
    user_mount.check()
    user_mount.unmount()


def test_nobody_else_is_let_in(user_mount, run):
    """Not even root: the mount is its owner's alone."""
    assert user_mount.attempt().returncode == 0
    as_root = user_mount.as_user[:-len(AS_USER)]
    for words in (("ls", user_mount.path),
                  ("cat", f"{user_mount.path}/secrets/a")):
        seen = run(*as_root, *words)
        assert seen.returncode != 0
        assert b"Permission denied" in seen.stderr
    user_mount.unmount()


def test_letting_others_in(user_mount, run):
    """Is for the administrator to allow, in fuse.conf."""
    user_mount.mount.options += ",allow_other,dir_mode=0555,file_mode=0444"
    ended = user_mount.attempt()
    assert ended.returncode == 5
    assert b"user_allow_other" in ended.stderr
    assert not user_mount.is_mounted()
    wait_until_gone(user_mount.mount)

    as_root = user_mount.as_user[:-len(AS_USER)]
    allow = "echo user_allow_other >/etc/fuse.conf"
    assert run(*as_root, "sh", "-c", allow).returncode == 0
    assert user_mount.attempt().returncode == 0
    for uid in (0, USER - 1):
        seen = run(*as_root, "setpriv", f"--reuid={uid}", "--clear-groups",
                   "cat", f"{user_mount.path}/secrets/a")
        assert (seen.stdout, seen.stderr) == (VALUE.encode(), b"")
    user_mount.unmount()


def test_a_user_without_the_right_to_the_folder(user_mount):
    os.chown(user_mount.path, 0, 0)
    user_mount.path.chmod(0o755)
    ended = user_mount.attempt()
    assert ended.returncode == 5
    assert ended.stderr.splitlines()[-1].startswith(b"akvfs: ")
    assert not user_mount.is_mounted()
    wait_until_gone(user_mount.mount)


def test_the_dead_mount_of_a_user(user_mount):
    assert user_mount.attempt().returncode == 0
    user_mount.check()
    for pid in user_mount.pids():
        os.kill(pid, signal.SIGKILL)
    wait_until_gone(user_mount.mount)
    assert user_mount.is_mounted()
    ended = user_mount.attempt()
    assert (ended.returncode, ended.stderr) == (0, b"")
    user_mount.check()
    user_mount.unmount()


# What the processes are

def status_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return dict(line.split(":\t", 1) for line in text.splitlines()
                if ":\t" in line)


@pytest.mark.parametrize("foreground", [True, False])
def test_the_client_secret_is_nowhere_to_be_seen(vault, foreground):
    emulator = vault.emulator({"a": VALUE})
    secret = emulator.env["AZURE_CLIENT_SECRET"].encode()
    with contextlib.ExitStack() as stack:
        if foreground:
            mount = vault.mount(emulator)
            pids = [mount.launcher_pid, mount.worker_pid]
        else:
            mount = vault.unmounted(emulator)
            pids = stack.enter_context(in_background(mount))
        mount.read("a")
        for pid in pids:
            for name in ("environ", "cmdline"):
                shown = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
                assert secret not in shown
                assert VALUE.encode() not in shown
        assert pathlib.Path(f"/proc/{pids[1]}/environ").read_bytes().count(
            b"AZURE") == 0
        if not foreground:
            return
        # A new worker has it from the launcher, and shows as little.
        os.kill(pids[1], signal.SIGKILL)
        left = mount.wait_for_worker(other_than=pids[1])
        mount.status()
        assert secret not in pathlib.Path(
            f"/proc/{left}/environ").read_bytes()


def test_two_processes_of_one_thread(vault):
    _, mount = vault({f"n{i}": VALUE for i in range(50)})
    for name in mount.names():
        mount.read(name)
    assert len(children_of(mount.launcher_pid)) == 1
    assert children_of(mount.worker_pid) == []
    for pid in (mount.launcher_pid, mount.worker_pid):
        assert status_of(pid)["Threads"] == "1"


def test_the_worker_has_no_rights(vault):
    _, mount = vault({"a": VALUE})
    mount.read("a")
    worker = mount.worker_pid
    status = status_of(worker)
    for name in ("Uid", "Gid"):
        assert "0" not in status[name].split()
        assert len(set(status[name].split())) == 1
    assert status["Groups"].split() == []
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0
    assert status["NoNewPrivs"] == "1"
    # Its mounts are its own, so that it keeps none of others busy.
    assert (os.readlink(f"/proc/{worker}/ns/mnt")
            != os.readlink(f"/proc/{mount.launcher_pid}/ns/mnt"))


@pytest.mark.skipif(SANITIZED, reason="a sanitizer has to look")
def test_nobody_may_look_into_the_processes(vault, run):
    """Not dumpable: no core, and no look by others of the same user."""
    _, mount = vault({"a": VALUE})
    mount.read("a")
    worker = mount.worker_pid
    uid = status_of(worker)["Uid"].split()[0]
    # The kernel gives the files of one that is not dumpable to root.
    assert os.stat(f"/proc/{worker}/mem").st_uid == 0
    for name in ("mem", "environ", "maps"):
        looked = run("setpriv", f"--reuid={uid}", "--clear-groups",
                     f"--regid={uid}", "head", "-c1", f"/proc/{worker}/{name}")
        assert looked.returncode == 1
        assert b"Permission denied" in looked.stderr
    limits = pathlib.Path(f"/proc/{worker}/limits").read_text(
        encoding="utf-8")
    assert "Max core file size        0 " in limits


def test_descriptors(vault):
    """None more for more reads."""
    secrets = {f"n{i}": VALUE for i in range(100)}
    _, mount = vault(secrets, "ttl=0")
    mount.names()

    def count(pid):
        return len(os.listdir(f"/proc/{pid}/fd"))

    for name in secrets:
        mount.read(name)
    before = count(mount.worker_pid), count(mount.launcher_pid)
    for name in secrets:
        mount.read(name)
        mount.status()
    assert (count(mount.worker_pid), count(mount.launcher_pid)) == before
    assert before[0] < 40
    assert before[1] < 16
