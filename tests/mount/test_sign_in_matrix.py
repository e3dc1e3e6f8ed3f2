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

from sign_in import (APP, FOREIGN, LOGIN, OTHER, SECRET, UUID, VALUE,
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


# What the authority says no to

BAD_RESOURCE = ("https://vault.azure.net", "never the vault's own URL",
                "AZURE_TENANT_ID")
BAD_SCOPE = ("one resource", "/.default")
BAD_APP = ("no such application", "AZURE_CLIENT_ID", "object id",
           "AZURE_TENANT_ID")
BAD_SIGNATURE = ("certificate", "uploaded to this application")
BAD_FEDERATION = ("no federated credential", "letter by letter", "minutes")
BAD_TENANT = ("no such tenant", "AZURE_TENANT_ID", "cloud=")
BAD_CLOUD = ("national cloud", "cloud=")
BAD_USER = ("az login --tenant",)
NEEDS_PERSON = ("managed identity", "log in again")
LOGIN_OVER = ("az login",)
NEEDS_CONSENT = ("consent", "user_impersonation", "Key Vault")

# Each number that has a remedy, with what its sentence has to say.
REMEDIES = {
    50001: BAD_RESOURCE, 500011: BAD_RESOURCE,
    70011: BAD_SCOPE, 700022: BAD_SCOPE, 700023: BAD_SCOPE,
    1002012: BAD_SCOPE,
    70001: BAD_APP, 700011: BAD_APP, 700016: BAD_APP,
    7000112: ("disabled", "enable it", "enterprise applications"),
    7000215: ("secret's value", "not its id"),
    7000218: ("no credential",),
    7000222: ("expired", "make a new one"),
    700025: ("public client", "confidential"),
    50012: BAD_SIGNATURE, 700027: BAD_SIGNATURE,
    700030: ("subject", "chain"),
    700024: ("clock", "token file"),
    70021: BAD_FEDERATION, 700211: BAD_FEDERATION, 700212: BAD_FEDERATION,
    700213: BAD_FEDERATION,
    90002: BAD_TENANT, 900023: BAD_TENANT,
    90038: BAD_CLOUD, 900382: BAD_CLOUD, 900432: BAD_CLOUD,
    50014: BAD_USER, 50020: BAD_USER, 50034: BAD_USER, 51004: BAD_USER,
    50076: NEEDS_PERSON, 50079: NEEDS_PERSON, 53000: NEEDS_PERSON,
    53003: NEEDS_PERSON, 530032: NEEDS_PERSON,
    50173: LOGIN_OVER, 70008: LOGIN_OVER, 70043: LOGIN_OVER,
    700082: LOGIN_OVER,
    65001: NEEDS_CONSENT, 650057: NEEDS_CONSENT,
    50196: ("identical requests", "wait some minutes"),
}
BUSY = (90006, 90012, 90024, 90033)


def check_says(said, *words):
    # One line, in which words may be anywhere.
    for word in words:
        assert word in said, said


@pytest.mark.parametrize("number", sorted(REMEDIES))
def test_refused_by_number(place, number):
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    place.emulator.fault({"path": "*/token"}, aadsts=number)
    said = place.refused()
    check_says(said, f"AADSTS{number})", *REMEDIES[number])
    [sent] = place.requests()
    # What support asks for.
    check_says(said, "correlation id", sent.header("client-request-id"),
               "trace id", "timestamp")


def test_busy_for_a_moment(place):
    """Each of these is tried again, as any trouble of the service's."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    for number in BUSY:
        place.emulator.fault({"path": "*/token", "count": 1}, aadsts=number)
    mounts = [place.spawn() for _ in BUSY]
    for mount in mounts:
        mount.wait_until_ready()
        assert mount.read("a") == VALUE.encode()
    sent = place.requests()
    assert len(sent) == 2 * len(BUSY)
    for request in sent:
        token_request(place.tenant, {"client_secret": SECRET},
                      status=request.status).check(request)
    assert sorted(request.status for request in sent) == [
        200, 200, 200, 200, 503, 503, 503, 504]


@pytest.mark.parametrize("state, env, number", [
    ({}, {"AZURE_CLIENT_SECRET": "another secret than that"}, 7000215),
    ({"secretExpired": True}, {}, 7000222),
    ({"disabled": True}, {}, 7000112),
    ({"public": True}, {}, 700025),
    ({"refusal": 53003}, {}, 53003),
    ({}, {"AZURE_CLIENT_ID": OTHER}, 700016),
    ({}, {"AZURE_TENANT_ID": OTHER}, 90002)],
    ids=["wrong", "expired", "disabled", "public", "policy", "application",
         "tenant"])
def test_refused_for_what_it_is(place, state, env, number):
    """The emulator finds by itself what the numbers stand for."""
    place.seed(**{APP: state})
    as_application(place, **{"AZURE_CLIENT_SECRET": SECRET, **env})
    check_says(place.refused(), f"AADSTS{number})", *REMEDIES[number])
    assert len(place.requests()) == 1


# The authority and the tenant

@pytest.mark.parametrize("host", [
    "https://login.microsoftonline.com", "https://login.microsoftonline.com/",
    "https://LOGIN.microsoftonline.com:443"])
def test_authority(place, host):
    as_application(place, AZURE_CLIENT_SECRET=SECRET, AZURE_AUTHORITY_HOST=host)
    check_reads(place, place.mount())
    place.check_wire(token_request(place.tenant, {"client_secret": SECRET}))


@pytest.mark.parametrize("host", [
    "http://login.microsoftonline.com", "login.microsoftonline.com",
    "https://user@login.microsoftonline.com",
    "https://login.microsoftonline.com/common",
    "https://login.microsoftonline.com?a=b"])
def test_authority_that_is_none(place, host):
    """A secret goes to an https origin, or nowhere."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET, AZURE_AUTHORITY_HOST=host)
    check_says(place.refused("auth=secret"), "https authority")
    assert place.requests() == []


@pytest.mark.parametrize("tenant", ["a/b", "..", "a b", "a%2fb", "adfs"])
def test_tenant_that_is_none(place, tenant):
    as_application(place, AZURE_CLIENT_SECRET=SECRET, AZURE_TENANT_ID=tenant)
    check_says(place.refused(code=1), "AZURE_TENANT_ID", "Entra")
    assert place.requests() == []


@pytest.mark.parametrize("allowed, goes", [
    (None, False), ("elsewhere", False), (OTHER, False),
    (FOREIGN, True), (f"{OTHER};{FOREIGN}", True), ("*", True)])
def test_vault_in_another_tenant(place, allowed, goes):
    """Its tenant is signed in to only where that is allowed."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET,
                   AZURE_ADDITIONALLY_ALLOWED_TENANTS=allowed)
    said = place.refused(source="foreign")
    first = token_request(place.tenant, {"client_secret": SECRET})
    # No application of the emulator is in two tenants.
    second = token_request(FOREIGN, {"client_secret": SECRET}, status=400)
    if goes:
        check_says(said, "AADSTS700016)")
        place.check_wire(first, second)
    else:
        check_says(said, place.tenant, FOREIGN, "allowed_tenants=")
        place.check_wire(first)


# Answers that are none

def answer(**members):
    return {"token_type": "Bearer", "expires_in": 3599,
            "access_token": "never.to.be-shown-anywhere-at-all", **members}


NO_ANSWERS = {
    "page": {"body": "<html>a login page</html>"},
    "nothing": {"body": ""},
    "list": {"body": []},
    "null": {"body": None},
    "empty token": {"body": answer(access_token="")},
    "null token": {"body": answer(access_token=None)},
    "token that is a number": {"body": answer(access_token=5)},
    "token with a blank": {"body": answer(access_token="a b")},
    "another type": {"body": answer(token_type="pop")},
    "negative life": {"body": answer(expires_in=-1)},
    "fraction": {"body": answer(expires_in=1.5)},
    "life in words": {"body": answer(expires_in="soon")},
    "too far away": {"body": answer(
        expires_in=None, expires_on="10000-01-01T00:00:00Z")},
    "no error": {"status": 400, "body": {"message": "no error"}},
    "page that is not found": {"status": 404, "body": "<html>"},
    "redirect": {"status": 302, "body": "", "headers": {
        "Location": "https://dev.azure.com/steal"}},
    "redirect of a post": {"status": 307, "body": "", "headers": {
        "Location": "https://dev.azure.com/steal"}},
}


def test_answers_that_are_none(place):
    """A proxy on the way is not the authority, and does not refuse.

    Each is tried again until the time for it is over, so all are at once, each
    in a tenant of its own.
    """
    place.secret["false"] = answer()["access_token"]
    mounts = {}
    for number, (name, how) in enumerate(NO_ANSWERS.items()):
        tenant = f"{number:08}-0000-4000-8000-000000000000"
        place.emulator.fault({"path": f"/{tenant}/*"},
                             **{"status": 200, **how})
        as_application(place, AZURE_CLIENT_SECRET=SECRET,
                       AZURE_TENANT_ID=tenant)
        mounts[name] = place.spawn(env=dict(place.env))
    for name, mount in mounts.items():
        said = place.end_of(mount, code=3)
        assert "is not one of an authority" in said, (name, said)
        assert "proxy" in said, (name, said)
    # Nothing follows a redirect, least of all a secret.
    assert {sent.host for sent in place.requests()} == {LOGIN}


def in_an_hour(form):
    return time.strftime(form, time.gmtime(time.time() + 3600))


@pytest.mark.parametrize("life", [
    {"expires_in": 3599}, {"expires_in": "3599"},
    {"expires_in": 3599, "refresh_in": 1800},
    {"expires_on": lambda: int(time.time()) + 3600},
    {"expires_on": lambda: str(int(time.time()) + 3600)},
    {"expires_on": lambda: in_an_hour("%Y-%m-%dT%H:%M:%SZ")},
    {"expires_on": lambda: in_an_hour("%m/%d/%Y %H:%M:%S")},
    {"expires_on": lambda: in_an_hour("%m/%d/%Y %I:%M:%S %p +00:00")},
    {"expires_on": lambda: in_an_hour("%Y-%m-%d %H:%M:%S")},
    {}], ids=["number", "text", "refresh", "on-number", "on-text", "rfc3339",
              "date", "date-half", "date-plain", "the-token-says"])
def test_life_of_a_token(place, life):
    """Every form in which the end of a token is written."""
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    signed_in = place.emulator.sign_in(APP, SECRET).json()
    body = {"token_type": "Bearer", "access_token": signed_in["access_token"],
            "ext_expires_in": -5, "not_before": "x", "refresh_token": ""}
    body.update({name: value() if callable(value) else value
                 for name, value in life.items()})
    place.emulator.fault({"path": "*/token"}, body=body)
    check_reads(place, place.mount())
