# SPDX-License-Identifier: MIT
"""Making keys, certificates and storage accounts in the emulated vault.

They are made by the requests that clients make. What a mount shows of them is
compared with what the cryptography package makes of the same bytes.
"""

import base64
import datetime
import errno
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

HOST = "demo.vault.azure.net"
API = "?api-version=7.4"
WAIT_S = 20
READER = ("11111111-2222-3333-4444-555555555555", "the secret of the reader")


def reader(**permissions):
    """What vault() takes for an identity with these permissions only."""
    return {
        "vault": {"principals": {READER[0]: {
            "secret": READER[1], "permissions": permissions}}},
        "env": {"AZURE_CLIENT_ID": READER[0],
                "AZURE_CLIENT_SECRET": READER[1]}}


def error_of(function, *arguments):
    with pytest.raises(OSError) as caught:
        function(*arguments)
    return caught.value.errno


def is_missing(path):
    try:
        path.stat()
    except OSError as error:
        assert error.errno == errno.ENOENT, (path, error)
        return True
    return False


def last_request(emulator):
    return max((request["seq"] for request in emulator.requests()), default=0)


def asked(emulator, since=0):
    """The paths that the vault was asked for, each as often as it was."""
    return [request["path"] for request in emulator.requests(since)
            if request["host"] == HOST]


def wait_until(condition):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ask(emulator, method, path, body=None, api=API):
    answer = emulator.call(method, HOST, path + api, body)
    assert answer.status < 300, (path, answer)
    return answer.json() if answer.body else None


def version_of(document):
    id_ = document["key"]["kid"] if "key" in document else document["id"]
    return id_.rsplit("/", 1)[1]


def put_secret(emulator, name, value, **more):
    """Returns the version."""
    return version_of(ask(emulator, "PUT", f"/secrets/{name}",
                          {"value": value, **more}))


def delete(emulator, kind, name):
    """Deleting takes the vault a moment, as the service does."""
    ask(emulator, "DELETE", f"/{kind}/{name}")
    wait_until(lambda: emulator.call(
        "GET", HOST, f"/deleted{kind}/{name}{API}").status == 200)


def create_key(emulator, name, kty="EC", **more):
    """Returns the bundle."""
    more.setdefault("crv" if kty.startswith("EC") else "key_size",
                    "P-256" if kty.startswith("EC") else 2048)
    return ask(emulator, "POST", f"/keys/{name}/create",
               {"kty": kty, **more})


def distinguished(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def new_key(kind="ec"):
    return (ec.generate_private_key(ec.SECP256R1()) if kind == "ec"
            else rsa.generate_private_key(65537, 2048))


def sign(subject, key, issuer, issuer_key, serial, is_ca=False):
    start = datetime.datetime(2026, 1, 1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(issuer)
        .public_key(key.public_key()).serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(is_ca, None), critical=True))
    if not is_ca:
        builder = builder.add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("www.example.com")]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


class Chain:
    """A leaf, an intermediate and a root, made anew."""

    def __init__(self, serial=1000, kind="ec"):
        root_key, middle_key = new_key(), new_key()
        self.key = new_key(kind)
        root, middle = distinguished("Root"), distinguished("Middle")
        self.root = sign(root, root_key, root, root_key, serial, is_ca=True)
        self.middle = sign(middle, middle_key, root, root_key, serial + 1,
                           is_ca=True)
        self.leaf = sign(distinguished("www.example.com"), self.key, middle,
                         middle_key, serial + 2)

    def pem(self):
        """As one imports it: the key, then leaf and intermediates."""
        return (key_pem(self.key) + b"".join(
            certificate_pem(one)
            for one in (self.leaf, self.middle, self.root))).decode()


def key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption())


def certificate_pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def import_pem(emulator, name, pem, exportable=True, **more):
    """Returns the bundle."""
    return ask(emulator, "POST", f"/certificates/{name}/import", {
        "value": pem,
        "policy": {
            "key_props": {"exportable": exportable},
            "secret_props": {"contentType": "application/x-pem-file"}},
        **more})


def pkcs12_of(chain):
    from cryptography.hazmat.primitives.serialization import pkcs12
    return base64.b64encode(pkcs12.serialize_key_and_certificates(
        b"", chain.key, chain.leaf, [chain.middle, chain.root],
        serialization.NoEncryption())).decode()


def import_pfx(emulator, name, chain, exportable=True):
    return ask(emulator, "POST", f"/certificates/{name}/import", {
        "value": pkcs12_of(chain),
        "policy": {
            "key_props": {"exportable": exportable},
            "secret_props": {"contentType": "application/x-pkcs12"}}})
