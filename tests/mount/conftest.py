# SPDX-License-Identifier: MIT
"""Emulators and mounts for the tests, and what is known when one fails.

    def test_something(vault):
        emulator, mount = vault({"a": "1"}, "ttl=0")

Each call makes an emulator and a mount of its own. They go when the test ends,
the mount first, and the test fails if a process is left or the log has what no
log should have. When a test fails, or stops, the end of each mount's log, the
requests that its vault saw and the stacks of its processes are printed.
"""

import contextlib
import faulthandler
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from akv_emulator import Emulator
from akvfs_mount import Mount, children_of, seed_of, stacks_of
from azure_network import AzureNetwork
from sign_in import Place, start_emulator

LOG_TAIL_BYTES = 6000
REQUESTS_SHOWN = 15
TOKEN_KEY = "token-key.pem"


class Vaults:
    """Makes what a test asks for and takes it down in the right order."""

    def __init__(self, keys):
        self.keys = keys
        self.mounts = []
        self.emulators = []
        self._stack = contextlib.ExitStack()

    def emulator(self, secrets=None, seed=None, port=0, address="127.0.0.1",
                 options=(), **vault):
        made = Emulator(seed=seed or seed_of(secrets or {}, **vault),
                        address=address, port=port, options=options)
        kept = self.keys / TOKEN_KEY
        if kept.exists():
            shutil.copy(kept, made.state_dir)
        self._stack.enter_context(made)
        shutil.copy(made.state_dir / TOKEN_KEY, self.keys)
        self.emulators.append(made)
        return made

    def mount(self, emulator, options="", **more):
        made = Mount(emulator, options, **more)
        self._stack.enter_context(made)
        self.mounts.append(made)
        return made

    def unmounted(self, emulator, options="", **more):
        """One that the test is to mount itself; see Mount.attempt()."""
        made = Mount(emulator, options, **more)
        self._stack.callback(made.clear)
        self.mounts.append(made)
        return made

    def __call__(self, secrets=None, options="", vault=None, **more):
        emulator = self.emulator(secrets, **(vault or {}))
        return emulator, self.mount(emulator, options, **more)

    def close(self):
        self._stack.close()

    def report(self):
        """What there is to see of all of them, as text."""
        text = ""
        for mount in self.mounts:
            text += f"\n-- log of {mount.path}\n"
            text += mount.log()[-LOG_TAIL_BYTES:].decode(errors="replace")
            if mount.process and mount.process.poll() is None:
                for pid in [mount.process.pid,
                            *children_of(mount.process.pid)]:
                    text += stacks_of(pid)
        # Programs that the test has started, and that are still there.
        known = {mount.process.pid for mount in self.mounts if mount.process}
        known.update(emulator.pid for emulator in self.emulators)
        for pid in set(children_of(os.getpid())) - known:
            text += stacks_of(pid)
        for emulator in self.emulators:
            text += "\n-- requests\n"
            try:
                requests = emulator.requests()[-REQUESTS_SHOWN:]
            except Exception as why:  # pylint: disable=broad-except
                text += f"none to be had: {why!r}\n"
                continue
            text += "".join(f"{request}\n" for request in requests)
        return text


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """The one thing that the emulators share: making it takes long."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def vault(request, keys):
    vaults = Vaults(keys)
    request.node.vaults = vaults
    yield vaults
    vaults.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    vaults = getattr(item, "vaults", None)
    if report.failed and call.when == "call" and vaults:
        report.sections.append(("vaults and mounts", vaults.report()))


def pytest_configure(config):
    """The watchdog ends a test by a signal; a hung call needs a stack."""
    del config
    faulthandler.enable()


@pytest.fixture(scope="module")
def azure(keys):
    """The emulator under the real names, in a network of the tests' own."""
    if os.geteuid() != 0:
        pytest.skip("needs root, for a network of its own")
    with AzureNetwork(["demo", "foreign"]):
        emulator = start_emulator(keys)
        yield emulator
        emulator.stop()


@pytest.fixture
def place(request, azure, tmp_path):
    """Where one case of signing in runs."""
    made = Place(azure, tmp_path)
    request.node.vaults = made
    yield made
    made.close()


@pytest.fixture
def run():
    """Run a program to its end; returns what it did, output as bytes."""
    def runner(*words, timeout=30, **more):
        return subprocess.run(
            [str(word) for word in words], capture_output=True, check=False,
            timeout=timeout, **more)
    return runner


class Herd:
    """Many processes that open one file, or a few; see herd.py."""

    def __init__(self, count, *paths):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", pathlib.Path(__file__).with_name(
                "herd.py"), str(count), *map(str, paths)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        assert line, "the herd is gone"
        return json.loads(line)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture
def herd():
    herds = []

    def make(count, *paths):
        herds.append(Herd(count, *paths))
        return herds[-1]
    yield make
    for made in herds:
        made.close()
