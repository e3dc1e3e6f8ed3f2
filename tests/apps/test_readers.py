# SPDX-License-Identifier: MIT
"""Programs that read a certificate's files and say what they found."""

import re
import ssl
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization

NODE = """
const tls = require('tls'), fs = require('fs'), path = require('path');
const [folder, root] = process.argv.slice(1);
const read = name => fs.readFileSync(path.join(folder, name));
const forms = [
  {key: read('privkey.pem'), cert: read('fullchain.pem')},
  {pfx: read('cert.pfx')},
];
(function next() {
  const form = forms.shift();
  if (!form) return;
  const server = tls.createServer(form, peer => peer.end('hello'));
  server.listen(0, '127.0.0.1', () => {
    const client = tls.connect({port: server.address().port,
      host: '127.0.0.1', servername: 'localhost',
      ca: fs.readFileSync(root)}, () => console.log(client.authorized));
    client.resume();
    client.on('close', () => server.close(next));
  });
})();
"""


def pem_in(text):
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?"
                      r"-----END CERTIFICATE-----\n", text, re.DOTALL)


def text_of(chain):
    return [one.public_bytes(serialization.Encoding.PEM).decode()
            for one in chain]


def test_openssl(certificate, run, tmp_path):
    of = certificate.file
    assert "CN = leaf" in run("openssl", "x509", "-in", of("cert.pem"),
                              "-noout", "-subject")
    run("openssl", "x509", "-inform", "DER", "-in", of("cert.der"), "-noout")
    run("openssl", "pkey", "-in", of("privkey.pem"), "-noout", "-check")
    public = run("openssl", "pkey", "-in", of("privkey.pem"), "-pubout")
    assert public == run("openssl", "x509", "-in", of("cert.pem"), "-noout",
                         "-pubkey")
    assert public == run("openssl", "pkey", "-in", of("bundle.pem"), "-pubout")
    run("openssl", "verify", "-CAfile", certificate.root, "-untrusted",
        of("fullchain.pem"), of("cert.pem"))
    out = run("openssl", "pkcs12", "-in", of("cert.pfx"), "-passin", "pass:",
              "-nodes")
    assert sorted(pem_in(out)) == sorted(text_of(certificate.chain))
    (tmp_path / "key").write_text(out)
    assert public == run("openssl", "pkey", "-in", tmp_path / "key", "-pubout")


def test_order(certificate):
    """The leaf first, each issued by the next, whatever the vault holds."""
    chain = text_of(certificate.chain)
    full = (certificate.folder / "fullchain.pem").read_text()
    assert full == "".join(chain)
    rest = certificate.folder / "chain.pem"
    if len(chain) == 1:
        assert not rest.exists()
    else:
        assert rest.read_text() == "".join(chain[1:])
    assert (certificate.folder / "bundle.pem").read_text() == (
        (certificate.folder / "privkey.pem").read_text() + full)


def test_keytool(certificate, run):
    """Java, with an empty password."""
    out = run("keytool", "-list", "-v", "-storetype", "PKCS12", "-keystore",
              certificate.file("cert.pfx"), "-storepass", "")
    assert "Your keystore contains 1 entry" in out
    assert "Entry type: PrivateKeyEntry" in out
    assert f"Certificate chain length: {len(certificate.chain)}" in out
    assert f"Alias name: {certificate.folder.name}" in out


def test_node(certificate, run):
    assert run("node", "-e", NODE, certificate.folder,
               certificate.root) == "true\ntrue\n"


def handshake(server, client):
    ends = []
    pipes = (ssl.MemoryBIO(), ssl.MemoryBIO())
    ends.append(server.wrap_bio(*pipes, server_side=True))
    ends.append(client.wrap_bio(pipes[1], pipes[0],
                                server_hostname="localhost"))
    waiting = list(ends)
    for _ in range(10):
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                pass
        if not waiting:
            return ends[1].getpeercert(binary_form=True)
    raise AssertionError("no handshake")


@pytest.mark.parametrize("files", [("fullchain.pem", "privkey.pem"),
                                   ("bundle.pem",)])
def test_python(certificate, files):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*map(certificate.file, files))
    client = ssl.create_default_context(cafile=str(certificate.root))
    assert handshake(server, client) == certificate.chain[0].public_bytes(
        serialization.Encoding.DER)


def test_a_key_that_is_another_is_seen(certificates, tmp_path):
    """What the tests above stand on: a wrong pair is not taken."""
    one, other = certificates["pem-p-256-1"], certificates["pem-p-384-1"]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.raises(ssl.SSLError):
        server.load_cert_chain(one.file("cert.pem"), other.file("privkey.pem"))
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", other.root, one.file("cert.pem")],
        capture_output=True, check=False)
    assert done.returncode != 0
