# SPDX-License-Identifier: MIT
"""The forms that a secret may be printed in, and a look for them.

    scan = needles({"token": token, "password": password})
    assert_clean(scan, tmp_path, log=mount.log())
    assert_clean(scan, tmp_path, **shown_by(mount.launcher_pid))
"""

import base64
import json
import os
import pathlib
import urllib.parse

from memory_scan import MemoryScan


def forms(text):
    raw = text.encode()
    yield "raw", text
    yield "json", json.dumps(text)[1:-1]
    yield "percent", urllib.parse.quote(text, safe="")
    yield "form", urllib.parse.quote_plus(text)
    yield "hex", raw.hex()
    yield "hex-upper", raw.hex().upper()
    yield "hex-spaced", raw.hex("_").replace("_", ":")
    for skip in range(3):
        # What lies at any place of a longer text that was encoded.
        part = raw[skip:]
        part = part[:len(part) // 3 * 3]
        yield f"base64-{skip}", base64.b64encode(part).decode()
        yield f"base64url-{skip}", base64.urlsafe_b64encode(part).decode()


def needles(secrets):
    """What looks for each of these, texts by name, in each form."""
    scan = MemoryScan()
    for name, text in secrets.items():
        for form, encoded in forms(text):
            scan.forbid(f"{name}-{form}", encoded)
    return scan


def assert_clean(scan, tmp_path, **texts):
    """None of these texts, bytes by name, has a piece of any needle."""
    for name, text in texts.items():
        path = tmp_path / name
        path.write_bytes(text + b"\n")
        pieces = scan.find(path)
        shown = text.decode(errors="replace")
        assert not pieces, f"{name}: {pieces[:3]}\n{shown[:3000]}"


def shown_by(*pids):
    """What processes show of themselves to whoever looks, bytes by name."""
    texts = {}
    for pid in pids:
        process = pathlib.Path("/proc") / str(pid)
        for name in ("cmdline", "environ", "comm", "maps", "mountinfo"):
            texts[f"{name}-{pid}"] = (process / name).read_bytes()
        links = [os.readlink(link) for link in (process / "fd").iterdir()]
        texts[f"descriptors-{pid}"] = "\n".join(links).encode()
    return texts


def kept_in(*folders):
    """What files there are, bytes by path."""
    return {str(path): path.read_bytes() for folder in folders
            for path in pathlib.Path(folder).rglob("*") if path.is_file()}
