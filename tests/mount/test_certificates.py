# SPDX-License-Identifier: MIT
"""A certificate is a folder of one version; its files belong together."""

import base64
import datetime
import errno
import json
import os
import pathlib
import ssl
import subprocess
import sys
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from objects import (HOST, Chain, ask, asked, certificate_pem, delete,
                     error_of, import_pem, import_pfx, is_missing,
                     last_request, reader, version_of)
from tls_server import server_context

PUBLIC = ["cert.der", "cert.pem", "certificate.json", "policy.json"]
OF_SECRET = ["bundle.pem", "cert.pfx", "chain.pem", "fullchain.pem",
             "privkey.pem"]
ALL = sorted(PUBLIC + OF_SECRET)
# The policy is that of the certificate, not of a version that is no more.
OF_OLD = sorted(set(ALL) - {"policy.json"})


def certificates_of(mount):
    return mount.path / "certificates"


def certificates_in(text):
    return x509.load_pem_x509_certificates(text)


@pytest.mark.parametrize("form", ["pem", "pfx"])
def test_the_files_of_a_certificate(vault, form):
    emulator, mount = vault({})
    chain = Chain()
    if form == "pem":
        import_pem(emulator, "web", chain.pem())
    else:
        import_pfx(emulator, "web", chain)
    folder = certificates_of(mount) / "web"
    assert os.listdir(certificates_of(mount)) == ["web"]
    assert sorted(os.listdir(folder)) == ALL
    assert certificates_in((folder / "cert.pem").read_bytes()) == [chain.leaf]
    assert (folder / "cert.der").read_bytes() == chain.leaf.public_bytes(
        serialization.Encoding.DER)
    assert certificates_in((folder / "fullchain.pem").read_bytes())[:2] == [
        chain.leaf, chain.middle]
    assert certificates_in((folder / "chain.pem").read_bytes())[0] == (
        chain.middle)
    key = serialization.load_pem_private_key(
        (folder / "privkey.pem").read_bytes(), None)
    assert key.private_numbers() == chain.key.private_numbers()
    found = pkcs12.load_key_and_certificates(
        (folder / "cert.pfx").read_bytes(), None)
    assert found[0].private_numbers() == chain.key.private_numbers()
    assert found[1] == chain.leaf
    document = json.loads((folder / "certificate.json").read_bytes())
    for name in ALL:
        assert os.stat(folder / name).st_size == len(
            (folder / name).read_bytes())
    created = datetime.datetime.fromtimestamp(
        os.stat(folder).st_mtime, datetime.timezone.utc)
    assert document["attributes"]["created"] == created.strftime(
        "%Y-%m-%dT%H:%M:%SZ")
    json.loads((folder / "policy.json").read_bytes())


def test_a_secret_in_an_old_encryption(vault, run, tmp_path):
    """RC2, which a worker that has given up its rights loads a library for."""
    emulator, mount = vault({})
    chain = Chain()
    import_pem(emulator, "web", chain.pem())
    text = tmp_path / "chain.pem"
    text.write_text(chain.pem())
    old = tmp_path / "chain.pfx"
    made = run("openssl", "pkcs12", "-export", "-legacy", "-certpbe",
               "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-RC2-40", "-passout",
               "pass:", "-in", text, "-out", old)
    assert made.returncode == 0, made
    secret = ask(emulator, "GET", "/secrets/web")
    emulator.fault({"path": "/secrets/web/*"}, body={
        **secret, "contentType": "application/x-pkcs12",
        "value": base64.b64encode(old.read_bytes()).decode()})
    folder = certificates_of(mount) / "web"
    key = serialization.load_pem_private_key(
        (folder / "privkey.pem").read_bytes(), None)
    assert key.private_numbers() == chain.key.private_numbers()
    assert certificates_in((folder / "fullchain.pem").read_bytes())[:2] == [
        chain.leaf, chain.middle]


