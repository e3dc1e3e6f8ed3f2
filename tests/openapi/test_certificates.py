# SPDX-License-Identifier: MIT
"""Every answer about certificates is one that its api-version describes.

Each api-version is asked for every operation it describes, once so that it
succeeds and in all the ways in which it is refused.
"""

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12)
from cryptography.x509.oid import NameOID

import schema
from asker import HOST, READER

KEY_PROPS = {"kty": "EC", "crv": "P-256"}
POLICY = {"key_props": KEY_PROPS, "issuer": {"name": "Self"},
          "x509_props": {"subject": "CN=made, O=akvfs",
                         "sans": {"dns_names": ["made.example"]},
                         "validity_months": 6}}
COLLECTION = "certificates"
SEED = {"vaults": {"schema": {
    "certificates": {"plain": {"policy": POLICY}},
    "secrets": {"taken": "x"},
    "principals": {READER[0]: {
        "secret": READER[1], "permissions": {"certificates": []}}}}}}


def certificate(key, name, issuer=None, issuer_key=None):
    """One for the public @key, signed by another or by itself."""
    now = datetime.datetime.now(datetime.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public = key.public_key() if hasattr(key, "public_key") else key
    return x509.CertificateBuilder(
        issuer or subject, subject, public, x509.random_serial_number(),
        now, now + datetime.timedelta(days=40)).sign(
            issuer_key or key, hashes.SHA256())


def encode(made):
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def version_of(document):
    return document["id"].rsplit("/", 1)[1]


def made_of(document):
    return x509.load_der_x509_certificate(base64.b64decode(document["cer"]))


def test_create(asker):
    name = asker.fresh("create")
    answer = asker.ask("CreateCertificate", name, status=202, body={
        "policy": POLICY, "tags": {"a": "1"}})
    begun = answer.json()
    assert begun["status"] == "inProgress"
    assert answer.headers["Location"] == (
        f"https://{HOST}/certificates/{name}/pending?api-version="
        f"{asker.api_version}&request_id={begun['request_id']}")
    assert answer.headers["Retry-After"] == "10"
    asker.ask("CreateCertificate", name, status=409, body={"policy": POLICY})
    waiting = asker.emulator.call(
        "GET", HOST, f"/certificates/{name}?api-version={asker.api_version}"
    ).json()
    assert "cer" not in waiting and not waiting["attributes"]["enabled"]
    asker.settle()
    ended = asker.ask("GetCertificateOperation", name, status=200).json()
    assert ended["status"] == "completed"
    assert ended["target"] == f"https://{HOST}/certificates/{name}"
    read = asker.ask("GetCertificate", name, "", status=200).json()
    made = made_of(read)
    request = x509.load_der_x509_csr(base64.b64decode(begun["csr"]))
    assert made.public_key() == request.public_key()
    assert made.subject == request.subject
    assert read["tags"] == {"a": "1"}
    assert version_of(read) != version_of(waiting)
    versioned = asker.ask("GetCertificate", name, version_of(read),
                          status=200).json()
    assert "policy" not in versioned and versioned["cer"] == read["cer"]
    asker.ask("DeleteCertificateOperation", name, status=200)
    asker.ask("GetCertificateOperation", name, status=404)


def test_cancel(asker):
    name = asker.fresh("cancel")
    asker.ask("CreateCertificate", name, status=202, body={"policy": POLICY})
    asked = asker.ask("UpdateCertificateOperation", name, status=200,
                      body={"cancellation_requested": True}).json()
    assert asked["cancellation_requested"] is True
    assert asked["status"] == "inProgress"
    asker.settle()
    ended = asker.ask("GetCertificateOperation", name, status=200).json()
    assert ended["status"] == "cancelled"
    asker.ask("CreateCertificate", name, status=202, body={"policy": POLICY})
    asker.settle()
    asker.ask("GetCertificate", name, "", status=200)


def test_merge(asker):
    name = asker.fresh("merge")
    begun = asker.ask("CreateCertificate", name, status=202, body={
        "policy": {**POLICY, "issuer": {"name": "Unknown"}}})
    assert "Retry-After" not in begun.headers
    asker.settle()
    request = x509.load_der_x509_csr(base64.b64decode(begun.json()["csr"]))
    assert request.is_signature_valid
    authority_key = ec.generate_private_key(ec.SECP384R1())
    authority = certificate(authority_key, "authority")
    leaf = certificate(request.public_key(), "merged", authority.subject,
                       authority_key)
    for wrong in ([], ["AAAA"], [1], "x", [encode(authority)]):
        asker.ask("MergeCertificate", name, status=400, body={"x5c": wrong})
    merged = asker.ask("MergeCertificate", name, status=201, body={
        "x5c": [encode(leaf), encode(authority)], "tags": {"m": "1"}})
    assert made_of(merged.json()) == leaf
    assert merged.json()["tags"] == {"m": "1"}
    asker.ask("MergeCertificate", name, status=403,
              body={"x5c": [encode(leaf)]})


def test_import(asker):
    name = asker.fresh("import")
    key = ec.generate_private_key(ec.SECP384R1())
    leaf = certificate(key, "imported")
    pfx = pkcs12.serialize_key_and_certificates(
        b"x", key, leaf, None, BestAvailableEncryption(b"pass"))
    value = base64.b64encode(pfx).decode()
    asker.ask("ImportCertificate", name, status=400, body={"value": value})
    read = asker.ask("ImportCertificate", name, status=200, body={
        "value": value, "pwd": "pass"}).json()
    assert made_of(read) == leaf
    assert read["policy"]["issuer"] == {"name": "Unknown"}
    assert read["policy"]["key_props"]["crv"] == "P-384"
    pem = (key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
           + leaf.public_bytes(Encoding.PEM)).decode()
    asker.ask("ImportCertificate", name, status=400, body={"value": pem})
    again = asker.ask("ImportCertificate", name, status=200, body={
        "value": pem, "policy": {
            "secret_props": {"contentType": "application/x-pem-file"}}}).json()
    assert version_of(again) != version_of(read)
    secret = asker.emulator.call(
        "GET", HOST, f"/secrets/{name}?api-version=7.5").json()
    assert secret["value"] == pem
    assert secret["managed"] is True
    assert secret["contentType"] == "application/x-pem-file"
    assert secret["kid"] == again["kid"]


def test_update_and_policy(asker):
    name = asker.fresh("update")
    asker.emulator.seed({"vaults": {"schema": {"certificates": {
        name: {"policy": POLICY}}}}})
    changed = asker.ask("UpdateCertificate", name, "", status=200, body={
        "attributes": {"enabled": False}, "tags": {"t": "1"}}).json()
    assert changed["attributes"]["enabled"] is False
    secret = asker.emulator.call(
        "GET", HOST, f"/secrets/{name}?api-version=7.5")
    assert secret.inner_code == "SecretDisabled"
    policy = asker.ask("GetCertificatePolicy", name, status=200).json()
    assert policy["x509_props"]["validity_months"] == 6
    policy = asker.ask("UpdateCertificatePolicy", name, status=200, body={
        "x509_props": {"validity_months": 3}}).json()
    assert policy["x509_props"]["validity_months"] == 3
    assert policy["x509_props"]["subject"] == "CN=made, O=akvfs"
    asker.ask("UpdateCertificatePolicy", name, status=400, body={
        "x509_props": {"subject": "no name"}})


def test_lists(asker):
    name = asker.fresh("list")
    for _ in range(5):
        asker.emulator.seed({"vaults": {"schema": {"certificates": {
            name: {"policy": POLICY}}}}})
    versions = asker.pages("GetCertificateVersions", name)
    assert len({version_of(item) for item in versions}) == 5
    assert all("x5t" in item for item in versions)
    listed = [version_of(item) for item in asker.pages("GetCertificates")]
    assert {"plain", name} <= set(listed)
    assert len(listed) == len(set(listed))
    waiting = asker.fresh("waiting")
    asker.ask("CreateCertificate", waiting, status=202, body={
        "policy": {**POLICY, "issuer": {"name": "Unknown"}}})
    assert waiting not in {version_of(item)
                           for item in asker.pages("GetCertificates")}
    answer = asker.ask("GetCertificates", status=200,
                       query="&includePending=true")
    shown = [item for item in answer.json()["value"] if "x5t" not in item]
    assert all(item["attributes"]["enabled"] is False for item in shown)


def test_soft_delete_and_backup(asker):
    if not asker.has("GetDeletedCertificates"):
        asker.ask("DeleteCertificate", asker.fresh("update"), status=200)
        return
    name = asker.fresh("soft")
    asker.emulator.seed({"vaults": {"schema": {"certificates": {
        name: {"policy": POLICY}}}}})
    blob = None
    if asker.has("BackupCertificate"):
        blob = asker.ask("BackupCertificate", name, status=200).json()
        asker.ask("RestoreCertificate", status=409, body=blob)
    asker.ask("DeleteCertificate", name, status=200)
    asker.ask("PurgeDeletedCertificate", name, status=409)
    asker.ask("GetDeletedCertificate", name, status=404)
    asker.settle()
    asker.ask("GetDeletedCertificate", name, status=200)
    asker.ask("CreateCertificate", name, status=409, body={"policy": POLICY})
    assert name in {version_of(item)
                    for item in asker.pages("GetDeletedCertificates")}
    asker.ask("RecoverDeletedCertificate", name, status=200)
    asker.settle()
    before = asker.ask("GetCertificate", name, "", status=200).json()
    asker.ask("DeleteCertificate", name, status=200)
    asker.settle()
    asker.ask("GetDeletedCertificate", name, status=200)
    asker.ask("PurgeDeletedCertificate", name, status=204)
    asker.settle()
    asker.ask("GetDeletedCertificate", name, status=404)
    if blob:
        restored = asker.ask("RestoreCertificate", status=200,
                             body=blob).json()
        assert restored["cer"] == before["cer"]
        for plural in "keys", "secrets":
            assert asker.emulator.call(
                "GET", HOST, f"/{plural}/{name}?api-version=7.5").status == 200


def test_issuers_and_contacts(asker):
    name = asker.fresh("issuer")
    full = {"provider": "Test", "credentials": {"account_id": "a",
                                                "pwd": "never answered"},
            "org_details": {"admin_details": [{
                "first_name": "A", "last_name": "B", "email": "a@b.example",
                "phone": "1"}]}}
    made = asker.ask("SetCertificateIssuer", name, status=200, body=full)
    assert b"never answered" not in made.body
    changed = asker.ask("UpdateCertificateIssuer", name, status=200, body={
        "provider": "Test", "attributes": {"enabled": False}}).json()
    assert changed["credentials"] == {"account_id": "a"}
    for broken in BROKEN + [b'{"provider":1}', b'{"credentials":[]}']:
        for operation_id in "SetCertificateIssuer", "UpdateCertificateIssuer":
            asker.ask(operation_id, name, status=400, body=broken)
    asker.ask("GetCertificateIssuer", name, status=200)
    assert name in {version_of(item)
                    for item in asker.pages("GetCertificateIssuers")}
    # In the order of their names, in whichever they were made.
    several = [f"{name}-{letter}" for letter in "abcd"]
    for each in several[::3] + several[1:3]:
        asker.ask("SetCertificateIssuer", each, status=200, body=full)
    assert [item for item in map(version_of,
                                 asker.pages("GetCertificateIssuers"))
            if item in several] == several
    issued = asker.fresh("issued")
    asker.ask("CreateCertificate", issued, status=202, body={
        "policy": {**POLICY, "issuer": {"name": name}}})
    asker.settle()
    made = made_of(asker.ask("GetCertificate", issued, "", status=200).json())
    authority = x509.load_pem_x509_certificate(
        asker.emulator.ca_file.read_bytes())
    made.verify_directly_issued_by(authority)
    asker.ask("DeleteCertificateIssuer", name, status=200)
    asker.ask("GetCertificateIssuer", name, status=404)
    asker.ask("GetCertificateContacts", status=404)
    asker.ask("SetCertificateContacts", status=200, body={
        "contacts": [{"email": "a@b.example", "name": "A", "phone": "1"}]})
    asker.ask("GetCertificateContacts", status=200)
    asker.ask("DeleteCertificateContacts", status=200)
    asker.ask("DeleteCertificateContacts", status=404)


UNNAMED = {"GetCertificates", "GetDeletedCertificates", "RestoreCertificate",
           "GetCertificateIssuers", "SetCertificateContacts",
           "GetCertificateContacts", "DeleteCertificateContacts"}
MAKING = {"CreateCertificate", "ImportCertificate", "SetCertificateIssuer",
          "GetCertificateVersions"}
BODIES = {
    "CreateCertificate": {"policy": POLICY}, "UpdateCertificate": {},
    "ImportCertificate": {"value": "x"}, "MergeCertificate": {"x5c": []},
    "UpdateCertificatePolicy": {}, "RestoreCertificate": {"value": "x"},
    "UpdateCertificateOperation": {"cancellation_requested": True},
    "SetCertificateIssuer": {"provider": "x"}, "UpdateCertificateIssuer": {},
    "SetCertificateContacts": {"contacts": []},
}
BROKEN = [b"", b"{", b"[]"]


def refusals(asker):
    """Operation, and how to be refused it: status and what to send."""
    missing = asker.fresh("missing")
    for operation_id in asker.description.operations:
        common = {"body": BODIES.get(operation_id), "name": missing,
                  "version": "0" * 32}
        yield operation_id, {**common, "status": 401, "anonymous": True}
        yield operation_id, {**common, "status": 403, "principal": READER}
        if operation_id not in UNNAMED:
            yield operation_id, {**common, "status": 400, "name": "a_b"}
        if operation_id not in UNNAMED | MAKING:
            yield operation_id, {**common, "status": 404}
        if operation_id in BODIES and "Issuer" not in operation_id:
            for broken in BROKEN:
                yield operation_id, {**common, "status": 400, "body": broken,
                                     "name": "plain", "version": ""}
    for policy in (None, {}, [], {**POLICY, "key_props": {"kty": "oct"}},
                   {**POLICY, "key_props": {"key_size": 1024}},
                   {**POLICY, "issuer": {"name": "nobody"}},
                   {**POLICY, "secret_props": {"contentType": "x"}}):
        yield "CreateCertificate", {"name": missing, "status": 400,
                                    "body": {"policy": policy}}
    yield "CreateCertificate", {"name": "taken", "status": 409,
                                "body": {"policy": POLICY}}
    yield "SetCertificateContacts", {"status": 400, "body": {
        "contacts": [{"name": "no address"}]}}
    yield "SetCertificateIssuer", {"name": missing, "status": 400, "body": {}}


def test_refusals(asker):
    asker.refused(refusals(asker))


def test_no_operation_was_left_out(asker):
    """Last in this file: what the tests above have asked for, together."""
    asker.all_asked()
