# SPDX-License-Identifier: MIT
"""Applications that sign in without a secret of their own.

By a certificate, by the token of a workload, by a managed identity's, and from
a job of Azure Pipelines: what each sends, and each way it is refused.
Assertions are verified by PyJWT. See sign_in.py.
"""

import base64
import dataclasses
import datetime
import hashlib
import os
import subprocess
import time

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from sign_in import (APP, EXCHANGE, ISSUER, LOGIN, OTHER, REMEDIES, SECRET,
                     SUBJECT, SYSTEM_OBJECT, UUID, VALUE, Wire,
                     as_application, check_reads, check_says,
                     metadata_request, token_request)

PASSWORD = "pass phrase+of/the file&"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def assertion_form(assertion):
    return {"client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion}


# The certificate

def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def make_certificate(name, issuer=None, key=None):
    """A key and its certificate, by itself or by such an issuer."""
    key = key or rsa.generate_private_key(65537, 2048)
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


@pytest.fixture(scope="module")
def stranger():
    return make_certificate("stranger")


def pem(*certificates):
    return b"".join(one.public_bytes(serialization.Encoding.PEM)
                    for one in certificates)


def protection(password):
    return (serialization.BestAvailableEncryption(password.encode())
            if password else serialization.NoEncryption())


def pem_key(key, password=None):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        protection(password))


def pem_file(chain, password=None):
    key, certificate, authority = chain
    # The signing certificate is the key's, and not the first.
    return pem(authority, certificate) + pem_key(key, password)


def pfx_file(chain, password=None):
    key, certificate, authority = chain
    return pkcs12.serialize_key_and_certificates(
        b"app", key, certificate, [authority], protection(password))


def with_certificate(place, chain, file=None, password=None):
    place.seed(**{APP: {"certificates": [pem(chain[1]).decode()]}})
    as_application(
        place, AZURE_CLIENT_CERTIFICATE_PATH=place.write(
            "application", pem_file(chain) if file is None else file),
        AZURE_CLIENT_CERTIFICATE_PASSWORD=password)
    der = chain[0].private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption())
    # Behind what all such keys begin with.
    place.secret["key"] = base64.b64encode(der[48:]).decode()


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def check_assertion(chain, tenant, algorithm="PS256", send_chain=False,
                    host=LOGIN):
    """What verifies one assertion, by a library that is not ours."""
    key, certificate, authority = chain
    der = certificate.public_bytes(serialization.Encoding.DER)
    endpoint = f"https://{host}/{tenant}/oauth2/v2.0/token"

    def check(assertion):
        expected = {"alg": algorithm, "typ": "JWT",
                    "x5t#S256": base64url(hashlib.sha256(der).digest())}
        if send_chain:
            expected["x5c"] = [
                base64.b64encode(one.public_bytes(
                    serialization.Encoding.DER)).decode()
                for one in (certificate, authority)]
        assert jwt.get_unverified_header(assertion) == expected
        claims = jwt.decode(assertion, key.public_key(),
                            algorithms=[algorithm], audience=endpoint)
        assert set(claims) == {"aud", "exp", "iat", "iss", "jti", "nbf", "sub"}
        # PyJWT takes a list as well.
        assert claims["aud"] == endpoint
        assert claims["iss"] == claims["sub"] == APP
        assert UUID.fullmatch(claims["jti"])
        assert claims["nbf"] <= time.time() < claims["exp"]
        assert 300 <= claims["exp"] - claims["nbf"] <= 600
        assert claims["iat"] == claims["nbf"]
    return check


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
    with_certificate(place, chain, make(chain, password), password)
    check_reads(place, place.mount(options))
    place.check_wire(token_request(place.tenant, assertion_form(
        check_assertion(chain, place.tenant, **how))))


@pytest.mark.parametrize("options, host", [
    ("", "login.windows.net"), (f"authority=https://{LOGIN}", LOGIN)])
