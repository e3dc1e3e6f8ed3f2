# SPDX-License-Identifier: MIT
"""Every answer about keys is one that its api-version's description allows.

Each api-version is asked for every operation it describes, once so that it
succeeds and in all the ways in which it is refused.
"""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import schema
from asker import HOST, READER

COLLECTION = "keys"
SEED = {"vaults": {
    "schema": {
        "keys": {
            "plain": {"kty": "EC"},
            "hsm": {"kty": "EC-HSM", "crv": "P-521"},
            "cipher": {"kty": "RSA", "tags": {"a": "b"}},
            "signer": {"kty": "RSA", "key_ops": ["sign"]},
            "off": {"kty": "EC", "attributes": {"enabled": False}},
            "past": {"kty": "EC", "attributes": {"exp": 1500000000}},
            "future": {"kty": "EC", "attributes": {"nbf": 4000000000}},
            "managed": {"kty": "EC", "managed": True},
        },
        "principals": {READER[0]: {
            "secret": READER[1], "permissions": {"keys": []}}},
    },
}}
# Always refused: who would have to vouch for a key is not there.
REFUSED = {"release", "GetKeyAttestation"}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


DIGEST = encode(hashlib.sha256(b"akvfs").digest())


def version_of(document):
    return document["key"]["kid"].rsplit("/", 1)[1]


def private_jwk():
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    point = numbers.public_numbers
    return {"kty": "EC", "crv": "P-256",
            "x": encode(point.x.to_bytes(32, "big")),
            "y": encode(point.y.to_bytes(32, "big")),
            "d": encode(numbers.private_value.to_bytes(32, "big"))}


def since(asker, first):
    return schema.VERSIONS.index(asker.api_version) >= schema.VERSIONS.index(
        first)


def test_create_get_update(asker):
    name = asker.fresh("create")
    made = asker.ask("CreateKey", name, status=200, body={
        "kty": "EC", "crv": "P-384", "key_ops": ["sign"], "tags": {"a": "1"},
        "attributes": {"enabled": True, "nbf": 1, "exp": 4000000000}}).json()
    version = version_of(made)
    asker.ask("CreateKey", name, status=200, body={"kty": "EC-HSM"})
    read = asker.ask("GetKey", name, version, status=200).json()
    assert read == made
    assert read["key"]["crv"] == "P-384"
    assert read["key"]["key_ops"] == ["sign"]
    assert read["tags"] == {"a": "1"}
    assert read["attributes"]["nbf"] == 1
    newest = asker.ask("GetKey", name, "", status=200).json()
    assert newest["key"]["kty"] == "EC-HSM"
    updated = asker.ask("UpdateKey", name, version, status=200, body={
        "key_ops": ["verify"], "attributes": {"enabled": False},
        "tags": {}}).json()
    assert updated["key"]["key_ops"] == ["verify"]
    assert updated["key"]["x"] == made["key"]["x"]
    # It may be read, though not used.
    asker.ask("GetKey", name, version, status=200)
    refused = asker.ask("verify", name, version, status=403, body={
        "alg": "ES384", "digest": DIGEST, "value": DIGEST})
    assert refused.inner_code == "KeyDisabled"


def test_members_come_with_their_version(asker):
    attributes = asker.ask("GetKey", "hsm", "", status=200).json()[
        "attributes"]
    for member, first in (("recoveryLevel", "2016-10-01"),
                          ("recoverableDays", "7.1"), ("exportable", "7.3"),
                          ("hsmPlatform", "7.5")):
        assert (member in attributes) == since(asker, first), member


def test_import(asker):
    name = asker.fresh("import")
    jwk = private_jwk()
    read = asker.ask("ImportKey", name, status=200, body={
        "key": jwk, "tags": {"t": ""}}).json()
    assert read["key"]["x"] == jwk["x"]
    assert "d" not in read["key"]
    in_hsm = asker.ask("ImportKey", name, status=200,
                       body={"key": jwk, "Hsm": True}).json()
    assert in_hsm["key"]["kty"] == "EC-HSM"


