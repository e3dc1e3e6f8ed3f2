# SPDX-License-Identifier: MIT
"""A vault of certificates in every form, mounted once for all programs.

What the vault says of a certificate is given to the emulator word for word, so
that the order in which a secret holds its certificates is ours.
"""

import base64
import dataclasses
import datetime
import ipaddress
import itertools
import json
import os
import pathlib
import pwd
import random
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from akv_emulator import Emulator
from akvfs_mount import Mount, seed_of

HOST = "demo.vault.azure.net"
VERSION = "0123456789abcdef0123456789abcdef"
CREATED_S = 1700000000
KINDS = {
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-4096": lambda: rsa.generate_private_key(65537, 4096),
    "p-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p-384": lambda: ec.generate_private_key(ec.SECP384R1()),
}
LENGTHS = (1, 2, 4)
FORMS = {"pem": "application/x-pem-file", "pfx": "application/x-pkcs12"}
NAMES = ["-".join((form, kind, str(length)))
         for form, kind, length in itertools.product(FORMS, KINDS, LENGTHS)]


@dataclasses.dataclass
class Certificate:
    """A certificate of the vault, as a program finds it."""

    folder: pathlib.Path
    chain: list       # the leaf first
    root: pathlib.Path  # whom a peer has to trust

    def file(self, name):
        return str(self.folder / name)


def issue(common, key, issuer, issuer_key, is_ca):
    start = datetime.datetime(2020, 1, 1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(issuer or name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
        .add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("localhost"),
             x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False))
    return builder.sign(issuer_key, hashes.SHA256())


def make_chain(key, length):
    """The leaf first."""
    if length == 1:
        return [issue("leaf", key, None, key, True)]
    chain, issuer, issuer_key = [], None, None
    for i in reversed(range(1, length)):
        own = ec.generate_private_key(ec.SECP256R1())
        made = issue(f"ca-{i}", own, issuer, issuer_key or own, True)
        chain.insert(0, made)
        issuer, issuer_key = made.subject, own
    return [issue("leaf", key, issuer, issuer_key, False), *chain]


def pem_of(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def secret_of(form, key, chain):
    """What the vault stores; its certificates are in no order."""
    shuffled = list(chain)
    random.Random(len(chain)).shuffle(shuffled)
    if len(chain) > 1 and shuffled == chain:
        shuffled.reverse()
    if form == "pem":
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode() + "".join(
                map(pem_of, shuffled))
    others = [one for one in shuffled if one is not chain[0]]
    return base64.b64encode(pkcs12.serialize_key_and_certificates(
        None, key, chain[0], others,
        serialization.NoEncryption())).decode()


def tell(emulator, path, body, status=200):
    emulator.fault({"host": HOST, "path": path}, status=status,
                   headers={"Content-Type": "application/json"},
                   body=json.dumps(body))


def store(emulator, name, form, key, chain):
    attributes = {"enabled": True, "created": CREATED_S, "updated": CREATED_S}
    der = chain[0].public_bytes(serialization.Encoding.DER)
    sha1 = chain[0].fingerprint(hashes.SHA1())
    tell(emulator, f"/certificates/{name}*", {
        "id": f"https://{HOST}/certificates/{name}/{VERSION}",
        "kid": f"https://{HOST}/keys/{name}/{VERSION}",
        "sid": f"https://{HOST}/secrets/{name}/{VERSION}",
        "x5t": base64.urlsafe_b64encode(sha1).decode().rstrip("="),
        "cer": base64.b64encode(der).decode(),
        "contentType": FORMS[form],
        "attributes": attributes,
        "policy": {"id": f"https://{HOST}/certificates/{name}/policy",
                   "key_props": {"exportable": True}}})
    tell(emulator, f"/secrets/{name}*", {
        "id": f"https://{HOST}/secrets/{name}/{VERSION}",
        "value": secret_of(form, key, chain),
        "contentType": FORMS[form], "managed": True,
        "kid": f"https://{HOST}/keys/{name}/{VERSION}",
        "attributes": attributes})


@pytest.fixture(scope="session")
def server_user():
    """Whom servers run as that refuse to be root; the mount is theirs."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(
        os.geteuid())


@pytest.fixture(scope="session")
def emulator():
    with Emulator(seed=seed_of({})) as made:
        yield made


@pytest.fixture(scope="session")
def mount(emulator, server_user):
    options = ["ttl=1h"]
    if os.geteuid() == 0:
        options += [f"uid={server_user.pw_uid}", f"gid={server_user.pw_gid}"]
    with Mount(emulator, ",".join(options)) as made:
        # The way down to it, which mkdtemp keeps to itself.
        made.directory.chmod(0o755)
        yield made


@pytest.fixture(scope="session")
def certificates(emulator, mount, tmp_path_factory):
    """All of them, by name."""
    directory = tmp_path_factory.mktemp("roots")
    keys = {kind: make() for kind, make in KINDS.items()}
    tell(emulator, "/certificates/*/pending",
         {"error": {"code": "PendingCertificateNotFound", "message": "none"}},
         404)
    found = {}
    for name in NAMES:
        form, kind, length = name.split("-", 1)[0], *name.split(
            "-", 1)[1].rsplit("-", 1)
        chain = make_chain(keys[kind], int(length))
        store(emulator, name, form, keys[kind], chain)
        root = directory / f"{name}.pem"
        root.write_text(pem_of(chain[-1]))
        found[name] = Certificate(mount.path / "certificates" / name, chain,
                                  root)
    return found


@pytest.fixture(params=NAMES)
def certificate(request, certificates):
    return certificates[request.param]


@pytest.fixture(scope="session")
def run():
    """run(PROGRAM, ARGUMENT...): what it printed; it has to end well."""
    def run_(*words, **more):
        done = subprocess.run(
            [str(word) for word in words], capture_output=True, text=True,
            timeout=60, check=False, stdin=subprocess.DEVNULL, **more)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr
    return run_
