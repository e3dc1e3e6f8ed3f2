# SPDX-License-Identifier: MIT
"""What a program does with certificates: make, merge, import, renew, delete.

Each certificate is compared with the key and the secret that belong to it.
"""

import base64
import datetime
import time

import pytest
from azure.core.exceptions import (HttpResponseError, ResourceExistsError,
                                   ResourceNotFoundError)
from azure.keyvault.certificates import (
    AdministratorContact, CertificateClient, CertificateContact,
    CertificateContentType, CertificatePolicy)
from azure.keyvault.keys import KeyClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat,
    load_pem_private_key, pkcs12)
from cryptography.x509.oid import ExtensionOID, NameOID

from conftest import VAULT, credential

CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1,
          "P-256K": ec.SECP256K1}


@pytest.fixture(scope="module")
def certificates():
    with CertificateClient(VAULT, credential(), retry_total=0) as made:
        yield made


def policy(issuer="Self", **options):
    chosen = {"subject": "CN=made, O=akvfs", "key_type": "EC",
              "key_curve_name": "P-256", "san_dns_names": ["a.example"],
              "validity_in_months": 6, **options}
    return CertificatePolicy(issuer, **chosen)


def create(certificates, name, *policies, **options):
    return certificates.begin_create_certificate(
        name, policies[0] if policies else policy(),
        _polling_interval=0.2, **options).result()


def secret_parts(client, name):
    """The key, the leaf and the other certificates in a secret."""
    secret = client.get_secret(name)
    if secret.properties.content_type == "application/x-pkcs12":
        return pkcs12.load_key_and_certificates(
            base64.b64decode(secret.value), None)
    pem = secret.value.encode()
    leaf, *others = x509.load_pem_x509_certificates(pem)
    return load_pem_private_key(pem, None), leaf, others


def assert_family(certificates, client, name):
    """Certificate, key and secret are one. Returns the certificate."""
    read = certificates.get_certificate(name)
    leaf = x509.load_der_x509_certificate(bytes(read.cer))
    key, stored, _ = secret_parts(client, name)
    assert stored == leaf
    assert key.public_key() == leaf.public_key()
    assert bytes(read.properties.x509_thumbprint) == leaf.fingerprint(
        hashes.SHA1())
    with KeyClient(VAULT, credential(), retry_total=0) as keys:
        bundle = keys.get_key(name)
    assert bundle.properties.managed is True
    assert bundle.id == read.key_id
    assert bundle.properties.version == read.properties.version
    jwk = bundle.key
    numbers = leaf.public_key().public_numbers()
    if jwk.kty == "RSA":
        assert int.from_bytes(jwk.n, "big") == numbers.n
    else:
        assert int.from_bytes(jwk.x, "big") == numbers.x
    assert client.get_secret(name).id == read.secret_id
    return leaf