def test_release_policy(asker):
    name = asker.fresh("exportable")
    policy = {"data": encode(json.dumps({"version": "1.0.0", "anyOf": [{
        "authority": "https://attest.example",
        "allOf": [{"claim": "c", "equals": "true"}]}]}).encode())}
    body = {"kty": "EC-HSM", "attributes": {"exportable": True},
            "release_policy": policy}
    made = asker.ask("CreateKey", name, status=200, body=body).json()
    assert ("release_policy" in made) == since(asker, "7.3")
    asker.ask("CreateKey", name, status=400, body={**body, "kty": "EC"})
    asker.ask("CreateKey", name, status=400,
              body={**body, "release_policy": None})
    asker.ask("UpdateKey", name, "", status=400,
              body={"attributes": {"exportable": False}})
    policy["immutable"] = True
    asker.ask("UpdateKey", name, "", status=200,
              body={"release_policy": policy})
    asker.ask("UpdateKey", name, "", status=400,
              body={"release_policy": policy})


@pytest.mark.parametrize("seal, open_", [("encrypt", "decrypt"),
                                         ("wrapKey", "unwrapKey")])
def test_ciphers(asker, seal, open_):
    for algorithm in "RSA1_5", "RSA-OAEP", "RSA-OAEP-256":
        sealed = asker.ask(seal, "cipher", "", status=200, body={
            "alg": algorithm, "value": DIGEST}).json()
        opened = asker.ask(open_, "cipher", "", status=200, body={
            "alg": algorithm, "value": sealed["value"]}).json()
        assert opened["value"] == DIGEST
        assert opened["kid"] == sealed["kid"]
        assert "/keys/cipher/" in sealed["kid"]


def test_signatures(asker):
    for name, algorithm in ("plain", "ES256"), ("cipher", "PS256"):
        signed = asker.ask("sign", name, "", status=200, body={
            "alg": algorithm, "value": DIGEST}).json()
        body = {"alg": algorithm, "digest": DIGEST, "value": signed["value"]}
        assert asker.ask("verify", name, "", status=200,
                         body=body).json() == {"value": True}
        body["digest"] = encode(hashlib.sha256(b"other").digest())
        assert asker.ask("verify", name, "", status=200,
                         body=body).json() == {"value": False}


@pytest.mark.parametrize("name, operation_id, algorithm, inner", [
    ("off", "sign", "ES256", "KeyDisabled"),
    ("past", "sign", "ES256", "KeyExpired"),
    ("future", "sign", "ES256", "KeyNotYetValid"),
    ("signer", "verify", "RS256", "KeyOperationForbidden"),
    ("signer", "decrypt", "RSA1_5", "KeyOperationForbidden"),
    ("plain", "encrypt", "RSA1_5", "KeyOperationForbidden"),
])
def test_use_is_forbidden(asker, name, operation_id, algorithm, inner):
    answer = asker.ask(operation_id, name, "", status=403, body={
        "alg": algorithm, "value": DIGEST, "digest": DIGEST})
    assert answer.inner_code == inner


def test_out_of_its_time_a_key_still_verifies(asker):
    for name in "past", "future":
        asker.ask("verify", name, "", status=200, body={
            "alg": "ES256", "value": DIGEST, "digest": DIGEST})


@pytest.mark.parametrize("operation_id, body", [
    ("sign", {"alg": "ES384", "value": DIGEST}),
    ("sign", {"alg": "RS256", "value": DIGEST}),
    ("sign", {"alg": "RSA1_5", "value": DIGEST}),
    ("sign", {"alg": "none", "value": DIGEST}),
    ("sign", {"alg": "ES256", "value": "AAAA"}),
    ("sign", {"alg": "ES256", "value": DIGEST + "="}),
    ("sign", {"alg": "ES256"}),
    ("sign", {"value": DIGEST}),
    ("sign", {"alg": 256, "value": DIGEST}),
    ("verify", {"alg": "ES256", "value": DIGEST}),
    ("verify", {"alg": "ES256", "value": DIGEST, "digest": "AAAA"}),
])
def test_use_is_wrong(asker, operation_id, body):
    answer = asker.ask(operation_id, "plain", "", status=400, body=body)
    assert answer.error_code == "BadParameter"


def test_what_does_not_decrypt(asker):
    for value in encode(b"x" * 256), encode(b"x"), "":
        for operation_id in "decrypt", "unwrapKey":
            asker.ask(operation_id, "cipher", "", status=400,
                      body={"alg": "RSA-OAEP", "value": value})
    asker.ask("encrypt", "cipher", "", status=400,
              body={"alg": "RSA-OAEP", "value": encode(b"x" * 256)})


