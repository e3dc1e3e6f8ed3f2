# SPDX-License-Identifier: MIT
"""Keys at work, each result checked by a library that has the public half.

What the service signs is verified here, what is encrypted here is decrypted by
the service, and the other way round.
"""

import datetime
import hashlib
import os

import pytest
from azure.core.exceptions import HttpResponseError
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import (CryptographyClient,
                                        EncryptionAlgorithm, KeyWrapAlgorithm,
                                        SignatureAlgorithm)
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from conftest import USES_ONLY, VAULT, credential
from test_keys import ec_jwk, rsa_jwk

CURVES = {"P-256": (ec.SECP256R1(), "ES256", 32),
          "P-384": (ec.SECP384R1(), "ES384", 48),
          "P-521": (ec.SECP521R1(), "ES512", 66),
          "P-256K": (ec.SECP256K1(), "ES256K", 32)}
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(),
          "512": hashes.SHA512(), "256K": hashes.SHA256()}
OAEP = {name: padding.OAEP(padding.MGF1(digest), digest, None)
        for name, digest in (("RSA-OAEP", hashes.SHA1()),
                             ("RSA-OAEP-256", hashes.SHA256()))}
PADDINGS = {"RSA1_5": padding.PKCS1v15(), **OAEP}
MESSAGE = b"what is to be signed"


@pytest.fixture(scope="module")
def keys():
    with KeyClient(VAULT, credential(), retry_total=0) as made:
        yield made


@pytest.fixture(scope="module")
def pair(keys):
    return keys.create_rsa_key("crypto-pair", size=2048)


def at_the_service(key):
    """A client that computes nothing itself: it may not get the key."""
    return CryptographyClient(key.id, credential(*USES_ONLY), retry_total=0)


def public_rsa(key):
    return rsa.RSAPublicNumbers(
        int.from_bytes(key.key.e, "big"),
        int.from_bytes(key.key.n, "big")).public_key()


def public_ec(key):
    return ec.EllipticCurvePublicNumbers(
        int.from_bytes(key.key.x, "big"), int.from_bytes(key.key.y, "big"),
        CURVES[key.key.crv][0]).public_key()


def digest_of(message, algorithm):
    digest = hashlib.new(HASHES[algorithm[2:]].name)
    digest.update(message)
    return digest.digest()


def padding_of(algorithm):
    digest = HASHES[algorithm[2:]]
    if algorithm.startswith("RS"):
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