def test_assertion_is_for_its_authority(place, chain, options, host):
    """What it is for is where it goes, and an option is before a variable."""
    with_certificate(place, chain)
    place.env["AZURE_AUTHORITY_HOST"] = "https://login.windows.net/"
    check_reads(place, place.mount(options))
    request = token_request(place.tenant, assertion_form(
        check_assertion(chain, place.tenant, host=host)))
    place.check_wire(dataclasses.replace(request, host=host))


@pytest.mark.parametrize("value, sent", [
    ("1", True), ("true", True), ("TRUE", True), ("0", False), ("no", False)])
def test_chain_by_the_environment(place, chain, value, sent):
    with_certificate(place, chain)
    place.env["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] = value
    check_reads(place, place.mount())
    place.check_wire(token_request(place.tenant, assertion_form(
        check_assertion(chain, place.tenant, send_chain=sent))))


def test_secret_before_certificate(place, chain):
    with_certificate(place, chain)
    as_application(place, AZURE_CLIENT_SECRET=SECRET)
    check_reads(place, place.mount())
    place.check_wire(token_request(place.tenant, {"client_secret": SECRET}))


def test_certificate_that_is_renewed(place, chain):
    """The file is read for each token, and each assertion has its own id."""
    with_certificate(place, chain)
    mount = place.mount()
    renewed = (*make_certificate("renewed"), chain[2])
    place.seed(**{APP: {"certificates": [pem(renewed[1]).decode()]}})
    place.write("application", pem_file(renewed))
    place.restart_worker(mount)
    assert mount.read("a") == VALUE.encode()
    checks = [check_assertion(one, place.tenant) for one in (chain, renewed)]
    place.check_wire(*(token_request(place.tenant, assertion_form(check))
                       for check in checks))
    ids = {jwt.decode(sent.form()["client_assertion"],
                      options={"verify_signature": False})["jti"]
           for sent in place.requests()}
    assert len(ids) == 2


@pytest.fixture(scope="module")
def rolled():
    """A certificate that nobody registered, of an issuer that somebody did."""
    authority = make_certificate("roller")
    return (*make_certificate("rolls", authority), authority[1])


def test_certificate_by_subject_and_issuer(place, rolled):
    with_certificate(place, rolled)
    place.seed(**{APP: {"certificates": [], "subjects": [
        {"subject": "rolls", "issuer": pem(rolled[2]).decode()}]}})
    # Without its chain, nobody knows whose it is.
    check_says(place.refused(), "AADSTS700027)", *REMEDIES[700027])
    check_reads(place, place.mount("send_chain=on"))
    check = [check_assertion(rolled, place.tenant, send_chain=sent)
             for sent in (False, True)]
    place.check_wire(
        token_request(place.tenant, assertion_form(check[0]), status=401),
        token_request(place.tenant, assertion_form(check[1])))


def test_certificate_of_another_subject(place, stranger):
    with_certificate(place, (*stranger, stranger[1]))
    place.seed(**{APP: {"certificates": [], "subjects": [
        {"subject": "rolls", "issuer": pem(stranger[1]).decode()}]}})
    check_says(place.refused("send_chain=on"), "AADSTS700030)",
               *REMEDIES[700030])


def test_certificate_of_another_key(place, chain, stranger):
    with_certificate(place, chain, pem_file((*stranger, chain[2])))
    check_says(place.refused(), "AADSTS700027)", *REMEDIES[700027])


def old_pem(chain):
    """As OpenSSL once encrypted them: one round of MD5."""
    return pem(chain[1]) + chain[0].private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.BestAvailableEncryption(PASSWORD.encode()))


def curve(_):
    key, certificate = make_certificate(
        "curve", key=ec.generate_private_key(ec.SECP256R1()))
    return pem(certificate) + pem_key(key)