def sign(subject_key, name, issuer=None, issuer_key=None, is_ca=False):
    now = datetime.datetime.now(datetime.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return x509.CertificateBuilder(
        issuer or subject, subject, subject_key, x509.random_serial_number(),
        now, now + datetime.timedelta(days=40)).add_extension(
            x509.BasicConstraints(is_ca, None), True).sign(
                issuer_key, hashes.SHA256())


@pytest.mark.parametrize("form", list(CertificateContentType))
def test_self_signed(certificates, client, name, form):
    made = create(certificates, name, policy(
        content_type=form),
        tags={"owner": "ops"})
    assert made.id == f"{VAULT}/certificates/{name}/{made.properties.version}"
    assert made.properties.tags == {"owner": "ops"}
    leaf = assert_family(certificates, client, name)
    leaf.verify_directly_issued_by(leaf)
    assert leaf.subject.rfc4514_string() == "CN=made,O=akvfs"
    names = leaf.extensions.get_extension_for_oid(
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example"]
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature
    assert made.properties.expires_on == leaf.not_valid_after_utc
    assert made.properties.not_before == leaf.not_valid_before_utc
    assert certificates.get_certificate_operation(name).status == "completed"


@pytest.mark.parametrize("curve", CURVES)
def test_curves(certificates, client, name, curve):
    create(certificates, name, policy(key_curve_name=curve))
    leaf = assert_family(certificates, client, name)
    assert isinstance(leaf.public_key().curve, CURVES[curve])


def test_rsa_and_reuse_of_the_key(certificates, client, name):
    kept = policy(key_type="RSA", key_size=2048, reuse_key=True,
                  key_curve_name=None)
    create(certificates, name, kept)
    first = assert_family(certificates, client, name)
    assert first.public_key().key_size == 2048
    create(certificates, name, kept)
    second = assert_family(certificates, client, name)
    assert second.public_key() == first.public_key()
    assert second.serial_number != first.serial_number


def test_a_key_that_may_not_be_exported(certificates, client, name):
    create(certificates, name, policy(
        exportable=False, content_type=CertificateContentType.pem))
    value = client.get_secret(name).value
    assert "PRIVATE KEY" not in value
    assert x509.load_pem_x509_certificate(value.encode()).public_bytes(
        Encoding.DER) == bytes(certificates.get_certificate(name).cer)


def test_request_and_merge(certificates, client, name):
    certificates.begin_create_certificate(name, policy("Unknown")).wait()
    operation = certificates.get_certificate_operation(name)
    assert operation.status == "inProgress"
    request = x509.load_der_x509_csr(bytes(operation.csr))
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=made,O=akvfs"
    authority_key = rsa.generate_private_key(65537, 2048)
    authority = sign(authority_key.public_key(), "authority", None,
                     authority_key, True)
    leaf = sign(request.public_key(), "merged", authority.subject,
                authority_key)
    with pytest.raises(HttpResponseError) as refused:
        certificates.merge_certificate(
            name, [authority.public_bytes(Encoding.DER)])
    assert refused.value.status_code == 400
    certificates.merge_certificate(name, [
        base64.b64encode(each.public_bytes(Encoding.DER))
        for each in (leaf, authority)])
    assert assert_family(certificates, client, name) == leaf
    assert secret_parts(client, name)[2][0] == authority
    assert certificates.get_certificate_operation(name).status == "completed"


def chain():
    root_key, key = (ec.generate_private_key(ec.SECP384R1())
                     for _ in range(2))
    root = sign(root_key.public_key(), "root", None, root_key, True)
    leaf = sign(key.public_key(), "imported", root.subject, root_key)
    return key, leaf, root


@pytest.mark.parametrize("password", [None, "correct horse"])
def test_import_of_pfx(certificates, client, name, password):
    key, leaf, root = chain()
    lock = (BestAvailableEncryption(password.encode()) if password
            else NoEncryption())
    pfx = pkcs12.serialize_key_and_certificates(b"x", key, leaf, [root], lock)
    made = certificates.import_certificate(name, pfx, password=password)
    assert assert_family(certificates, client, name) == leaf
    assert secret_parts(client, name)[2][0] == root
    assert made.policy.issuer_name == "Unknown"
    assert made.policy.key_curve_name == "P-384"
    if password:
        with pytest.raises(HttpResponseError) as refused:
            certificates.import_certificate(name, pfx, password="wrong")
        assert refused.value.status_code == 400


def test_import_of_pem(certificates, client, name):
    key, leaf, root = chain()
    pem = (key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
           + root.public_bytes(Encoding.PEM) + leaf.public_bytes(Encoding.PEM))
    certificates.import_certificate(name, pem, policy=CertificatePolicy(
        "Unknown", subject="CN=x", content_type=CertificateContentType.pem))
    assert assert_family(certificates, client, name) == leaf


def test_versions_update_and_policy(certificates, client, name):
    versions = {create(certificates, name).properties.version
                for _ in range(3)}
    listed = list(
        certificates.list_properties_of_certificate_versions(name))
    assert {each.version for each in listed} == versions
    assert name in {each.name for each
                    in certificates.list_properties_of_certificates()}
    changed = certificates.update_certificate_properties(
        name, enabled=False, tags={"a": "b"})
    assert changed.properties.enabled is False
    with pytest.raises(HttpResponseError) as refused:
        client.get_secret(name)
    assert refused.value.status_code == 403
    certificates.update_certificate_properties(name, enabled=True)
    assert_family(certificates, client, name)
    renewed = certificates.update_certificate_policy(
        name, policy(validity_in_months=24))
    assert renewed.validity_in_months == 24
    assert certificates.get_certificate_policy(name).subject == (
        "CN=made, O=akvfs")


def test_what_belongs_to_a_certificate_is_left_alone(certificates, client,
                                                     name):
    create(certificates, name)
    with pytest.raises(HttpResponseError) as refused:
        client.begin_delete_secret(name)
    assert refused.value.status_code == 403
    with pytest.raises(HttpResponseError) as refused:
        client.set_secret(name, "x")
    assert refused.value.status_code == 403


def test_delete_recover_purge_restore(certificates, client, name):
    create(certificates, name)
    leaf = assert_family(certificates, client, name)
    backup = certificates.backup_certificate(name)
    with pytest.raises(ResourceExistsError):
        certificates.restore_certificate_backup(backup)
    certificates.begin_delete_certificate(name).wait()
    for get in certificates.get_certificate, client.get_secret:
        with pytest.raises(ResourceNotFoundError):
            get(name)
    assert name in {each.name for each
                    in certificates.list_deleted_certificates()}
    certificates.begin_recover_deleted_certificate(name).wait()
    assert assert_family(certificates, client, name) == leaf
    certificates.begin_delete_certificate(name).wait()
    certificates.purge_deleted_certificate(name)
    for _ in range(100):
        try:
            restored = certificates.restore_certificate_backup(backup)
            break
        except ResourceExistsError:
            time.sleep(0.1)  # the purge takes a while
    assert restored.properties.tags in (None, {})
    assert assert_family(certificates, client, name) == leaf


def test_cancelling(certificates, name):
    certificates.begin_create_certificate(name, policy("Unknown")).wait()
    asked = certificates.cancel_certificate_operation(name)
    assert asked.cancellation_requested is True
    certificates.delete_certificate_operation(name)
    with pytest.raises(ResourceNotFoundError):
        certificates.get_certificate_operation(name)


def test_issuers(certificates, client, name):
    certificates.create_issuer(name, "Test", account_id="who",
                               password="never answered", admin_contacts=[
                                   AdministratorContact("A", "B", "a@b.c")])
    read = certificates.get_issuer(name)
    assert (read.provider, read.account_id) == ("Test", "who")
    assert read.admin_contacts[0].email == "a@b.c"
    assert name in {each.name for each
                    in certificates.list_properties_of_issuers()}
    assert certificates.update_issuer(name, enabled=False).enabled is False
    create(certificates, name, policy(name))
    leaf = assert_family(certificates, client, name)
    authority = secret_parts(client, name)[2][0]
    leaf.verify_directly_issued_by(authority)
    certificates.delete_issuer(name)
    with pytest.raises(ResourceNotFoundError):
        certificates.get_issuer(name)


def test_contacts(certificates):
    with pytest.raises(ResourceNotFoundError):
        certificates.get_contacts()
    certificates.set_contacts([CertificateContact("a@b.c", "A", "1")])
    assert certificates.get_contacts()[0].email == "a@b.c"
    assert certificates.delete_contacts()[0].phone == "1"
