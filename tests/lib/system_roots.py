# SPDX-License-Identifier: MIT
"""Other roots than the system's, in their place, for the programs of a test.

What is started with the prefix finds this folder where libcurl was built to
look for the roots: with a file of many, or with one file for each, by the hash
of its name. What it mounts is in a mount namespace of its own; path_within()
says where that is seen from outside.
"""

import pathlib
import shutil
import subprocess

PLACE_SCRIPT = """
set -e
mount --bind "$1" "$2"
shift 2
exec "$@"
"""


def system_file():
    return pathlib.Path(subprocess.run(
        ["curl-config", "--ca"], capture_output=True, text=True,
        check=True).stdout.strip())


def path_within(pid, path):
    return pathlib.Path(f"/proc/{pid}/root{path}")


class SystemRoots:
    def __init__(self, folder):
        """@folder is a new one that anybody may look into."""
        self.folder = folder
        self.file = folder / system_file().name
        self.prefix = ("unshare", "--mount", "sh", "-c", PLACE_SCRIPT, "sh",
                       str(folder), str(system_file().parent))

    def put_file(self, *certificates):
        """In place of what was there, as update-ca-certificates does it."""
        beside = self.folder / "new"
        beside.write_bytes(b"".join(pathlib.Path(certificate).read_bytes()
                                    for certificate in certificates))
        beside.chmod(0o644)
        beside.rename(self.file)

    def put_hashed(self, certificate):
        name = subprocess.run(
            ["openssl", "x509", "-noout", "-hash", "-in", certificate],
            capture_output=True, text=True, check=True).stdout.strip()
        shutil.copy(certificate, self.folder / f"{name}.0")
        (self.folder / f"{name}.0").chmod(0o644)