NO_FILES = {
    "empty": (lambda chain: b"", None, ("it is empty",)),
    "text": (lambda chain: b"hello", None, ("neither PEM nor PKCS#12",)),
    "no key": (lambda chain: pem(chain[1]), None, ("no private key",)),
    "no certificate": (lambda chain: pem_key(chain[0]), None,
                       ("no certificate",)),
    "not its certificate": (lambda chain: pem(chain[2]) + pem_key(chain[0]),
                            None, ("none of its certificates belongs",)),
    "curve": (curve, None, ("RSA",)),
    "old encryption": (old_pem, PASSWORD, ("DEK-Info", "openssl pkcs8")),
    "pem without password": (lambda chain: pem_file(chain, PASSWORD), None,
                             ("encrypted",
                              "AZURE_CLIENT_CERTIFICATE_PASSWORD")),
    "pem with another": (lambda chain: pem_file(chain, PASSWORD),
                         "another password", (
                             "decrypted",
                             "AZURE_CLIENT_CERTIFICATE_PASSWORD")),
    "pfx without password": (lambda chain: pfx_file(chain, PASSWORD), None,
                             ("has a password",
                              "AZURE_CLIENT_CERTIFICATE_PASSWORD")),
    "pfx with another": (lambda chain: pfx_file(chain, PASSWORD),
                         "another password", (
                             "another one",
                             "AZURE_CLIENT_CERTIFICATE_PASSWORD")),
    "too large": (lambda chain: b"-----BEGIN" + b"a" * (64 << 10), None,
                  ("too large",)),
}


@pytest.mark.parametrize("name", NO_FILES)
def test_certificate_file_that_is_none(place, chain, name):
    """It says what is wrong with the file, and no request is made."""
    make, password, words = NO_FILES[name]
    with_certificate(place, chain, make(chain), password)
    check_says(place.refused(), "certificate=", *words)
    assert place.requests() == []


def test_certificate_file_that_is_not_there(place, chain):
    with_certificate(place, chain)
    place.env["AZURE_CLIENT_CERTIFICATE_PATH"] += ".not"
    check_says(place.refused(), "certificate=", "No such file")
    assert place.requests() == []


