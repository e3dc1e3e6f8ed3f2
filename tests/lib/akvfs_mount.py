# SPDX-License-Identifier: MIT
"""A vault, mounted, as tests use it.

    with Emulator(seed=seed) as emulator, Mount(emulator) as mount:
        assert mount.read("db-password") == b"..."

Each mount runs in the foreground, so that its log is a file (mount.log_file)
and its processes are known. On the way out it is unmounted, and the test
fails if a process is left, or if the log has what no log should have.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from akv_emulator import build_dir

READY_TIMEOUT_S = 20
GONE_TIMEOUT_S = 10
SANITIZED = bool(os.environ.get("AKVFS_SANITIZED"))

STATUS_LINES = ("State", "VmRSS", "SigPnd", "ShdPnd", "Threads")

# What a sanitizer or a library says when something is wrong.
BAD_LINES = re.compile(
    rb"AddressSanitizer|runtime error:|LeakSanitizer|UndefinedBehavior"
    rb"|assertion|double free|corrupted")


def akvfs_binary():
    return str(build_dir() / "fs" / "akvfs")


def seed_of(secrets, **vault):
    """A seed with one vault, "demo", and these {name: value}."""
    objects = {name: value if isinstance(value, dict) else {"value": value}
               for name, value in secrets.items()}
    return {"vaults": {"demo": {"secrets": objects, **vault}}}


def children_of(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def stacks_of(pid):
    """What a hung process is doing, for the log of a failed test."""
    gdb = shutil.which("gdb")
    text = ""
    for name in ("cmdline", "wchan", "stack", "status"):
        try:
            lines = pathlib.Path(f"/proc/{pid}/{name}").read_text(
                errors="replace").replace("\0", " ").splitlines()
        except OSError:
            continue
        if name == "status":
            lines = [line for line in lines if line.startswith(STATUS_LINES)]
        text += f"-- /proc/{pid}/{name}\n" + "\n".join(lines) + "\n"
    if gdb:
        text += subprocess.run(
            [gdb, "-p", str(pid), "-batch", "-ex", "thread apply all bt"],
            capture_output=True, text=True, timeout=60, check=False).stdout
    return text


class Mount:
    """One mount of an emulator's vault.

    @connect is how the names are reached: connect_to= by default, "" if the
    test has arranged for it; @trust is how they are trusted: cafile= by default,
    or likewise; @program is another akvfs; @env adds variables, or with None
    takes them away; @debug is -d in place of -f; @prefix is a program that runs
    the rest of its arguments in its own process, such as setpriv or unshare.
    """

    def __init__(self, emulator, options="", source="demo", env=None,
                 debug=True, prefix=(), connect=None, trust=None,
                 program=None):
        self.emulator = emulator
        self.options = options
        self.source = source
        self.debug = debug
        self.env = env
        self.prefix = list(prefix)
        self.connect = connect
        self.trust = trust
        self.program = program or akvfs_binary()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="akvfs-test-"))
        self.path = self.directory / "mnt"
        self.path.mkdir()
        self.log_file = self.directory / "log"
        self.process = None
        self.at_root = "/secrets" in source

    # Life

    def option_list(self):
        connect = self.connect
        if connect is None:
            connect = f"connect_to={self.emulator.address}:" \
                      f"{self.emulator.port}"
        trust = self.trust
        if trust is None:
            trust = f"cafile={self.emulator.ca_file}"
        words = [connect, trust, self.options]
        return ",".join(word for word in words if word)

    def environment(self):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("AZURE_")
               and name.lower() not in ("https_proxy", "all_proxy",
                                        "ssl_cert_file")}
        env.update({name: self.emulator.env[name] for name in (
            "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")})
        env.update(self.env or {})
        return {name: value for name, value in env.items()
                if value is not None}

    def command(self, foreground=True):
        words = [*self.prefix, self.program, "mount"]
        if foreground:
            words.append("-d" if self.debug else "-f")
        return words + ["-o", self.option_list(), self.source, str(self.path)]

    def attempt(self):
        """Mount in the background; returns what the command did."""
        return subprocess.run(
            self.command(foreground=False), stdin=subprocess.DEVNULL,
            capture_output=True, env=self.environment(), check=False,
            timeout=READY_TIMEOUT_S + GONE_TIMEOUT_S)

    def spawn(self):
        with open(self.log_file, "ab") as log:
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=self.environment())
        return self

    def wait_until_refused(self, timeout_s=READY_TIMEOUT_S):
        """The exit code of one that is not to be mounted."""
        deadline = time.monotonic() + timeout_s
        while self.process.poll() is None:
            assert b"is mounted at" not in self.log(), self.log()
            if time.monotonic() > deadline:
                raise TimeoutError(f"it goes on: {self.log()}"
                                   + stacks_of(self.process.pid))
            time.sleep(0.005)
        return self.process.returncode

    def start(self):
        self.spawn()
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop(check=False)
            raise
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + READY_TIMEOUT_S
        while b"is mounted at" not in self.log():
            if self.process.poll() is not None:
                raise RuntimeError(f"akvfs ended with "
                                   f"{self.process.returncode}: {self.log()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not mounted: {self.log()}"
                                   + stacks_of(self.process.pid))
            time.sleep(0.005)

    def stop(self, check=True):
        """SIGTERM; everything has to be gone then."""
        pids = [self.process.pid, *children_of(self.process.pid)]
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(GONE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            stacks = "".join(stacks_of(pid) for pid in pids)
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
            subprocess.run(["umount", "-l", str(self.path)], check=False)
            raise AssertionError("akvfs did not end:\n" + stacks) from None
        log = self.log()
        shutil.rmtree(self.directory, ignore_errors=True)
        if check:
            bad = BAD_LINES.search(log)
            assert not bad, log.decode(errors="replace")
        return status

    def is_mounted(self):
        text = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        return any(line.split()[4] == str(self.path)
                   for line in text.splitlines())

    def clear(self):
        """Take away what attempt() may have left."""
        if self.is_mounted():
            subprocess.run(["umount", "-l", str(self.path)], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if self.process.poll() is None or kind is None:
            try:
                self.stop(check=kind is None)
            except AssertionError:
                if kind is None:
                    raise

    # What there is

    def log(self):
        return self.log_file.read_bytes() if self.log_file.exists() else b""

    @property
    def secrets(self):
        return self.path if self.at_root else self.path / "secrets"

    def read(self, name):
        return (self.secrets / name).read_bytes()

    def names(self):
        return sorted(os.listdir(self.secrets))

    def status(self):
        return json.loads((self.path / ".akvfs" / "status.json").read_bytes())

    @property
    def launcher_pid(self):
        return self.process.pid

    @property
    def worker_pid(self):
        found = children_of(self.process.pid)
        return found[0] if found else None

    def wait_for_worker(self, other_than=None):
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            pid = self.worker_pid
            if pid and pid != other_than:
                return pid
            time.sleep(0.002)
        raise TimeoutError("there is no worker")
