# SPDX-License-Identifier: MIT
"""mount(8) with fstab, and /etc/akvfs.conf, as an administrator has them.

All of it is in a mount namespace of its own, where /sbin has our helper and
nothing else, and /etc what a test puts there: the machine has neither.
"""

import os
import pathlib
import subprocess
import time

import pytest

from akvfs_mount import READY_TIMEOUT_S, akvfs_binary

VALUE = "the value"

FURNISH = """
set -e
for folder in etc sbin; do
	mkdir "$1/$folder"
	mount -t tmpfs -o mode=755 none "$1/$folder"
done
cp /etc/passwd /etc/group "$1/etc"
ln -s /proc/self/mounts "$1/etc/mtab"
ln -s "$2" "$1/sbin/mount.akvfs"
mount --bind "$1/etc" /etc
mount --bind "$1/sbin" /sbin
echo ready
exec cat
"""


class Machine:
    """Where the commands of a test run."""

    def __init__(self, run, holder, mount):
        self._run = run
        self._inside = ("nsenter", "--mount", "--target", str(holder.pid))
        self._etc = pathlib.Path(f"/proc/{holder.pid}/root/etc")
        self.mount = mount
        self.path = mount.path

    def write(self, name, text):
        (self._etc / name).write_text(text, encoding="utf-8")

    def run(self, *words, env=None):
        return self._run(*self._inside, *words,
                         env={**self.mount.environment(), **(env or {})})

    def mounted(self):
        """The options of what is mounted there, or None."""
        found = self.run("findmnt", "-n", "-o", "FSTYPE,OPTIONS", self.path)
        return found.stdout.decode() if found.returncode == 0 else None

    def check(self, *words):
        """That these mount it, that it serves, and that it goes."""
        ended = self.run(*words)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
        seen = self.mounted()
        assert seen.startswith("fuse.akvfs ")
        assert {"ro", "nosuid", "nodev", "noexec"} <= set(
            seen.split()[1].split(","))
        read = self.run("cat", f"{self.path}/secrets/a")
        assert (read.stdout, read.stderr) == (VALUE.encode(), b"")
        mode = self.run("stat", "-c", "%a", f"{self.path}/secrets/a").stdout
        ended = self.run("umount", self.path)
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert self.mounted() is None
        return mode.decode().strip()


@pytest.fixture
def machine(vault, run, tmp_path):
    """Its launchers are those of the namespace, and go with the test."""
    mount = vault.unmounted(vault.emulator({"a": VALUE}))
    with subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", FURNISH, "sh", tmp_path,
             akvfs_binary()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"ready\n"
        namespace = os.readlink(f"/proc/{holder.pid}/ns/mnt")
        made = Machine(run, holder, mount)
        yield made
        if made.mounted():
            made.run("umount", "-l", made.path)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while processes_in(namespace) != [holder.pid]:
            assert time.monotonic() < deadline, "a process is left"
            time.sleep(0.01)
        holder.stdin.close()


def processes_in(namespace):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if os.readlink(entry / "ns" / "mnt") == namespace:
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def test_mount(machine):
    options = machine.mount.option_list()
    machine.check("mount", "-t", "akvfs", "-o", options, "demo", machine.path)
    # mount(8) adds options of its own to these.
    machine.check("mount", "-t", "akvfs", "-o", f"{options},rw,noatime",
                  "demo.vault.azure.net", machine.path)


@pytest.mark.parametrize("options", [
    "", "defaults,", "_netdev,nofail,x-systemd.automount,", "noauto,user,",
    "ro,nosuid,nodev,noexec,relatime,"])
def test_fstab(machine, options):
    machine.write("fstab", f"https://demo.vault.azure.net/ {machine.path} "
                  f"akvfs {options}{machine.mount.option_list()} 0 0\n")
    machine.check("mount", machine.path)
    machine.check("mount", "https://demo.vault.azure.net/")
    if "noauto" not in options:
        machine.check("mount", "-a")


def test_what_is_wrong_in_fstab(machine):
    machine.write("fstab", f"demo {machine.path} akvfs ttl=soon 0 0\n")
    ended = machine.run("mount", machine.path)
    assert ended.returncode != 0
    assert b"akvfs: option ttl: expected" in ended.stderr
    assert machine.mounted() is None


def test_the_defaults_of_the_machine(machine):
    """/etc/akvfs.conf, overruled by config=, the environment and -o."""
    machine.write("akvfs.conf", "# of this machine\nfile_mode = 0440\n" +
                  machine.mount.option_list().replace(",", "\n") +
                  "\ntenant_id = 00000000-0000-4000-8000-000000000000\n")
    machine.write("other.conf", "file_mode=0404\n")
    command = (akvfs_binary(), "mount")
    assert machine.check(*command, "demo", machine.path) == "440"
    assert machine.check(*command, "-o", "config=/etc/other.conf", "demo",
                         machine.path) == "404"
    assert machine.check(
        *command, "-o", "file_mode=0444,config=/etc/other.conf", "demo",
        machine.path) == "444"
    # Without the variable that overruled it, its tenant is asked.
    ended = machine.run(*command, "demo", machine.path,
                        env={"AZURE_TENANT_ID": ""})
    assert ended.returncode == 2
    assert machine.mounted() is None


@pytest.mark.parametrize("text, where", [
    ("ttl=1h\nnonsense=1\n", "/etc/akvfs.conf, line 2: option nonsense"),
    ("ttl\n", "/etc/akvfs.conf, line 1: option ttl"),
    ("\0", "/etc/akvfs.conf: it is not text"),
    ("client_secret=a-secret\n", "line 1: option client_secret"),
])
def test_defaults_that_are_wrong(machine, text, where):
    machine.write("akvfs.conf", text)
    ended = machine.run(akvfs_binary(), "mount", "-o",
                        machine.mount.option_list(), "demo", machine.path)
    assert ended.returncode == 1
    assert where in ended.stderr.decode()
    assert len(ended.stderr.splitlines()) == 1
    assert b"a-secret" not in ended.stderr
    assert machine.mounted() is None


def test_the_example_can_be_used(machine):
    """Each line of it, when it is no longer a comment, is understood."""
    example = pathlib.Path(__file__).resolve().parents[2].joinpath(
        "packaging", "akvfs.conf.example").read_text(encoding="utf-8")
    lines = [line[1:] for line in example.splitlines()
             if line.startswith("#") and not line.startswith(("# ", "#-"))
             and " = " in line]
    assert len(lines) > 10
    for line in lines:
        machine.write("akvfs.conf", line + "\n")
        # The mountpoint is looked at after the options.
        ended = machine.run(akvfs_binary(), "mount", "demo", "/nonexistent")
        assert ended.returncode == 5, (line, ended.stderr)