@pytest.mark.parametrize("algorithm", [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_rsa_signatures(pair, algorithm):
    client = at_the_service(pair)
    digest = digest_of(MESSAGE, algorithm)
    signed = client.sign(SignatureAlgorithm(algorithm), digest)
    assert signed.key_id == pair.id
    public_rsa(pair).verify(signed.signature, MESSAGE, padding_of(algorithm),
                            HASHES[algorithm[2:]])
    with pytest.raises(InvalidSignature):
        public_rsa(pair).verify(signed.signature, MESSAGE + b"!",
                                padding_of(algorithm), HASHES[algorithm[2:]])
    verify = client.verify(SignatureAlgorithm(algorithm), digest,
                           signed.signature)
    assert verify.is_valid is True
    other = digest_of(b"other", algorithm)
    assert client.verify(SignatureAlgorithm(algorithm), other,
                         signed.signature).is_valid is False


@pytest.mark.parametrize("curve", CURVES)
def test_ec_signatures(keys, name, curve):
    _, algorithm, size = CURVES[curve]
    key = keys.create_ec_key(name, curve=curve)
    client = at_the_service(key)
    digest = digest_of(MESSAGE, algorithm)
    signature = client.sign(SignatureAlgorithm(algorithm), digest).signature
    assert len(signature) == 2 * size
    der = utils.encode_dss_signature(
        int.from_bytes(signature[:size], "big"),
        int.from_bytes(signature[size:], "big"))
    public_ec(key).verify(der, MESSAGE, ec.ECDSA(HASHES[algorithm[2:]]))
    assert client.verify(SignatureAlgorithm(algorithm), digest,
                         signature).is_valid is True
    assert client.verify(SignatureAlgorithm(algorithm), digest,
                         signature[::-1]).is_valid is False


def test_signatures_of_others(keys, name):
    """What somebody else signed with the key that was imported."""
    private = ec.generate_private_key(ec.SECP256R1())
    key = keys.import_key(name, ec_jwk(private))
    client = at_the_service(key)
    der = private.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    flat = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    digest = digest_of(MESSAGE, "ES256")
    assert client.verify(SignatureAlgorithm.es256, digest, flat).is_valid


@pytest.mark.parametrize("algorithm", PADDINGS)
def test_encryption(pair, algorithm):
    client = at_the_service(pair)
    here = public_rsa(pair).encrypt(b"from here", PADDINGS[algorithm])
    name = EncryptionAlgorithm(algorithm)
    assert client.decrypt(name, here).plaintext == b"from here"
    there = client.encrypt(name, b"from there")
    assert there.ciphertext != b"from there"
    assert client.decrypt(name, there.ciphertext).plaintext == b"from there"


@pytest.mark.parametrize("algorithm", PADDINGS)
def test_wrapping(pair, algorithm):
    client = at_the_service(pair)
    secret = os.urandom(32)
    here = public_rsa(pair).encrypt(secret, PADDINGS[algorithm])
    name = KeyWrapAlgorithm(algorithm)
    assert client.unwrap_key(name, here).key == secret
    wrapped = client.wrap_key(name, secret)
    assert wrapped.key_id == pair.id
    assert client.unwrap_key(name, wrapped.encrypted_key).key == secret


def test_encrypted_at_the_service_decrypted_here(keys, name):
    private = rsa.generate_private_key(65537, 2048)
    jwk = rsa_jwk(private)
    key = keys.import_key(name, jwk)
    client = at_the_service(key)
    for algorithm, how in PADDINGS.items():
        sealed = client.encrypt(EncryptionAlgorithm(algorithm), b"to here")
        assert private.decrypt(sealed.ciphertext, how) == b"to here"


def test_what_the_client_does_itself(pair):
    """With the public part, as it is out of the box."""
    with CryptographyClient(pair.id, credential()) as client:
        sealed = client.encrypt(EncryptionAlgorithm.rsa_oaep_256, b"local")
        assert client.decrypt(EncryptionAlgorithm.rsa_oaep_256,
                              sealed.ciphertext).plaintext == b"local"


def refusal(act):
    with pytest.raises(HttpResponseError) as refused:
        act()
    error = refused.value.error
    return (refused.value.status_code, error.code,
            (error.innererror or {}).get("code"))


def test_refused(keys, name):
    digest = digest_of(MESSAGE, "ES256")
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)

    def sign(**options):
        key = keys.create_ec_key(name, **options)
        client = at_the_service(key)
        return lambda: client.sign(SignatureAlgorithm.es256, digest)

    assert refusal(sign(enabled=False)) == (403, "Forbidden", "KeyDisabled")
    assert refusal(sign(key_operations=["verify"])) == (
        403, "Forbidden", "KeyOperationForbidden")
    assert refusal(sign(expires_on=now - day)) == (
        403, "Forbidden", "KeyExpired")
    assert refusal(sign(not_before=now + day)) == (
        403, "Forbidden", "KeyNotYetValid")
    assert refusal(sign(curve="P-384")) == (400, "BadParameter", None)
    assert sign(expires_on=now + day)().signature


def test_an_expired_key_still_opens(keys, name):
    key = keys.create_rsa_key(name)
    client = at_the_service(key)
    algorithm = EncryptionAlgorithm.rsa_oaep
    sealed = client.encrypt(algorithm, b"kept").ciphertext
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    keys.update_key_properties(name, expires_on=past)
    assert client.decrypt(algorithm, sealed).plaintext == b"kept"
    assert refusal(lambda: client.encrypt(algorithm, b"new"))[2] == (
        "KeyExpired")
    assert refusal(lambda: client.decrypt(algorithm, sealed[::-1])) == (
        400, "BadParameter", None)
