# SPDX-License-Identifier: MIT
"""Microsoft's client of keys, with keys of a managed HSM."""

import uuid

import pytest
from azure.core.exceptions import (ClientAuthenticationError,
                                   HttpResponseError, ResourceNotFoundError)
from azure.keyvault.keys import JsonWebKey, KeyClient, KeyType
from azure.keyvault.keys.crypto import (CryptographyClient,
                                        EncryptionAlgorithm,
                                        SignatureAlgorithm)
from azure.keyvault.secrets import SecretClient
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conftest import VAULT, credential

POOL = "https://pool.managedhsm.azure.net"


@pytest.fixture(scope="module")
def keys():
    with KeyClient(POOL, credential(), retry_total=0) as made:
        yield made


def fresh(stem):
    return f"{stem}-{uuid.uuid4().hex[:8]}"


def test_what_is_seeded(keys):
    key = keys.get_key("seeded-key")
    assert key.id.startswith(POOL + "/keys/seeded-key/")
    assert key.key_type == KeyType.ec_hsm
    assert key.properties.tags == {"made-by": "seed"}
    assert "seeded-key" in {item.name for item in
                            keys.list_properties_of_keys()}


def test_all_keys_are_of_the_hsm(keys):
    for make, kty in ((keys.create_rsa_key, KeyType.rsa_hsm),
                      (keys.create_ec_key, KeyType.ec_hsm),
                      (keys.create_oct_key, KeyType.oct_hsm)):
        name = fresh("made")
        assert make(name).key_type == kty
        assert keys.get_key(name).key_type == kty
        poller = keys.begin_delete_key(name)
        poller.wait()  # result() alone does not
        deleted = poller.result()
        assert deleted.recovery_id == f"{POOL}/deletedkeys/{name}"
        keys.purge_deleted_key(name)


def test_symmetric_encryption(keys):
    key = keys.create_oct_key(fresh("oct"), size=256)
    assert key.key.k is None
    client = CryptographyClient(key, credential(), retry_total=0)
    sealed = client.encrypt(EncryptionAlgorithm.a256_gcm, b"plain",
                            additional_authenticated_data=b"more")
    assert client.decrypt(
        EncryptionAlgorithm.a256_gcm, sealed.ciphertext, iv=sealed.iv,
        authentication_tag=sealed.tag,
        additional_authenticated_data=b"more").plaintext == b"plain"
    with pytest.raises(HttpResponseError):
        client.decrypt(EncryptionAlgorithm.a256_gcm, sealed.ciphertext,
                       iv=sealed.iv, authentication_tag=sealed.tag,
                       additional_authenticated_data=b"less")


def test_an_imported_symmetric_key(keys):
    """What it encrypts, OpenSSL decrypts."""
    octets = uuid.uuid4().bytes + uuid.uuid4().bytes
    key = keys.import_key(fresh("import"), JsonWebKey(
        kty="oct-HSM", k=octets, key_ops=["encrypt", "decrypt"]))
    sealed = CryptographyClient(key, credential()).encrypt(
        EncryptionAlgorithm.a256_gcm, b"plain")
    assert AESGCM(octets).decrypt(
        sealed.iv, sealed.ciphertext + sealed.tag, None) == b"plain"


def test_signature(keys):
    key = keys.create_ec_key(fresh("sign"))
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"text")
    signed = CryptographyClient(key, credential()).sign(
        SignatureAlgorithm.es256, digest.finalize())
    public = ec.EllipticCurvePublicNumbers(
        int.from_bytes(key.key.x, "big"), int.from_bytes(key.key.y, "big"),
        ec.SECP256R1()).public_key()
    half = len(signed.signature) // 2
    public.verify(utils.encode_dss_signature(
        int.from_bytes(signed.signature[:half], "big"),
        int.from_bytes(signed.signature[half:], "big")), b"text",
        ec.ECDSA(hashes.SHA256()))


def test_it_holds_keys_only():
    with SecretClient(POOL, credential(), retry_total=0) as secrets:
        with pytest.raises(ResourceNotFoundError):
            secrets.get_secret("seeded-key")


def test_its_audience_is_its_own():
    """A token for a vault does not open it, nor the other way round."""
    class Fixed:
        def __init__(self, resource):
            self.resource = resource

        def get_token(self, *_scopes, **_more):
            return credential().get_token(self.resource + "/.default")

    for url, resource in ((POOL, "https://vault.azure.net"),
                          (VAULT, "https://managedhsm.azure.net")):
        with KeyClient(url, Fixed(resource), retry_total=0) as other:
            with pytest.raises((ClientAuthenticationError,
                                HttpResponseError)) as refused:
                other.get_key("seeded-key")
            assert refused.value.status_code == 401


def test_a_vault_has_no_symmetric_keys():
    with KeyClient(VAULT, credential(), retry_total=0) as keys:
        with pytest.raises(HttpResponseError) as refused:
            keys.create_oct_key(fresh("no"), hardware_protected=True)
        assert refused.value.status_code == 400
