# SPDX-License-Identifier: MIT
"""A mount signs in by certificate, by a workload's token, and by az."""

import datetime
import json
import os
import stat
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

APPLICATION = "22222222-3333-4444-5555-666666666666"
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:shop/site:ref:refs/heads/main"
EXCHANGE = "api://AzureADTokenExchange"
PASSWORD = b"the password of the file"
ONLY = {"AZURE_CLIENT_ID": APPLICATION, "AZURE_CLIENT_SECRET": None}


@pytest.fixture(scope="module")
def application():
    """A key and its certificate, which is registered."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    start = datetime.datetime(2026, 1, 1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256()))
    return key, certificate


@pytest.fixture
def emulated(vault, application):
    """A vault that the application may read, and nobody else but the tests."""
    emulator = vault.emulator({"a": "the value"}, principals={
        APPLICATION: {"permissions": {"secrets": ["get", "list"]}}})
    emulator.seed({"tenants": {emulator.env["AZURE_TENANT_ID"]: {
        "principals": {APPLICATION: {
            "secret": "never used by these tests",
            "certificates": [application[1].public_bytes(
                serialization.Encoding.PEM).decode()],
            "federated": [{"issuer": ISSUER, "subject": SUBJECT,
                           "audience": EXCHANGE}]}}}}})
    return emulator


def pem_of(application, password=None):
    key, certificate = application
    how = (serialization.BestAvailableEncryption(password) if password
           else serialization.NoEncryption())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def pfx_of(application, password=None):
    key, certificate = application
    how = (serialization.BestAvailableEncryption(password) if password
           else serialization.NoEncryption())
    return pkcs12.serialize_key_and_certificates(
        b"app", key, certificate, None, how)


def asked_by(emulator):
    """Who has read the value."""
    return {request["principal"] for request in emulator.requests()
            if request["path"] == "/secrets/a"}


@pytest.mark.parametrize("options", ["", "rs256=on", "send_chain=on"])
@pytest.mark.parametrize("make", [pem_of, pfx_of])
@pytest.mark.parametrize("password", [None, PASSWORD])
# pylint: disable=too-many-arguments,too-many-positional-arguments
def test_certificate(vault, emulated, application, tmp_path, options, make,
                     password):
    file = tmp_path / "application"
    file.write_bytes(make(application, password))
    file.chmod(0o600)
    mount = vault.mount(emulated, options, env={
        **ONLY, "AZURE_CLIENT_CERTIFICATE_PATH": str(file),
        "AZURE_CLIENT_CERTIFICATE_PASSWORD":
            password.decode() if password else None})
    assert mount.read("a") == b"the value"
    assert asked_by(emulated) == {APPLICATION}
    assert PASSWORD not in mount.log()


def refused(mount):
    ended = mount.attempt()
    assert ended.returncode == 2, ended
    return (ended.stderr if isinstance(ended.stderr, str)
            else ended.stderr.decode())


def test_a_certificate_that_is_not_registered(vault, emulated, tmp_path):
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other")])
    start = datetime.datetime(2026, 1, 1)
    other = key, (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(8)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256()))
    file = tmp_path / "application"
    file.write_bytes(pem_of(other))
    mount = vault.unmounted(emulated, env={
        **ONLY, "AZURE_CLIENT_CERTIFICATE_PATH": str(file)})
    assert "AADSTS700027" in refused(mount)


def test_a_password_that_is_wrong(vault, emulated, application, tmp_path):
    file = tmp_path / "application"
    file.write_bytes(pem_of(application, PASSWORD))
    mount = vault.unmounted(emulated, env={
        **ONLY, "AZURE_CLIENT_CERTIFICATE_PATH": str(file),
        "AZURE_CLIENT_CERTIFICATE_PASSWORD": "another"})
    assert "AZURE_CLIENT_CERTIFICATE_PASSWORD" in refused(mount)


def token_of_workload(emulator, **more):
    answer = emulator.call(
        "POST", "demo.vault.azure.net", "/_emulator/tokens",
        {"issuer": ISSUER, "subject": SUBJECT, "audience": EXCHANGE, **more})
    assert answer.status == 200, answer
    return answer.json()["token"]


def test_workload(vault, emulated, tmp_path):
    file = tmp_path / "token"
    file.write_text(token_of_workload(emulated))
    mount = vault.mount(emulated, "auth=workload", env={
        **ONLY, "AZURE_FEDERATED_TOKEN_FILE": str(file)})
    assert mount.read("a") == b"the value"
    assert asked_by(emulated) == {APPLICATION}


def test_a_workload_that_is_another(vault, emulated, tmp_path):
    file = tmp_path / "token"
    file.write_text(token_of_workload(emulated, subject="repo:other"))
    mount = vault.unmounted(emulated, "auth=workload", env={
        **ONLY, "AZURE_FEDERATED_TOKEN_FILE": str(file)})
    assert "AADSTS70021" in refused(mount)


def tool(folder, text):
    """An az that prints @text, and leaves its arguments and variables."""
    file = folder / "az"
    file.write_text(f"""#!/bin/sh
printf '%s\\n' "$@" >{folder}/arguments
env >{folder}/environment
cat <<'END'
{text}
END
""")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_az(vault, emulated, tmp_path):
    tool(tmp_path, json.dumps({
        "accessToken": emulated.token(), "tokenType": "Bearer",
        "expires_on": int(time.time()) + 3600}))
    mount = vault.mount(emulated, "auth=cli", env={
        "AZURE_CLIENT_ID": None, "AZURE_CLIENT_SECRET": "not for az",
        "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert mount.read("a") == b"the value"
    arguments = (tmp_path / "arguments").read_text().split("\n")
    assert arguments[:2] == ["account", "get-access-token"]
    assert "https://vault.azure.net" in "\n".join(arguments)
    assert "not for az" not in (tmp_path / "environment").read_text()


def test_az_without_a_login(vault, emulated, tmp_path):
    file = tmp_path / "az"
    file.write_text("#!/bin/sh\necho \"Please run 'az login' to setup "
                    "account.\" >&2\nexit 1\n")
    file.chmod(0o700)
    mount = vault.unmounted(emulated, "auth=cli", env={
        "AZURE_CLIENT_ID": None, "AZURE_CLIENT_SECRET": None,
        "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert "az login" in refused(mount)


def test_the_chain_takes_the_workload(vault, emulated, tmp_path):
    """There is no application in the environment, so it is next."""
    file = tmp_path / "token"
    file.write_text(token_of_workload(emulated))
    mount = vault.mount(emulated, "auth=auto", env={
        **ONLY, "AZURE_FEDERATED_TOKEN_FILE": str(file)})
    assert mount.read("a") == b"the value"
    worker = mount.worker_pid
    os.kill(worker, 9)
    mount.wait_for_worker(other_than=worker)
    assert mount.read("a") == b"the value"
    assert asked_by(emulated) == {APPLICATION}
