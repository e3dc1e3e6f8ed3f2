# SPDX-License-Identifier: MIT
"""Every way that Microsoft's Python client signs in, against the emulator.

Certificates are made here by a library that is not the emulator's, and the
token that comes back reads a secret in the end.
"""

import base64
import datetime
import http.client
import json
import os
import pathlib
import shlex
import ssl
import threading
import time
import uuid

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (AzurePipelinesCredential, CertificateCredential,
                            ClientAssertionCredential, ClientSecretCredential,
                            CredentialUnavailableError, DeviceCodeCredential,
                            ManagedIdentityCredential,
                            WorkloadIdentityCredential)
from azure.keyvault.secrets import SecretClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

VAULT = "https://interop.vault.azure.net"
SCOPE = "https://vault.azure.net/.default"
TENANT = os.environ["AZURE_TENANT_ID"]
ISSUER = "https://westeurope.oic.prod-aks.azure.com/t/u/"
SUBJECT = "system:serviceaccount:default:app"
AUDIENCE = "api://AzureADTokenExchange"
STATE = pathlib.Path(os.environ["AKV_EMULATOR_STATE"])
APP, SYSTEM, USER_ONE, USER_TWO, PERSON = (
    f"0000000{i}-aaaa-4aaa-8aaa-aaaaaaaaaaaa" for i in range(1, 6))
SYSTEM_OBJECT = "11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
USER_OBJECT = "22222222-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
RESOURCE_ID = ("/subscriptions/s/resourcegroups/g/providers/"
               "Microsoft.ManagedIdentity/userAssignedIdentities/one")
HOST_VARIABLES = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT",
                  "MSI_SECRET", "IMDS_ENDPOINT", "IDENTITY_SERVER_THUMBPRINT")


def control(method, path, body=None):
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    connection = http.client.HTTPSConnection("localhost", context=context)
    connection.request(method, "/_emulator/" + path,
                       json.dumps(body) if body is not None else None)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status < 300, text
    return json.loads(text) if text else None


def seed(**principals):
    control("POST", "seed", {
        "vaults": {"interop": {"principals": {
            name: {"permissions": {"secrets": ["get", "list"]}}
            for name in principals}}},
        "tenants": {TENANT: {"principals": principals}}})


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def reads(credential):
    """Does it read the vault? Also the claims of the token it has."""
    client = SecretClient(VAULT, credential, retry_total=0)
    assert list(client.list_properties_of_secrets(max_page_size=1)) is not None
    return claims_of(credential.get_token(SCOPE).token)


def certificate(name="app", issuer=None):
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    is_ca = issuer is None
    built = (x509.CertificateBuilder().subject_name(subject)
             .issuer_name(issuer[1].subject if issuer else subject)
             .public_key(key.public_key())
             .serial_number(x509.random_serial_number())
             .not_valid_before(now - datetime.timedelta(hours=1))
             .not_valid_after(now + datetime.timedelta(days=9))
             .add_extension(x509.BasicConstraints(is_ca, None), True)
             .sign(issuer[0] if issuer else key, hashes.SHA256()))
    return key, built


def pem(key, *certificates):
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()) if key else b""
    return text + b"".join(c.public_bytes(serialization.Encoding.PEM)
                           for c in certificates)


@pytest.fixture
def machine():
    seed(**{
        SYSTEM: {"assigned": "system", "objectId": SYSTEM_OBJECT},
        USER_ONE: {"assigned": "user", "objectId": USER_OBJECT,
                   "resourceId": RESOURCE_ID},
        USER_TWO: {"assigned": "user"},
        PERSON: {"user": "ada@example.com", "objectId": PERSON}})


@pytest.fixture
def host(monkeypatch):
    """Be a process of a host of that kind."""
    def become(kind):
        for name in HOST_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        if kind:
            text = (STATE / ("env-" + kind)).read_text(encoding="ascii")
            for word in shlex.split(text):
                name, equals, value = word.partition("=")
                if equals:
                    monkeypatch.setenv(name, value)
    return become


def number(refused):
    return [word for word in str(refused.value).split()
            if word.startswith("AADSTS")][0].rstrip(":")


def test_certificate():
    key, made = certificate()
    seed(**{APP: {"certificates": [pem(None, made).decode()]}})
    credential = CertificateCredential(
        TENANT, APP, certificate_data=pem(key, made))
    assert reads(credential)["appidacr"] == "2"


def test_certificate_of_another_key_is_refused():
    _, registered = certificate()
    key, made = certificate()
    seed(**{APP: {"certificates": [pem(None, registered).decode()]}})
    with pytest.raises(ClientAuthenticationError) as refused:
        CertificateCredential(TENANT, APP, certificate_data=pem(
            key, made)).get_token(SCOPE)
    assert number(refused) == "AADSTS700027"