def test_pfx_of_old_software(place, chain):
    """RC2 of 40 bits: read where OpenSSL still can, or said how to convert."""
    with_certificate(place, chain)
    made = subprocess.run(
        ["openssl", "pkcs12", "-export", "-legacy", "-passout", "env:PASS",
         "-certpbe", "PBE-SHA1-RC2-40", "-in", place.directory / "application"],
        env={**os.environ, "PASS": PASSWORD}, capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("this openssl makes none")
    with_certificate(place, chain, made.stdout, PASSWORD)
    check_says(place.refused(), "RC2", "openssl pkcs12 -legacy")
    assert place.requests() == []


# The token of a workload

def with_workload(place, token, end="\n"):
    as_application(place, AZURE_FEDERATED_TOKEN_FILE=place.write(
        "token", token + end))


@pytest.mark.parametrize("options", ["", "auth=workload"])
@pytest.mark.parametrize("end", ["", "\n", " \r\n\t"],
                         ids=["none", "line", "blanks"])
def test_workload(place, options, end):
    token = place.workload_token()
    with_workload(place, token, end)
    check_reads(place, place.mount(options))
    place.check_wire(token_request(place.tenant, assertion_form(token)))


def test_workload_behind_a_link(place):
    """As kubelet has it: a link to a folder that is swapped."""
    token = place.workload_token()
    with_workload(place, token)
    link = place.directory / "link"
    link.symlink_to(place.directory / "token")
    place.env["AZURE_FEDERATED_TOKEN_FILE"] = str(link)
    check_reads(place, place.mount())


def test_workload_whose_token_is_renewed(place):
    """It is read at every exchange."""
    tokens = [place.workload_token(), place.workload_token(lifetime_s=5000)]
    assert tokens[0] != tokens[1]
    place.secret["first"] = tokens[0]
    with_workload(place, tokens[0])
    mount = place.mount()
    place.write("token", tokens[1])
    place.restart_worker(mount)
    assert mount.read("a") == VALUE.encode()
    place.check_wire(*(token_request(place.tenant, assertion_form(token))
                       for token in tokens))


def test_workload_where_kubernetes_puts_it(place):
    """Named, without a file: the one place that all have."""
    folder = "/var/run/secrets/azure/tokens"
    token = place.workload_token()
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    try:
        os.makedirs(folder)
        with open(f"{folder}/azure-identity-token", "w",
                  encoding="ascii") as file:
            file.write(token)
        as_application(place)
        check_reads(place, place.mount("auth=workload"))
    finally:
        subprocess.run(["umount", "-l", "/run"], check=True)


@pytest.mark.parametrize("change, number", [
    ({"issuer": "https://elsewhere.example/"}, 700211),
    ({"audience": "api://other"}, 700212),
    ({"subject": SUBJECT.upper()}, 700213),
    ({"lifetime_s": -1000}, 700024),
    ({"begins_in_s": 1000}, 700024)],
    ids=["issuer", "audience", "subject", "over", "early"])
def test_workload_refused(place, change, number):
    token = place.workload_token(**change)
    with_workload(place, token)
    check_says(place.refused(), f"AADSTS{number})", *REMEDIES[number])
    place.check_wire(token_request(place.tenant, assertion_form(token),
                                   status=place.requests()[0].status))


def test_workload_with_nothing_registered(place):
    place.seed(**{APP: {"federated": []}})
    with_workload(place, place.workload_token())
    check_says(place.refused(), "AADSTS70021)", *REMEDIES[70021])


@pytest.mark.parametrize("content, words", [
    ("", "it is empty"), (" \n", "no token in it"),
    ("two words", "no token in it"), ("line\nline", "no token in it"),
    ("t\u00f6ken", "no token in it"), ("a" * (65 << 10), "too large")],
    ids=["empty", "blank", "words", "lines", "letters", "large"])
def test_workload_file_that_is_none(place, content, words):
    with_workload(place, content, "")
    check_says(place.refused(), "token_file=", words)
    assert place.requests() == []


def test_workload_file_that_is_not_there(place):
    as_application(place, AZURE_FEDERATED_TOKEN_FILE=str(
        place.directory / "not"))
    check_says(place.refused(), "token_file=", "No such file")
    assert place.requests() == []


# A managed identity that vouches for the application

def with_federated(place, **change):
    place.seed(**{APP: {"federated": [{
        "issuer": f"https://{LOGIN}/{place.tenant}/v2.0",
        "subject": SYSTEM_OBJECT, "audience": EXCHANGE, **change}]}})
    as_application(place)


def check_vouches(assertion):
    claims = jwt.decode(assertion, options={"verify_signature": False})
    # The id that the service puts in place of that name.
    assert claims["aud"] == "fb60f99c-7a34-4190-8149-302f77469936"
    assert claims["oid"] == claims["sub"] == SYSTEM_OBJECT


EXCHANGE_REQUEST = {"resource": EXCHANGE, "headers": {"Metadata": "true"}}


def test_federated(place):
    with_federated(place)
    check_reads(place, place.mount("auth=federated"))
    place.check_wire(
        metadata_request("/metadata/identity/oauth2/token", "2018-02-01",
                         **EXCHANGE_REQUEST),
        token_request(place.tenant, assertion_form(check_vouches)))


@pytest.mark.parametrize("change, number", [
    ({"subject": OTHER}, 700213), ({"audience": "api://other"}, 700212),
    ({"issuer": f"https://{LOGIN}/{OTHER}/v2.0"}, 700211)],
    ids=["subject", "audience", "issuer"])
def test_federated_refused(place, change, number):
    with_federated(place, **change)
    check_says(place.refused("auth=federated"), f"AADSTS{number})",
               *REMEDIES[number])


def test_federated_without_an_identity(place):
    with_federated(place)
    place.no_identities()
    check_says(place.refused("auth=federated"), "no system-assigned")
    assert [sent.host for sent in place.requests()] == ["169.254.169.254"]


# A job of Azure Pipelines

CONNECTION = "12121212-3434-4545-8686-787878787878"
JOB_TOKEN = "the-token/of+the.job"
JOB = ("/o/p/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken")


def with_job(place, token=JOB_TOKEN, uri=f"https://dev.azure.com{JOB}"):
    place.emulator.seed({"pipelines": {
        "accessToken": JOB_TOKEN, "connections": {CONNECTION: {
            "issuer": ISSUER, "subject": SUBJECT}}}})
    as_application(place, SYSTEM_OIDCREQUESTURI=uri, SYSTEM_ACCESSTOKEN=token)
    place.secret["job"] = token


def job_request(token=JOB_TOKEN, status=200):
    return Wire(
        "POST", "dev.azure.com", JOB,
        f"api-version=7.1&serviceConnectionId={CONNECTION}",
        headers={"Authorization": f"Bearer {token}",
                 "Content-Type": "application/json", "Content-Length": "0",
                 "X-TFS-FedAuthRedirect": "Suppress"}, status=status)


PIPELINES = f"auth=pipelines,service_connection={CONNECTION}"


def check_job_assertion(assertion):
    claims = jwt.decode(assertion, options={"verify_signature": False})
    assert (claims["iss"], claims["sub"], claims["aud"]) == (
        ISSUER, SUBJECT, EXCHANGE)


def test_pipelines(place):
    with_job(place)
    check_reads(place, place.mount(PIPELINES))
    place.check_wire(
        job_request(),
        token_request(place.tenant, assertion_form(check_job_assertion)))


def test_pipelines_with_another_token(place):
    with_job(place, token="of-another-job-than-that")
    said = place.refused(PIPELINES)
    check_says(said, "HTTP 401", "x-vss-e2eid", "x-msedge-ref Ref A: none",
               "SYSTEM_ACCESSTOKEN")
    assert UUID.search(said)
    place.check_wire(job_request("of-another-job-than-that", 401))


@pytest.mark.parametrize("how, code", [
    ({"status": 302, "headers": {"Location": "https://dev.azure.com/in"}}, 2),
    ({"status": 203, "body": "<html>sign in</html>"}, 2),
    ({"body": "<html>sign in</html>"}, 2), ({"body": {"oidcToken": ""}}, 2),
    ({"body": {"oidcToken": 5}}, 2), ({"body": {"oidcToken": "a b"}}, 2),
    ({"status": 404}, 2)],
    ids=["302", "203", "page", "empty", "number", "blank", "404"])
def test_pipelines_without_an_assertion(place, how, code):
    """Nothing of a body is repeated: it may be an assertion."""
    with_job(place)
    place.emulator.fault({"host": "dev.azure.com"}, **how)
    said = place.refused(PIPELINES, code=code)
    check_says(said, "Azure Pipelines gave no assertion", "SYSTEM_ACCESSTOKEN",
               "service_connection=")
    assert "<html>" not in said
    assert [sent.path for sent in place.requests()] == [JOB]


@pytest.mark.parametrize("missing", [
    {"SYSTEM_OIDCREQUESTURI": None}, {"SYSTEM_ACCESSTOKEN": None},
    {"SYSTEM_OIDCREQUESTURI": f"http://dev.azure.com{JOB}"},
    {"AZURE_CLIENT_ID": None}], ids=["uri", "token", "clear", "client"])
def test_pipelines_that_is_not_set_up(place, missing):
    with_job(place)
    place.env.update(missing)
    check_says(place.refused(PIPELINES), "SYSTEM_OIDCREQUESTURI",
               "SYSTEM_ACCESSTOKEN", "service_connection=")
    assert place.requests() == []


def test_pipelines_is_in_no_chain(place):
    with_job(place)
    place.env["AZURE_CLIENT_ID"] = None
    place.no_identities()
    said = place.refused()
    check_says(said, "nothing to sign in with")
    assert "dev.azure.com" not in {sent.host for sent in place.requests()}
