# SPDX-License-Identifier: MIT
"""A program in place of one that a person has: az, azd.

It prints what a test wants, and leaves files beside it that tell how it was
called.
"""

import pathlib

TOOL = """#!/bin/sh
PATH=/usr/bin:/bin
for word; do printf '%s\\0' "$word"; done >{at}-arguments
cat /proc/$$/environ >{at}-environment
cat /proc/$$/stat >{at}-stat
readlink /proc/$$/cwd >{at}-directory
(for file in 0 1 2 3 4 5 6 7 8 9; do
	target=$(readlink /proc/$$/fd/$file) && echo "$file $target"
done) >{at}-files
{before}
cat {at}-output
cat {at}-errors >&2
exit {code}
"""


def install_tool(at, output, errors="", code=0, before=""):
    for kind, text in (("output", output), ("errors", errors)):
        pathlib.Path(f"{at}-{kind}").write_text(text, encoding="utf-8")
    at.write_text(TOOL.format(at=at, code=code, before=before),
                  encoding="utf-8")
    at.chmod(0o700)


class CalledTool:
    """How a tool was called."""

    def __init__(self, at):
        self.arguments = self._read(at, "arguments").split("\0")[:-1]
        self.environment = dict(
            entry.split("=", 1)
            for entry in self._read(at, "environment").split("\0")[:-1])
        self.directory = self._read(at, "directory").rstrip("\n")
        self.files = dict(
            line.split(":")[0].split(" ", 1)
            for line in self._read(at, "files").splitlines())
        stat = self._read(at, "stat")
        self.pid = int(stat.split()[0])
        self.group = int(stat.rsplit(")", 1)[1].split()[2])

    @staticmethod
    def _read(at, what):
        return pathlib.Path(f"{at}-{what}").read_text("utf-8")