def test_certificate_by_subject_name_and_issuer():
    authority = certificate("authority")
    stranger = certificate("stranger")
    seed(**{APP: {"certificates": [], "subjects": [
        {"subject": "rolls", "issuer": pem(None, authority[1]).decode()}]}})

    def sign_in(name, issuer):
        key, made = certificate(name, issuer)
        return CertificateCredential(
            TENANT, APP, certificate_data=pem(key, made),
            send_certificate_chain=True).get_token(SCOPE).token
    assert claims_of(sign_in("rolls", authority))["appid"] == APP
    for name, issuer in (("other", authority), ("rolls", stranger)):
        with pytest.raises(ClientAuthenticationError) as refused:
            sign_in(name, issuer)
        assert number(refused) == "AADSTS700030"


@pytest.mark.parametrize("change, expected", [
    ({}, None),
    ({"issuer": "https://elsewhere.example/"}, "AADSTS700211"),
    ({"audience": "api://other"}, "AADSTS700212"),
    ({"subject": SUBJECT.upper()}, "AADSTS700213"),
    ({"lifetime_s": -1000}, "AADSTS700024"),
    ({"begins_in_s": 1000}, "AADSTS700024"),
])
def test_workload(change, expected):
    seed(**{APP: {"federated": [{"issuer": ISSUER, "subject": SUBJECT,
                                 "audience": AUDIENCE}]}})
    made = control("POST", "tokens", {
        "issuer": ISSUER, "subject": SUBJECT, "file": "token-workload",
        **change})
    credential = WorkloadIdentityCredential(
        tenant_id=TENANT, client_id=APP, token_file_path=made["file"])
    if not expected:
        assert reads(credential)["appid"] == APP
        return
    with pytest.raises(ClientAuthenticationError) as refused:
        credential.get_token(SCOPE)
    assert number(refused) == expected


def test_workload_with_nothing_registered():
    seed(**{APP: {"federated": []}})
    made = control("POST", "tokens", {"issuer": ISSUER, "subject": SUBJECT})
    with pytest.raises(ClientAuthenticationError) as refused:
        ClientAssertionCredential(
            TENANT, APP, lambda: made["token"]).get_token(SCOPE)
    assert number(refused) == "AADSTS70021"


def test_managed_identity_as_federated_credential(machine):
    seed(**{APP: {"federated": [{
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "subject": SYSTEM_OBJECT, "audience": AUDIENCE}]}})
    managed = ManagedIdentityCredential()
    credential = ClientAssertionCredential(
        TENANT, APP,
        lambda: managed.get_token(AUDIENCE + "/.default").token)
    assert reads(credential)["appid"] == APP


@pytest.mark.parametrize("kind", [
    None, "app-service", "machine-learning", "arc"])
def test_system_identity(machine, host, kind):
    host(kind)
    assert reads(ManagedIdentityCredential())["oid"] == SYSTEM_OBJECT


def test_cloud_shell_is_its_user(machine, host):
    host("cloud-shell")
    claims = reads(ManagedIdentityCredential())
    assert claims["upn"] == "ada@example.com"
    assert claims["idtyp"] == "user"


@pytest.mark.parametrize("kind", [None, "app-service"])
@pytest.mark.parametrize("selector", [
    {"client_id": USER_ONE},
    {"identity_config": {"object_id": USER_OBJECT}},
    {"identity_config": {"resource_id": RESOURCE_ID}}],
    ids=["client", "object", "resource"])
def test_user_assigned(machine, host, kind, selector):
    host(kind)
    claims = reads(ManagedIdentityCredential(**selector))
    assert claims["appid"] == USER_ONE
    assert claims["xms_mirid"] == RESOURCE_ID


def test_several_identities_and_none_named(machine):
    seed(**{SYSTEM: {"assigned": None}})
    with pytest.raises((ClientAuthenticationError,
                        CredentialUnavailableError)) as refused:
        ManagedIdentityCredential().get_token(SCOPE)
    assert "Multiple user assigned identities exist" in str(refused.value)


def test_device_code(machine):
    control("POST", "device-codes", {"interval_s": 1})
    seed(**{APP: {}})
    shown = []

    def approve(_, user_code, __):
        shown.append(user_code)
        threading.Timer(1.2, control, (
            "POST", "device-codes", {
                "user_code": user_code, "action": "approve",
                "user": "ada@example.com"})).start()
    credential = DeviceCodeCredential(
        APP, tenant_id=TENANT, prompt_callback=approve,
        disable_instance_discovery=False)
    token = credential.get_token(SCOPE)
    assert claims_of(token.token)["upn"] == "ada@example.com"
    assert shown


