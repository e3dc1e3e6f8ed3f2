# SPDX-License-Identifier: MIT
"""A network in which the real names of Azure are this machine.

    with AzureNetwork(["demo"]):
        ...  # login.microsoftonline.com is 127.0.0.1 here

It has nothing but loopback, with the address of the metadata service, and an
/etc/hosts with the sign-in hosts, the management host and these vaults, each
under the name that a managed HSM would have, too. The process enters it and
goes back; what it starts inside stays inside. Root is needed, or a user
namespace whose root one is.
"""

import ctypes
import os
import subprocess
import tempfile

HOSTS = [
    "login.microsoftonline.com",
    "login.windows.net",
    "sts.windows.net",
    "management.azure.com",
    "dev.azure.com",
    "token.actions.githubusercontent.com",
]
SUFFIXES = [".vault.azure.net", ".managedhsm.azure.net"]
METADATA_ADDRESS = "169.254.169.254"
# Clients accept a key file of Azure Arc from this directory only.
ARC_TOKENS = "/var/opt/azcmagent/tokens"
EMULATOR_OPTIONS = ["--metadata", "0.0.0.0:80",
                    "--service-fabric", "127.0.0.1:2377",
                    "--arc-tokens", ARC_TOKENS]

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000


def furnish(vaults):
    """Loopback, the metadata service's address, and the names."""
    for command in (
            ["ip", "link", "set", "lo", "up"],
            ["ip", "address", "add", METADATA_ADDRESS + "/32", "dev", "lo"]):
        subprocess.run(command, check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/var/opt"], check=True)
    os.makedirs(ARC_TOKENS)
    names = HOSTS + [vault + suffix for vault in vaults
                     for suffix in SUFFIXES]
    with tempfile.NamedTemporaryFile("w", prefix="hosts-") as hosts:
        hosts.write("127.0.0.1 localhost\n::1 localhost\n")
        hosts.writelines(f"127.0.0.1 {name}\n" for name in names)
        hosts.flush()
        os.chmod(hosts.name, 0o644)
        # The mount keeps the file alive after its name is gone.
        subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"],
                       check=True)


def _call(name, *arguments):
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


class AzureNetwork:
    """Be in such a network; the process may have one thread only."""

    def __init__(self, vaults):
        self._vaults = vaults
        self._outside = {}
        self._directory = None

    def __enter__(self):
        self._directory = os.getcwd()
        self._outside = {
            kind: os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
            for kind in ("net", "mnt")}
        _call("unshare", CLONE_NEWNS | CLONE_NEWNET)
        try:
            subprocess.run(["mount", "--make-rprivate", "/"], check=True)
            furnish(self._vaults)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for kind, namespace in self._outside.items():
            _call("setns", namespace, 0)
            os.close(namespace)
        self._outside = {}
        # Entering a mount namespace leads to its root.
        os.chdir(self._directory)