def test_a_certificate_is_asked_for_once(vault):
    """And its secret: for certificates/web and for secrets/web."""
    emulator, mount = vault({})
    import_pem(emulator, "web", Chain().pem())
    folder = certificates_of(mount) / "web"
    since = last_request(emulator)
    assert sorted(os.listdir(folder)) == ALL
    for name in ALL:
        (folder / name).read_bytes()
    mount.read("web")
    made = asked(emulator, since)
    assert made.count("/certificates/web") == 1
    assert made.count("/secrets/web") == 1
    assert set(made) <= {"/certificates/web", "/secrets/web",
                         "/certificates/web/pending"}
    since = last_request(emulator)
    for name in ALL:
        (folder / name).read_bytes()
        os.getxattr(folder / name, "user.akv.subject")
    assert sorted(os.listdir(folder)) == ALL
    assert asked(emulator, since) == []


def test_the_secret_and_the_key_of_a_certificate(vault):
    emulator, mount = vault({})
    import_pem(emulator, "web", Chain().pem())
    assert mount.names() == ["web"]
    assert os.getxattr(mount.secrets / "web", "user.akv.managed") == b"true"
    assert os.listdir(mount.path / "keys") == ["web"]
    assert os.getxattr(mount.path / "keys" / "web",
                       "user.akv.managed") == b"true"
    public = serialization.load_pem_public_key(
        (mount.path / "keys" / "web" / "public.pem").read_bytes())
    leaf = certificates_in(
        (certificates_of(mount) / "web" / "cert.pem").read_bytes())[0]
    assert leaf.public_key().public_numbers() == public.public_numbers()


def test_files_of_one_folder_belong_together(vault):
    emulator, mount = vault({}, "ttl=0")
    old, new = Chain(1000), Chain(2000)
    import_pem(emulator, "web", old.pem())
    folder = certificates_of(mount) / "web"
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def read(name):
        file = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        try:
            return os.read(file, 100000)
        finally:
            os.close(file)

    try:
        assert certificates_in(read("cert.pem")) == [old.leaf]
        import_pem(emulator, "web", new.pem())
        assert certificates_in(
            (folder / "cert.pem").read_bytes()) == [new.leaf]
        key = serialization.load_pem_private_key(read("privkey.pem"), None)
        assert key.private_numbers() == old.key.private_numbers()
        assert set(OF_OLD) <= set(os.listdir(descriptor)) <= set(ALL)
        assert json.loads(read("certificate.json"))
        assert os.stat(folder).st_ino != os.fstat(descriptor).st_ino
        key = serialization.load_pem_private_key(
            (folder / "privkey.pem").read_bytes(), None)
        assert key.private_numbers() == new.key.private_numbers()
    finally:
        os.close(descriptor)


ROTATIONS = 1000
SERVERS = 8
CHAINS = 40


class Server:
    def __init__(self, folder):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S",
             pathlib.Path(__file__).with_name("tls_server.py"),
             str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()  # it has begun

    def end(self):
        said, _ = self.process.communicate(timeout=60)
        return json.loads(said)


def test_rotations_under_servers(vault):
    emulator, mount = vault({}, "ttl=0", debug=False)
    chains = [Chain(i * 10 + 10) for i in range(CHAINS)]
    import_pem(emulator, "web", chains[0].pem())
    servers = [Server(certificates_of(mount) / "web")
               for _ in range(SERVERS)]
    for i in range(ROTATIONS):
        import_pem(emulator, "web", chains[i % CHAINS].pem())
    ends = [server.end() for server in servers]
    assert [end["wrong"] for end in ends] == [[]] * SERVERS
    # They did meet rotations, each of them.
    assert min(end["certificates"] for end in ends) > 1, ends
    assert sum(end["turns"] for end in ends) > 100, ends


def test_files_of_two_paths_need_not_belong_together(vault):
    """What the servers of the test above would notice."""
    emulator, mount = vault({}, "ttl=0")
    import_pem(emulator, "web", Chain(1000).pem())
    folder = certificates_of(mount) / "web"
    texts = [(folder / "fullchain.pem").read_bytes()]
    import_pem(emulator, "web", Chain(2000).pem())
    texts.append((folder / "privkey.pem").read_bytes())
    with pytest.raises(ssl.SSLError):
        server_context(texts)


