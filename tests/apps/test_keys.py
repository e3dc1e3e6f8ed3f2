# SPDX-License-Identifier: MIT
"""Programs that read the files of a key."""

import json

import pytest

from conftest import HOST

NODE = """
const c = require('crypto'), fs = require('fs');
const key = c.createPublicKey({format: 'jwk',
  key: JSON.parse(fs.readFileSync(process.argv[1]))});
process.stdout.write(key.export({type: 'spki', format: 'pem'}));
"""
KEYS = {
    "rsa-2048": {"kty": "RSA", "key_size": 2048},
    "rsa-4096": {"kty": "RSA", "key_size": 4096},
    "rsa-hsm": {"kty": "RSA-HSM", "key_size": 3072},
    "p-256": {"kty": "EC", "crv": "P-256"},
    "p-384": {"kty": "EC", "crv": "P-384"},
    "p-521": {"kty": "EC-HSM", "crv": "P-521"},
    "p-256k": {"kty": "EC", "crv": "P-256K"},
}


@pytest.fixture(params=KEYS, scope="module")
def key(request, emulator, mount):
    answer = emulator.call(
        "POST", HOST, f"/keys/{request.param}/create?api-version=7.4",
        KEYS[request.param])
    assert answer.status == 200, answer
    return mount.path / "keys" / request.param


def test_openssl(key, run):
    pem = key / "public.pem"
    assert pem.read_text() == run("openssl", "pkey", "-pubin", "-in", pem,
                                  "-pubout")
    assert pem.read_text() == run("openssl", "pkey", "-pubin", "-inform",
                                  "DER", "-in", key / "public.der", "-pubout")


def test_ssh_keygen(key, run):
    line = key / "ssh.pub"
    if key.name == "p-256k":
        assert not line.exists()
        return
    assert f" {key.name} (" in run("ssh-keygen", "-l", "-f", line)
    imported = run("ssh-keygen", "-i", "-m", "PKCS8", "-f", key / "public.pem")
    assert line.read_text().split() == [*imported.split()[:2], key.name]


def test_node(key, run):
    """The JWK, read by another, is the same key."""
    assert run("node", "-e", NODE, key / "jwk.json") == (
        key / "public.pem").read_text()


def test_json(key):
    document = json.loads((key / "key.json").read_bytes())
    assert document["key"]["kty"] == KEYS[key.name]["kty"]
    assert document["attributes"]["created"].endswith("Z")