def test_rotation(asker):
    name = asker.fresh("rotate")
    old = asker.ask("CreateKey", name, status=200, body={
        "kty": "EC", "crv": "P-384", "tags": {"a": "b"},
        "key_ops": ["sign"]}).json()
    if not asker.has("RotateKey"):
        answer = asker.emulator.call(
            "POST", HOST,
            f"/keys/{name}/rotate?api-version={asker.api_version}")
        assert (answer.status, answer.error_code) == (400, "NotSupported")
        return
    none = asker.ask("GetKeyRotationPolicy", name, status=200).json()
    assert none["attributes"] is None
    put = asker.ask("UpdateKeyRotationPolicy", name, status=200, body={
        "attributes": {"expiryTime": "P48M"}, "lifetimeActions": [
            {"action": {"type": "rotate"},
             "trigger": {"timeAfterCreate": "P18M"}}]}).json()
    assert asker.ask("GetKeyRotationPolicy", name, status=200).json() == put
    new = asker.ask("RotateKey", name, status=200).json()
    assert new["key"]["kid"] != old["key"]["kid"]
    assert new["key"]["x"] != old["key"]["x"]
    assert {new["key"][m] == old["key"][m] for m in ("kty", "crv",
                                                     "key_ops")} == {True}
    assert new["tags"] == {"a": "b"}
    assert 1460 <= (new["attributes"]["exp"]
                    - new["attributes"]["created"]) / 86400 <= 1462
    asker.ask("UpdateKeyRotationPolicy", name, status=400,
              body={"attributes": {"expiryTime": "tomorrow"}})


def test_managed(asker):
    for operation_id, body in (
            ("CreateKey", {"kty": "EC"}), ("DeleteKey", None),
            ("ImportKey", {"key": private_jwk()}),
            ("UpdateKey", {"tags": {}}), ("BackupKey", None),
            ("RotateKey", None)):
        if not asker.has(operation_id):
            continue
        refused = asker.ask(operation_id, "managed", "", status=403,
                            body=body)
        assert refused.inner_code == "KeyManagedByKeyVault"


def test_lists(asker):
    name = asker.fresh("list")
    for value in "12345":
        asker.ask("CreateKey", name, status=200,
                  body={"kty": "EC", "tags": {"v": value}})
    versions = asker.pages("GetKeyVersions", name)
    assert sorted(item["tags"]["v"] for item in versions) == list("12345")
    listed = asker.pages("GetKeys")
    names = [item["kid"].rsplit("/", 1)[1] for item in listed]
    assert {"plain", "hsm", "off", "managed", name} <= set(names)
    assert len(names) == len(set(names))
    assert all("key" not in item for item in listed + versions)
    managed = [item for item in listed if item.get("managed")]
    assert [item["kid"] for item in managed] == [
        f"https://{HOST}/keys/managed"]
    empty = asker.ask("GetKeyVersions", "nothing-here", status=200)
    assert empty.json() == {"value": [], "nextLink": None}


def test_soft_delete(asker):
    name = asker.fresh("soft")
    asker.ask("CreateKey", name, status=200, body={
        "kty": "EC", "attributes": {"enabled": False}, "tags": {"t": ""}})
    asker.ask("DeleteKey", name, status=200)
    if not asker.has("GetDeletedKeys"):
        asker.ask("GetKey", name, "", status=404)
        return
    asker.ask("CreateKey", name, status=409, body={"kty": "EC"})
    asker.ask("PurgeDeletedKey", name, status=409)
    asker.ask("GetDeletedKey", name, status=404)
    asker.settle()
    asker.ask("GetDeletedKey", name, status=200)
    asker.ask("ImportKey", name, status=409, body={"key": private_jwk()})
    found = [item for item in asker.pages("GetDeletedKeys")
             if item["kid"].endswith("/" + name)]
    assert len(found) == 1
    assert found[0]["recoveryId"] == f"https://{HOST}/deletedkeys/{name}"
    asker.ask("RecoverDeletedKey", name, status=200)
    asker.ask("GetKey", name, "", status=404)
    asker.settle()
    asker.ask("GetKey", name, "", status=200)
    asker.ask("RecoverDeletedKey", name, status=400)
    asker.ask("DeleteKey", name, status=200)
    asker.settle()
    asker.ask("PurgeDeletedKey", name, status=204)
    asker.settle()
    asker.ask("GetDeletedKey", name, status=404)