def test_a_key_that_may_not_be_exported(vault):
    emulator, mount = vault({}, debug=False)
    chain = Chain()
    import_pem(emulator, "web", chain.pem(), exportable=False)
    folder = certificates_of(mount) / "web"
    names = os.listdir(folder)
    assert set(PUBLIC) <= set(names)
    for name in ("privkey.pem", "bundle.pem", "cert.pfx"):
        assert name not in names
        assert is_missing(folder / name)
    assert certificates_in((folder / "cert.pem").read_bytes()) == [chain.leaf]
    assert mount.log().decode().count("not exportable") == 1
    status = mount.status()
    assert status["files"]["kept"] == 3
    assert status["files"]["absent"] == status["files"]["forbidden"] == 0
    assert status["private_files"] == (
        "not shown where the key is not exportable")


def test_who_may_not_get_secrets(vault):
    emulator, mount = vault({}, "negative_ttl=0", debug=False, **reader(
        certificates=["get", "list"], secrets=["list"]))
    chain = Chain()
    import_pem(emulator, "web", chain.pem())
    folder = certificates_of(mount) / "web"
    assert sorted(os.listdir(folder)) == PUBLIC
    for name in OF_SECRET:
        assert is_missing(folder / name)
    assert certificates_in((folder / "cert.pem").read_bytes()) == [chain.leaf]
    json.loads((folder / "certificate.json").read_bytes())
    log = mount.log().decode()
    assert log.count("the identity may not get secrets") == 1
    status = mount.status()
    assert status["files"]["forbidden"] == len(OF_SECRET)
    assert "may not get secrets" in status["private_files"]


def test_that_nothing_is_asked_for_twice_while_it_may_not_be_had(vault):
    emulator, mount = vault({}, **reader(
        certificates=["get", "list"], secrets=["list"]))
    import_pem(emulator, "web", Chain().pem())
    folder = certificates_of(mount) / "web"
    for _ in range(3):
        os.listdir(folder)
        for name in OF_SECRET:
            assert is_missing(folder / name)
    assert asked(emulator).count("/secrets/web") == 1


def test_the_vault_is_away(vault):
    """Half of what there is, is not shown as the whole."""
    emulator, mount = vault({}, "timeout=1s")
    import_pem(emulator, "web", Chain().pem())
    folder = certificates_of(mount) / "web"
    assert os.stat(folder)
    fault = {"path": "/secrets/web*"}
    emulator.fault(fault, status=503)
    assert error_of(os.stat, folder / "privkey.pem") == errno.ETIMEDOUT
    assert certificates_in((folder / "cert.pem").read_bytes())
    assert sorted(os.listdir(folder)) == ALL
    emulator.clear_faults()
    deadline = time.monotonic() + 20
    while True:
        try:
            (folder / "privkey.pem").read_bytes()
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_disabled_certificate(vault):
    emulator, mount = vault({}, "ttl=0")
    version = version_of(import_pem(emulator, "web", Chain().pem()))
    folder = certificates_of(mount) / "web"
    assert (folder / "privkey.pem").read_bytes()
    ask(emulator, "PATCH", f"/certificates/web/{version}",
        {"attributes": {"enabled": False}})
    for name in ("cert.pem", "privkey.pem"):
        assert error_of(os.stat, folder / name) == errno.EACCES
    assert sorted(os.listdir(folder)) == ALL
    document = json.loads((folder / "certificate.json").read_bytes())
    assert document["attributes"]["enabled"] is False


def test_versions_of_a_certificate(vault):
    emulator, mount = vault({})
    chains = [Chain(1000), Chain(2000)]
    bundles = []
    for chain in chains:
        bundles.append(import_pem(emulator, "web", chain.pem()))
        emulator.advance(100)
    history = mount.path / ".versions" / "certificates" / "web"
    assert sorted(os.listdir(history)) == sorted(map(version_of, bundles))
    for bundle, chain in zip(bundles, chains):
        folder = history / version_of(bundle)
        for path in (folder, folder / "cert.pem", folder / "privkey.pem"):
            assert os.stat(path).st_mtime == bundle["attributes"]["created"]
        assert set(OF_OLD) <= set(os.listdir(folder)) <= set(ALL)
        assert certificates_in(
            (folder / "cert.pem").read_bytes()) == [chain.leaf]
        key = serialization.load_pem_private_key(
            (folder / "privkey.pem").read_bytes(), None)
        assert key.private_numbers() == chain.key.private_numbers()


