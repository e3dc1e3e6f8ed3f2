# SPDX-License-Identifier: MIT
"""Each application's way to sign in, and each way it is refused.

What is sent is compared with the description of the platform's flows, field by
field; assertions are verified by PyJWT. See sign_in.py.
"""

import base64
import datetime
import hashlib
import re
import time

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from sign_in import (APP, LOGIN, OTHER, RESOURCE, SECRET, UUID, VALUE,
                     token_request)

PASSWORD = "pass phrase+of/the file&"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def as_application(place, **more):
    place.env.update(AZURE_TENANT_ID=place.tenant, AZURE_CLIENT_ID=APP)
    place.env.update(more)
    for name in ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD"):
        if place.env.get(name):
            place.secret[name] = place.env[name]


def check_reads(place, mount, principal=APP):
    assert mount.read("a") == VALUE.encode()
    place.check_readers(principal)


# The client secret

@pytest.mark.parametrize("options, v1", [
    ("", False), ("auth=secret", False), ("token_v1=on", True)])
def test_secret(place, options, v1):
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    check_reads(place, place.mount(options))
    place.check_wire(token_request(
        place.tenant, {"client_secret": SECRET}, v1=v1))
    # As it goes over the wire, where forms have more than one spelling.
    body = place.requests()[0].body
    assert ("resource=https%3A%2F%2Fvault.azure.net" if v1 else
            "scope=https%3A%2F%2Fvault.azure.net%2F.default") in re.split(
                "&", body)
    assert "+" not in body


def test_secret_in_the_tenant_of_the_vault(place):
    as_application(place, AZURE_CLIENT_SECRET=SECRET, AZURE_TENANT_ID=None)
    check_reads(place, place.mount())
    place.check_wire(token_request(place.tenant, {"client_secret": SECRET}))


# The certificate

def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def make_certificate(name, issuer=None):
    """A key and its certificate, by itself or by such an issuer."""
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.datetime.now(datetime.timezone.utc)
    return key, (
        x509.CertificateBuilder().subject_name(named(name))
        .issuer_name(issuer[1].subject if issuer else named(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.BasicConstraints(issuer is None, None), True)
        .sign(issuer[0] if issuer else key, hashes.SHA256()))


@pytest.fixture(scope="module")
def chain():
    """An application's key and certificate, and the one that signed it."""
    authority = make_certificate("authority")
    key, certificate = make_certificate("app", authority)
    return key, certificate, authority[1]


def pem(*certificates):
    return b"".join(one.public_bytes(serialization.Encoding.PEM)
                    for one in certificates)


def protection(password):
    return (serialization.BestAvailableEncryption(password.encode())
            if password else serialization.NoEncryption())


def pem_file(chain, password):
    key, certificate, authority = chain
    # The signing certificate is the key's, and not the first.
    return pem(authority, certificate) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        protection(password))


def pfx_file(chain, password):
    key, certificate, authority = chain
    return pkcs12.serialize_key_and_certificates(
        b"app", key, certificate, [authority], protection(password))


def with_certificate(place, chain, make=pem_file, password=None):
    place.seed(**{APP: {"certificates": [pem(chain[1]).decode()]}})
    as_application(
        place, AZURE_CLIENT_CERTIFICATE_PATH=place.write(
            "application", make(chain, password)),
        AZURE_CLIENT_CERTIFICATE_PASSWORD=password)
    der = chain[0].private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption())
    # Behind what all such keys begin with.
    place.secret["key"] = base64.b64encode(der[48:]).decode()


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def check_assertion(chain, tenant, algorithm="PS256", send_chain=False):
    """What verifies one assertion, by a library that is not ours."""
    key, certificate, authority = chain
    der = certificate.public_bytes(serialization.Encoding.DER)

    def check(assertion):
        header = jwt.get_unverified_header(assertion)
        expected = {"alg": algorithm, "typ": "JWT",
                    "x5t#S256": base64url(hashlib.sha256(der).digest())}
        if send_chain:
            expected["x5c"] = [
                base64.b64encode(one.public_bytes(
                    serialization.Encoding.DER)).decode()
                for one in (certificate, authority)]
        assert header == expected
        claims = jwt.decode(
            assertion, key.public_key(), algorithms=[algorithm],
            audience=f"https://{LOGIN}/{tenant}/oauth2/v2.0/token",
            options={"require": ["aud", "exp", "iat", "iss", "jti", "nbf",
                                 "sub"]})
        assert set(claims) == {"aud", "exp", "iat", "iss", "jti", "nbf", "sub"}
        # PyJWT takes a list as well; the platform wants the one URL.
        assert claims["aud"] == f"https://{LOGIN}/{tenant}/oauth2/v2.0/token"
        assert claims["iss"] == claims["sub"] == APP
        assert UUID.fullmatch(claims["jti"])
        assert claims["nbf"] <= time.time() < claims["exp"]
        assert 300 <= claims["exp"] - claims["nbf"] <= 600
        assert claims["iat"] == claims["nbf"]
    return check


def assertion_form(check):
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": check}


@pytest.mark.parametrize("options, how", [
    ("", {}),
    ("auth=certificate", {}),
    ("rs256=on", {"algorithm": "RS256"}),
    ("send_chain=on", {"send_chain": True}),
    ("send_chain=on,rs256=on", {"send_chain": True, "algorithm": "RS256"})],
    ids=["default", "named", "rs256", "chain", "chain-rs256"])
@pytest.mark.parametrize("make, password", [
    (pem_file, None), (pem_file, PASSWORD),
    (pfx_file, None), (pfx_file, PASSWORD)],
    # Names of tests are in the environment of what they start.
    ids=["pem", "pem-encrypted", "pfx", "pfx-encrypted"])
# pylint: disable=too-many-arguments,too-many-positional-arguments
def test_certificate(place, chain, options, how, make, password):
    with_certificate(place, chain, make, password)
    check_reads(place, place.mount(options))
    place.check_wire(token_request(place.tenant, assertion_form(
        check_assertion(chain, place.tenant, **how))))


def test_assertions_differ(place, chain):
    """Each has an id of its own, and none is used twice."""
    with_certificate(place, chain)
    for _ in range(2):
        place.mount()
    ids = {jwt.decode(sent.form()["client_assertion"],
                      options={"verify_signature": False})["jti"]
           for sent in place.requests()}
    assert len(ids) == 2


# What would be found if it were there

@pytest.mark.parametrize("where", ["home", "tmp", "log"])
def test_a_leak_is_found(place, where):
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    mount = place.mount()
    token = place.all_requests()[-1].header("Authorization")
    leak = (mount.log_file if where == "log"
            else place.directory / where / "kept")
    with open(leak, "a", encoding="utf-8") as file:
        file.write(f"...{token[300:330]}...")
    with pytest.raises(AssertionError, match="authorization"):
        place.check_leaks()
    leak.write_bytes(b"")
