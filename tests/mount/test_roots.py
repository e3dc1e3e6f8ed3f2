# SPDX-License-Identifier: MIT
"""Without cafile=, the system's roots are trusted, as they are then."""

import errno
import time

import pytest

from system_roots import SystemRoots, path_within

VALUE = b"value"
NAME = "db-password"
DEADLINE_S = 20


@pytest.fixture
def roots(tmp_path):
    folder = tmp_path / "roots"
    folder.mkdir()
    # The worker is another user, who sees what is mounted there.
    folder.chmod(0o755)
    return SystemRoots(folder)


def mount_by(vault, emulator, roots, options=""):
    return vault.mount(emulator, options, trust="", prefix=roots.prefix)


def secret_of(mount, name=NAME):
    return path_within(mount.launcher_pid, mount.secrets) / name


def test_a_file_of_many(vault, roots):
    emulator = vault.emulator({NAME: VALUE.decode()})
    others = [vault.emulator({}).ca_file for _ in range(2)]
    roots.put_file(others[0], emulator.ca_file, others[1])
    mount = mount_by(vault, emulator, roots)
    assert secret_of(mount).read_bytes() == VALUE


def test_a_file_for_each(vault, roots):
    emulator = vault.emulator({NAME: VALUE.decode()})
    roots.put_hashed(emulator.ca_file)
    mount = mount_by(vault, emulator, roots)
    assert secret_of(mount).read_bytes() == VALUE


def test_neither(vault, roots):
    emulator = vault.emulator({NAME: VALUE.decode()})
    roots.put_file(vault.emulator({}).ca_file)
    failed = vault.unmounted(emulator, trust="", prefix=roots.prefix)
    ended = failed.attempt()
    assert ended.returncode == 3
    assert b"certificate" in ended.stderr
    assert not emulator.requests()


def test_they_change(vault, roots):
    """While it is mounted: the next connection goes by what is there then."""
    emulator = vault.emulator({NAME: VALUE.decode()})
    roots.put_file(emulator.ca_file)
    mount = mount_by(vault, emulator, roots, "timeout=2s,ttl=0,stale=0")
    worker = mount.worker_pid
    port = emulator.port
    emulator.kill()
    other = vault.emulator({NAME: VALUE.decode()}, port=port)
    with pytest.raises(OSError) as caught:
        secret_of(mount).read_bytes()
    assert caught.value.errno == errno.EIO
    assert not other.requests()
    roots.put_file(other.ca_file)
    deadline = time.monotonic() + DEADLINE_S
    found = None
    while found is None:
        try:
            found = secret_of(mount).read_bytes()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert found == VALUE
    assert mount.worker_pid == worker