def test_backup_and_restore(asker):
    name = asker.fresh("backup")
    made = asker.ask("CreateKey", name, status=200,
                     body={"kty": "EC", "key_ops": ["verify"]}).json()
    blob = asker.ask("BackupKey", name, status=200).json()
    asker.ask("RestoreKey", status=409, body=blob)
    asker.ask("RestoreKey", status=400, body={"value": "bm90IGEgYmxvYg"})
    asker.ask("DeleteKey", name, status=200)
    asker.settle()
    # By a version that has it: the name is taken until then.
    asker.emulator.call("DELETE", HOST,
                        f"/deletedkeys/{name}?api-version=7.5")
    asker.settle()
    assert asker.ask("RestoreKey", status=200, body=blob).json() == made


BODIES = {
    "CreateKey": {"kty": "EC"}, "ImportKey": {"key": {}},
    "UpdateKey": {"tags": {}}, "RestoreKey": {"value": "x"},
    "UpdateKeyRotationPolicy": {},
    **{use: {"alg": "RS256", "value": DIGEST, "digest": DIGEST}
       for use in ("encrypt", "decrypt", "wrapKey", "unwrapKey", "sign",
                   "verify")},
    "release": {"target": "x"},
}
BROKEN = (b"", b"{", b"[]", b'{"value":1}', b'{"attributes":7}',
          b'{"tags":{"a":1}}')


def refusals(asker):
    """Operation, and how to be refused it: status and what to send."""
    missing = asker.fresh("missing")
    unnamed = {"GetKeys", "GetDeletedKeys", "RestoreKey"}
    for operation_id in asker.description.operations:
        common = {"body": BODIES.get(operation_id), "name": missing,
                  "version": "0" * 32}
        yield operation_id, {**common, "status": 401, "anonymous": True}
        yield operation_id, {**common, "status": 403, "principal": READER}
        if operation_id not in unnamed:
            yield operation_id, {**common, "status": 400, "name": "a_b"}
        if operation_id not in unnamed | {"CreateKey", "ImportKey",
                                          "GetKeyVersions"}:
            yield operation_id, {**common, "status": 404}
        if operation_id in REFUSED:
            yield operation_id, {"name": "plain", "body": {},
                                 "status": 403 if operation_id == "release"
                                 else 400}
    for operation_id in "CreateKey", "ImportKey":
        for broken in BROKEN:
            yield operation_id, {"name": missing, "status": 400,
                                 "body": broken}
    for broken in BROKEN[:3] + BROKEN[4:]:
        yield "UpdateKey", {"name": "plain", "status": 400, "body": broken}
    for wrong in (
            {"kty": "oct"}, {"kty": "oct-HSM"}, {"kty": "OKP"}, {"kty": 1},
            {"kty": "ec"}, {"kty": "EC", "crv": "P-224"},
            {"kty": "RSA", "key_size": 1024}, {"kty": "RSA", "key_size": -1},
            {"kty": "RSA", "key_size": "2048"},
            {"kty": "RSA", "public_exponent": 4},
            {"kty": "EC", "key_ops": ["encrypt"]},
            {"kty": "EC", "key_ops": ["fly"]}, {"kty": "EC", "key_ops": "x"},
            {"kty": "EC", "attributes": {"nbf": "soon"}}):
        yield "CreateKey", {"name": missing, "status": 400, "body": wrong}
    jwk = private_jwk()
    other = private_jwk()
    for wrong in ({**jwk, "d": other["d"]}, {**jwk, "x": other["x"]},
                  {**jwk, "d": None}, {**jwk, "crv": "P-521"},
                  {**jwk, "kty": "RSA"}, {"kty": "oct", "k": "AAAA"}):
        yield "ImportKey", {"name": missing, "status": 400,
                            "body": {"key": wrong}}


def test_refusals(asker):
    asker.refused(refusals(asker))


def test_no_operation_was_left_out(asker):
    """Last in this file: what the tests above have asked for, together."""
    asker.all_asked(REFUSED)
