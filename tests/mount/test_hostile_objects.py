# SPDX-License-Identifier: MIT
"""A vault that cannot be believed, in what it says of keys and certificates."""

import errno
import json
import os

import pytest

from objects import (HOST, Chain, ask, create_key, error_of, import_pem,
                     version_of)

VERSION = "a" * 32
KID = f"https://{HOST}/keys/k/{VERSION}"
EC = {"kid": KID, "kty": "EC", "crv": "P-256",
      "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
      "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}
ENABLED = {"enabled": True, "created": 1600000000, "updated": 1600000000}


def key(jwk=None, **more):
    return {"key": {**EC, **(jwk or {})}, "attributes": ENABLED, **more}


def certificate(**more):
    return {"id": f"https://{HOST}/certificates/c/{VERSION}",
            "attributes": ENABLED, **more}


# The folder itself is not to be believed: nothing of it is shown.
DOCUMENTS = {
    "no JSON": "{", "two values": "{}{}", "an array": [],
    "no key": {"attributes": ENABLED}, "a key of text": {"key": "x"},
    "kid of another name": key({"kid": KID.replace("/k/", "/other/")}),
    "kid of another vault": key({"kid": KID.replace("demo.", "evil.")}),
    "kid without a version": key({"kid": f"https://{HOST}/keys/k"}),
    "kid of another collection": key({"kid": KID.replace("keys", "secrets")}),
    "kid with dots": key({"kid": f"https://{HOST}/keys/../{VERSION}"}),
    "tags of numbers": key(tags={"a": 1}), "tags of text": key(tags="x"),
    "tags twice": json.dumps(key(tags={"a": "1"})).replace(
        '{"a": "1"}', '{"a": "1", "a": "2"}'),
    "times of text": {**key(), "attributes": {"created": "now"}},
    "NUL": json.dumps(key(tags={"a": "b"})).replace('"b"', '"b\\u0000c"'),
    "too much": key(tags={"a": "x" * (1 << 20)}),
}

# The document may be, but not what it says of the key.
KEYS = {
    "no type": {"kty": None}, "another type": {"kty": "DSA"},
    "no curve": {"crv": None}, "another curve": {"crv": "P-192"},
    "x of zeros": {"x": "A" * 43}, "x not on the curve": {"x": EC["y"]},
    "x no base64": {"x": "!!"}, "x too long": {"x": "B" * 4000},
    "an RSA key without n": {"kty": "RSA"},
    "an even n": {"kty": "RSA", "n": "A" * 342 + "g", "e": "AQAB"},
    "a small n": {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    "e of 1": {"kty": "RSA", "n": "_" * 342 + "w", "e": "AQ"},
    "a huge n": {"kty": "RSA", "n": "_" * 20000, "e": "AQAB"},
}


def answer(emulator, path, body):
    emulator.fault({"host": HOST, "path": path}, status=200, body=body)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_that_cannot_be_believed(vault, name):
    emulator, mount = vault({"a": "1"}, "timeout=2s")
    answer(emulator, "/keys/k*", DOCUMENTS[name])
    assert error_of(os.stat, mount.path / "keys" / "k") == errno.EIO
    assert mount.read("a") == b"1"


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_are_none(vault, name):
    emulator, mount = vault({})
    answer(emulator, "/keys/k*", key(KEYS[name]))
    folder = mount.path / "keys" / "k"
    for file in ("public.pem", "public.der", "ssh.pub", "jwk.json"):
        try:
            (folder / file).read_bytes()
            raise AssertionError("it was believed")
        except OSError as error:
            assert error.errno in (errno.EIO, errno.ENOENT), file
    for attribute in ("user.akv.kty", "user.akv.crv", "user.akv.size"):
        try:
            os.getxattr(folder, attribute)
        except OSError as error:
            assert error.errno in (errno.ENODATA, errno.EIO)
    # Some of it is refused with the document, some with the files.
    try:
        assert set(os.listdir(folder)) <= {
            "key.json", "public.pem", "public.der", "ssh.pub", "jwk.json"}
    except OSError as error:
        assert error.errno == errno.EIO
    assert b"keys" in mount.log() or b"a key is not readable" in mount.log()
    assert mount.process.poll() is None


def test_a_wrong_answer_is_not_the_folder_s(vault):
    """The public files of a key whose policy cannot be believed are there."""
    emulator, mount = vault({})
    create_key(emulator, "k")
    folder = mount.path / "keys" / "k"
    answer(emulator, "/keys/k/rotationpolicy", "[")
    assert (folder / "public.pem").read_bytes()
    assert error_of(os.stat, folder / "key.json") == errno.EIO


@pytest.mark.parametrize("name,more", [
    ("no certificate", {}), ("text", {"cer": "x"}), ("a number", {"cer": 1}),
    ("no base64", {"cer": "***"}), ("zeros", {"cer": "A" * 400}),
    ("another digest", {"cer": "AAAA", "x5t": "AAAA"}),
    ("too long", {"cer": "A" * 300000}),
])
def test_certificates_that_are_none(vault, name, more):
    del name
    emulator, mount = vault({"a": "1"})
    answer(emulator, "/certificates/c*", certificate(**more))
    folder = mount.path / "certificates" / "c"
    for file in ("cert.pem", "cert.der"):
        assert error_of(os.stat, folder / file) == errno.EIO
    assert mount.read("a") == b"1"


# Of a certificate that is otherwise right: nothing of it is shown.
CERTIFICATES = {
    "policy of text": {"policy": "x"}, "policy of an array": {"policy": []},
    "pending of text": {"pending": "x"},
    "tags of numbers": {"tags": {"a": 1}}, "tags of text": {"tags": "x"},
    "kid of another name": {"kid": f"https://{HOST}/keys/other/{VERSION}"},
    "kid of another vault": {
        "kid": f"https://evil.vault.azure.net/keys/c/{VERSION}"},
    "sid of a key": {"sid": f"https://{HOST}/keys/c/{VERSION}"},
    "x5c of text": {"x5c": "MAA="}, "x5c of numbers": {"x5c": [1]},
    "x5c that is no base64": {"x5c": ["***"]},
    "x5c without end": {"x5c": ["MAA="] * 1000},
    "id of another version": {
        "id": f"https://{HOST}/certificates/c/{VERSION[1:]}"},
    "too much": {"policy": {"a": "x" * (1 << 20)}},
    "too deep": {"policy": json.loads('{"a":' * 20 + "1" + "}" * 20)},
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificates_that_cannot_be_believed(vault, name):
    emulator, mount = vault({"a": "1"}, "timeout=2s")
    import_pem(emulator, "c", Chain().pem())
    said = ask(emulator, "GET", "/certificates/c")
    said["id"] = f"https://{HOST}/certificates/c/{VERSION}"
    del said["kid"], said["sid"]
    answer(emulator, "/certificates/c", {**said, **CERTIFICATES[name]})
    folder = mount.path / "certificates" / "c"
    assert error_of(os.stat, folder) == errno.EIO
    assert error_of(os.stat, folder / "cert.pem") == errno.EIO
    emulator.clear_faults()
    answer(emulator, "/certificates/d", {
        **said, "id": f"https://{HOST}/certificates/d/{VERSION}"})
    assert (mount.path / "certificates" / "d" / "cert.pem").read_bytes()
    assert mount.read("a") == b"1"


def test_words_of_a_policy_are_given_back(vault):
    """Whatever they are: they are a file's bytes, and nobody acts on them."""
    emulator, mount = vault({})
    import_pem(emulator, "c", Chain().pem())
    said = ask(emulator, "GET", "/certificates/c")
    policy = {"issuer": {"name": "../../etc\n\u202e\u0007"},
              "key_props": {"exportable": "yes"}, "__proto__": {"x": -1e308}}
    answer(emulator, "/certificates/c", {**said, "policy": policy})
    folder = mount.path / "certificates" / "c"
    assert json.loads((folder / "policy.json").read_bytes()) == policy
    assert (folder / "privkey.pem").read_bytes()


@pytest.mark.parametrize("name,body", [
    ("text", "x"), ("an array", []), ("actions of text", {
        "lifetimeActions": "x"}), ("another id", {
            "id": f"https://{HOST}/keys/other/rotationpolicy"}),
    ("another vault", {
        "id": "https://evil.vault.azure.net/keys/k/rotationpolicy"}),
])
def test_rotation_policies_that_cannot_be_believed(vault, name, body):
    del name
    emulator, mount = vault({})
    create_key(emulator, "k")
    answer(emulator, "/keys/k/rotationpolicy", body)
    folder = mount.path / "keys" / "k"
    assert error_of(os.stat, folder / "key.json") == errno.EIO
    assert (folder / "public.pem").read_bytes()


@pytest.mark.parametrize("name,body", [
    ("no JSON", "{"), ("an array", []),
    ("another account", {"id": f"https://{HOST}/storage/other"}),
    ("another vault", {"id": "https://evil.vault.azure.net/storage/acct"}),
    ("a secret", {"id": f"https://{HOST}/secrets/acct"}),
    ("tags of numbers", {"tags": {"a": 1}}),
    ("times of text", {"attributes": {"created": "now"}}),
])
def test_accounts_that_cannot_be_believed(vault, name, body):
    del name
    emulator, mount = vault({"a": "1"})
    account = {"id": f"https://{HOST}/storage/acct", "attributes": ENABLED}
    answer(emulator, "/storage/acct",
           {**account, **body} if isinstance(body, dict) else body)
    assert error_of(os.stat, mount.path / "storage" / "acct") == errno.EIO
    assert mount.read("a") == b"1"


@pytest.mark.parametrize("content_type,value", [
    ("application/x-pem-file", "no PEM at all"),
    ("application/x-pkcs12", "no PFX at all"),
    ("application/x-pkcs12", "MIIB" + "A" * 100),
    ("application/x-pem-file", ""),
])
def test_secrets_that_are_no_key(vault, content_type, value):
    emulator, mount = vault({})
    version = version_of(import_pem(emulator, "c", Chain().pem()))
    answer(emulator, "/secrets/c*", {
        "id": f"https://{HOST}/secrets/c/{version}", "value": value,
        "contentType": content_type, "attributes": ENABLED})
    folder = mount.path / "certificates" / "c"
    assert (folder / "cert.pem").read_bytes()
    # What has no PEM in it has no private key in it.
    for file in ("privkey.pem", "bundle.pem", "cert.pfx"):
        assert error_of(os.stat, folder / file) in (
            errno.EIO, errno.ENOENT), file


def test_the_key_of_another(vault):
    """A private key that is not the certificate's is not shown as if it was."""
    emulator, mount = vault({})
    version = version_of(import_pem(emulator, "c", Chain().pem()))
    answer(emulator, "/secrets/c*", {
        "id": f"https://{HOST}/secrets/c/{version}", "value": Chain().pem(),
        "contentType": "application/x-pem-file", "attributes": ENABLED})
    folder = mount.path / "certificates" / "c"
    for file in ("privkey.pem", "bundle.pem", "cert.pfx", "fullchain.pem"):
        assert error_of(os.stat, folder / file) == errno.EIO, file
    assert (folder / "cert.pem").read_bytes()


@pytest.mark.parametrize("where,kind", [
    ("keys", "kid"), ("certificates", "id"), ("deletedkeys", "kid"),
    ("deletedcertificates", "id"), ("storage", "id"),
    ("deletedstorage", "id"), ("deletedsecrets", "id"),
])
def test_names_of_a_list(vault, where, kind):
    """What is of no grammar, or of another vault, is not listed."""
    emulator, mount = vault({})
    collection = where.removeprefix("deleted")
    names = ["good", "..", ".", "a/b", "a_b", "x" * 128, "a b", ""]
    answer(emulator, f"/{where}", {"value": [
        {kind: f"https://{HOST}/{collection}/{name}", "attributes": ENABLED}
        for name in names], "nextLink": None})
    folder = (mount.path / ".deleted" / collection
              if where.startswith("deleted") else mount.path / collection)
    try:
        assert set(os.listdir(folder)) <= {"good"}
    except OSError as error:
        assert error.errno in (errno.EIO, errno.ENOENT)


def test_versions_of_a_list(vault):
    emulator, mount = vault({"a": "1"})
    (mount.path / ".versions" / "secrets" / "a").is_dir()
    good = "b" * 32
    answer(emulator, "/secrets/a/versions", {"value": [
        {"id": f"https://{HOST}/secrets/a/{version}", "attributes": ENABLED}
        for version in (good, "..", "c" * 31, "g" * 32, "")]})
    try:
        assert set(os.listdir(
            mount.path / ".versions" / "secrets" / "a")) <= {good}
    except OSError as error:
        assert error.errno == errno.EIO


def test_others_are_well(vault):
    emulator, mount = vault({"a": "1"})
    create_key(emulator, "good")
    answer(emulator, "/keys/bad*", "[1, 2")
    assert error_of(os.stat, mount.path / "keys" / "bad") == errno.EIO
    assert (mount.path / "keys" / "good" / "public.pem").read_bytes()
    assert ask(emulator, "GET", "/keys/good")
    assert "bad" not in os.listdir(mount.path / "keys")