def test_device_code_declined(machine):
    control("POST", "device-codes", {"interval_s": 1})
    seed(**{APP: {}})
    with pytest.raises(ClientAuthenticationError) as refused:
        DeviceCodeCredential(APP, tenant_id=TENANT, prompt_callback=lambda
                             _, user_code, __: control(
                                 "POST", "device-codes", {
                                     "user_code": user_code,
                                     "action": "decline"})).get_token(SCOPE)
    assert "declined" in str(refused.value)


def test_pipelines(monkeypatch):
    connection = str(uuid.uuid4())
    control("POST", "seed", {"pipelines": {
        "accessToken": "job-token", "connections": {connection: {
            "issuer": "https://vstoken.dev.azure.com/o",
            "subject": "sc://o/p/c"}}}})
    seed(**{APP: {"federated": [{
        "issuer": "https://vstoken.dev.azure.com/o",
        "subject": "sc://o/p/c", "audience": AUDIENCE}]}})
    monkeypatch.setenv(
        "SYSTEM_OIDCREQUESTURI",
        "https://dev.azure.com/o/p/_apis/distributedtask/hubs/build/plans/"
        "1/jobs/2/oidctoken")

    def sign_in(token):
        return AzurePipelinesCredential(
            tenant_id=TENANT, client_id=APP,
            service_connection_id=connection, system_access_token=token)
    assert reads(sign_in("job-token"))["appid"] == APP
    with pytest.raises(ClientAuthenticationError):
        sign_in("other-token").get_token(SCOPE)


@pytest.mark.parametrize("state, expected", [
    ({"secretExpired": True}, 7000222),
    ({"disabled": True}, 7000112),
    ({"public": True}, 700025),
    ({"refusal": 53003}, 53003)])
def test_states_of_an_application(state, expected):
    name = str(uuid.uuid4())
    seed(**{name: {"secret": "right", **state}})
    with pytest.raises(ClientAuthenticationError) as refused:
        ClientSecretCredential(TENANT, name, "right").get_token(SCOPE)
    assert number(refused) == f"AADSTS{expected}"


@pytest.mark.parametrize("expected", [
    50001, 500011, 50196, 700016, 700030, 7000215, 900382])
def test_error_on_demand(expected):
    name = str(uuid.uuid4())
    seed(**{name: {"secret": "right"}})
    control("POST", "faults", {"match": {"path": "*/token", "count": 1},
                               "do": {"aadsts": expected}})
    try:
        with pytest.raises(ClientAuthenticationError) as refused:
            ClientSecretCredential(TENANT, name, "right").get_token(SCOPE)
        assert number(refused) == f"AADSTS{expected}"
    finally:
        control("DELETE", "faults")


def metadata(path, **headers):
    connection = http.client.HTTPConnection("169.254.169.254", timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_metadata_is_for_this_machine_only(machine):
    path = ("/metadata/identity/oauth2/token?api-version=2018-02-01"
            "&resource=https://vault.azure.net")
    assert metadata(path)[0] == 400
    assert metadata(path, Metadata="true",
                    **{"X-Forwarded-For": "10.0.0.1"})[0] == 400
    status, token = metadata(path, Metadata="true")
    assert status == 200
    assert isinstance(token["expires_in"], str)
    assert abs(int(token["expires_on"]) - time.time() - 86399) < 60
    assert claims_of(token["access_token"])["aud"] == "https://vault.azure.net"


def test_fabric_needs_its_secret_and_has_its_own_certificate(machine, host):
    host("service-fabric")
    pinned = ssl.get_server_certificate(("127.0.0.1", 2377))
    digest = x509.load_pem_x509_certificate(
        pinned.encode()).fingerprint(hashes.SHA1()).hex().upper()
    assert digest == os.environ["IDENTITY_SERVER_THUMBPRINT"]
    context = ssl.create_default_context(cadata=pinned)
    context.check_hostname = False

    def ask(secret):
        connection = http.client.HTTPSConnection("127.0.0.1", 2377,
                                                 context=context)
        connection.request(
            "GET", "/metadata/identity/oauth2/token?api-version="
            "2019-07-01-preview&resource=https://vault.azure.net",
            headers={"Secret": secret})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    status, token = ask(os.environ["IDENTITY_HEADER"])
    assert status == 200
    assert isinstance(token["expires_on"], int)
    assert claims_of(token["access_token"])["oid"] == SYSTEM_OBJECT
    assert ask("wrong")[1]["error"]["code"] == "SecretHeaderNotFound"