def test_a_deleted_certificate(vault):
    emulator, mount = vault({})
    chain = Chain()
    import_pem(emulator, "web", chain.pem(), tags={"n": "1"})
    delete(emulator, "certificates", "web")
    bin_ = mount.path / ".deleted" / "certificates"
    assert os.listdir(bin_) == ["web"]
    document = json.loads((bin_ / "web").read_bytes())
    assert document["recoveryId"] == (
        f"https://{HOST}/deletedcertificates/web")
    assert os.getxattr(bin_ / "web", "user.akv.subject") == (
        b"CN=www.example.com")
    assert os.getxattr(bin_ / "web", "user.akv.tag.n") == b"1"


def test_an_operation_that_is_pending(vault):
    emulator, mount = vault({}, "ttl=0")
    ask(emulator, "POST", "/certificates/new/create", {"policy": {
        "issuer": {"name": "Unknown"},
        "x509_props": {"subject": "CN=new.example.com"},
        "key_props": {"kty": "EC", "crv": "P-256", "exportable": True},
        "secret_props": {"contentType": "application/x-pem-file"}}})
    folder = certificates_of(mount) / "new"
    document = json.loads((folder / "certificate.json").read_bytes())
    assert document["pending"]["status"] == "inProgress"
    before = os.stat(folder / "certificate.json")
    ask(emulator, "PATCH", "/certificates/new/pending",
        {"cancellation_requested": True})
    document = json.loads((folder / "certificate.json").read_bytes())
    assert document["pending"]["cancellation_requested"] is True
    after = os.stat(folder / "certificate.json")
    assert after.st_ino != before.st_ino
    # It is disabled until it is issued.
    assert error_of(os.stat, folder / "privkey.pem") in (
        errno.EACCES, errno.ENOENT)


def test_attributes_of_a_certificate(vault):
    emulator, mount = vault({})
    chain = Chain()
    bundle = import_pem(emulator, "web", chain.pem(),
                        tags={"team": "shop", "x" * 250: "too long"})
    folder = certificates_of(mount) / "web"
    thumbprint = chain.leaf.fingerprint(hashes.SHA1()).hex()
    for path in (folder, folder / "privkey.pem", folder / "policy.json"):
        found = {name: os.getxattr(path, name).decode()
                 for name in os.listxattr(path)}
        assert found["user.akv.id"] == bundle["id"]
        assert found["user.akv.subject"] == "CN=www.example.com"
        assert found["user.akv.issuer"] == "CN=Middle"
        assert found["user.akv.thumbprint"].lower() == thumbprint
        assert "www.example.com" in found["user.akv.sans"]
        assert found["user.akv.tag.team"] == "shop"
        assert [name for name in found if "tag." in name] == [
            "user.akv.tag.team"]
        assert json.loads(found["user.akv.tags"])["x" * 250] == "too long"
        assert "user.akv.kty" not in found


def test_a_server_with_it(vault):
    """What is mounted serves TLS."""
    emulator, mount = vault({})
    chain = Chain()
    import_pem(emulator, "web", chain.pem())
    folder = certificates_of(mount) / "web"
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "fullchain.pem", folder / "privkey.pem")
    client = ssl.create_default_context(
        cadata=certificate_pem(chain.root).decode())
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    both = (client.wrap_bio(ours, theirs,
                            server_hostname="www.example.com"),
            served.wrap_bio(theirs, ours, server_side=True))
    done = set()
    for _ in range(20):
        for side in both:
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
    assert len(done) == 2


def test_readers_while_the_worker_dies(vault):
    emulator, mount = vault({})
    import_pem(emulator, "web", Chain().pem())
    folder = certificates_of(mount) / "web"
    texts = {name: (folder / name).read_bytes() for name in ALL}
    wrong = []
    stop = threading.Event()

    def reads():
        while not stop.is_set():
            for name, text in texts.items():
                if (folder / name).read_bytes() != text:
                    wrong.append(name)

    threads = [threading.Thread(target=reads) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        worker = mount.worker_pid
        os.kill(worker, 9)
        mount.wait_for_worker(other_than=worker)
        time.sleep(0.1)
        os.kill(mount.launcher_pid, 10)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
