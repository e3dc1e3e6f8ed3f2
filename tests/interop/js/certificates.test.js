// SPDX-License-Identifier: MIT
//
// What a program does with certificates: make, merge, import, renew, delete.
// Each is compared with the key and the secret that belong to it, by OpenSSL.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate, createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import {
  POLL,
  VAULT,
  all,
  connect,
  connectCertificates,
  connectKeys,
  freshName,
  eventually,
  refusal,
} from "./common.js";

const client = connectCertificates();
const secrets = connect();
const keys = connectKeys();
const directory = mkdtempSync(join(tmpdir(), "interop-"));
after(() => rmSync(directory, { recursive: true }));

const file = (name) => join(directory, name);

function openssl(...options) {
  return execFileSync("openssl", options, { cwd: directory, stdio: "pipe" });
}

const EC = { keyType: "EC", keyCurveName: "P-256", subject: "CN=made, O=akvfs" };
const SELF = { issuerName: "Self", ...EC, subjectAlternativeNames: { dnsNames: ["a.example"] } };

async function create(name, policy = SELF, options = {}) {
  const poller = await client.beginCreateCertificate(name, policy, { ...POLL, ...options });
  return poller.pollUntilDone();
}

// The PEM of a secret, whichever form it has.
function pemOf(secret) {
  if (secret.properties.contentType === "application/x-pem-file") return secret.value;
  writeFileSync(file("secret.pfx"), Buffer.from(secret.value, "base64"));
  return openssl("pkcs12", "-in", "secret.pfx", "-passin", "pass:", "-nodes").toString();
}

// Certificate, key and secret are one. Returns the certificate.
async function familyOf(name) {
  const read = await client.getCertificate(name);
  const leaf = new X509Certificate(read.cer);
  const secret = await secrets.getSecret(name);
  const pem = pemOf(secret);
  assert.ok(leaf.checkPrivateKey(createPrivateKey(pem)));
  assert.ok(pem.includes(leaf.toString().trim()));
  const key = await keys.getKey(name);
  assert.equal(key.properties.managed, true);
  assert.equal(key.id, read.keyId);
  const jwk = { ...key.key };
  for (const member of ["n", "e", "x", "y"]) {
    if (jwk[member]) jwk[member] = Buffer.from(jwk[member]).toString("base64url");
  }
  assert.ok(createPublicKey({ key: jwk, format: "jwk" }).equals(leaf.publicKey));
  return leaf;
}

for (const contentType of ["application/x-pem-file", "application/x-pkcs12"]) {
  test(`a certificate that signs itself, as ${contentType}`, async () => {
    const name = freshName("self");
    const made = await create(name, { ...SELF, contentType }, { tags: { owner: "ops" } });
    assert.equal(made.name, name);
    assert.deepEqual(made.properties.tags, { owner: "ops" });
    const leaf = await familyOf(name);
    assert.equal(leaf.subjectAltName, "DNS:a.example");
    assert.ok(leaf.verify(leaf.publicKey));
    assert.equal(new Date(leaf.validTo).getTime(), made.properties.expiresOn.getTime());
  });
}

test("a request is signed by OpenSSL and merged", async () => {
  const name = freshName("merge");
  await client.beginCreateCertificate(name, { ...SELF, issuerName: "Unknown" }, POLL);
  const poller = await client.getCertificateOperation(name, POLL);
  const { csr } = poller.getOperationState().certificateOperation;
  writeFileSync(file("request.der"), csr);
  openssl("req", "-inform", "DER", "-in", "request.der", "-out", "request.pem", "-verify");
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
    "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "30");
  openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key",
    "-CAcreateserial", "-out", "leaf.pem", "-days", "20");
  const der = openssl("x509", "-in", "leaf.pem", "-outform", "DER");
  const authority = openssl("x509", "-in", "ca.pem", "-outform", "DER");
  await refusal(client.mergeCertificate(name, [authority]), 400, "BadParameter");
  await client.mergeCertificate(name, [der, authority]);
  const leaf = await familyOf(name);
  assert.ok(leaf.raw.equals(der));
});

// This client cannot say that what it imports is PEM; the Python one does.
test("PFX is imported", async () => {
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes",
    "-keyout", "own.key", "-out", "own.pem", "-subj", "/CN=own", "-days", "30");
  openssl("pkcs12", "-export", "-inkey", "own.key", "-in", "own.pem", "-out", "own.pfx",
    "-passout", "pass:secret");
  const own = new X509Certificate(readFileSync(file("own.pem")));
  const pfx = freshName("pfx");
  await client.importCertificate(pfx, readFileSync(file("own.pfx")), { password: "secret" });
  assert.equal((await familyOf(pfx)).fingerprint, own.fingerprint);
  await refusal(
    client.importCertificate(pfx, readFileSync(file("own.pfx")), { password: "wrong" }),
    400,
    "BadParameter",
  );
});

test("versions, policy, update", async () => {
  const name = freshName("versions");
  const made = [await create(name), await create(name)];
  const listed = await all(client.listPropertiesOfCertificateVersions(name));
  assert.deepEqual(
    new Set(listed.map((each) => each.version)),
    new Set(made.map((each) => each.properties.version)),
  );
  const names = (await all(client.listPropertiesOfCertificates())).map((each) => each.name);
  assert.ok(names.includes(name));
  await client.updateCertificatePolicy(name, { ...SELF, validityInMonths: 24 });
  assert.equal((await client.getCertificatePolicy(name)).validityInMonths, 24);
  const { version } = made[1].properties;
  const changed = await client.updateCertificateProperties(name, version, { tags: { a: "b" } });
  assert.deepEqual(changed.properties.tags, { a: "b" });
  assert.equal(
    (await client.getCertificateVersion(name, made[0].properties.version)).properties.id,
    `${VAULT}/certificates/${name}/${made[0].properties.version}`,
  );
});

test("delete, recover, purge, restore", async () => {
  const name = freshName("soft");
  await create(name);
  const before = await familyOf(name);
  const backup = await client.backupCertificate(name);
  await (await client.beginDeleteCertificate(name, POLL)).pollUntilDone();
  await refusal(secrets.getSecret(name), 404, "SecretNotFound");
  await (await client.beginRecoverDeletedCertificate(name, POLL)).pollUntilDone();
  assert.equal((await familyOf(name)).fingerprint, before.fingerprint);
  await (await client.beginDeleteCertificate(name, POLL)).pollUntilDone();
  await client.purgeDeletedCertificate(name);
  await eventually(
    () => client.restoreCertificateBackup(backup),
    (error) => error.statusCode === 409,
  );
  assert.equal((await familyOf(name)).fingerprint, before.fingerprint);
});

test("what belongs to a certificate is left alone", async () => {
  const name = freshName("managed");
  await create(name);
  await refusal(secrets.beginDeleteSecret(name), 403, "Forbidden", "SecretManagedByKeyVault");
  await refusal(keys.beginDeleteKey(name), 403, "Forbidden", "KeyManagedByKeyVault");
});

test("cancelling, issuers and contacts", async () => {
  const name = freshName("issuer");
  await client.createIssuer(name, "Test", { accountId: "who" });
  assert.equal((await client.getIssuer(name)).provider, "Test");
  await client.updateIssuer(name, { accountId: "other" });
  assert.equal((await client.getIssuer(name)).accountId, "other");
  await create(name, { ...SELF, issuerName: name });
  assert.equal((await familyOf(name)).issuer !== (await familyOf(name)).subject, true);
  await client.deleteIssuer(name);
  await refusal(client.getIssuer(name), 404, "CertificateIssuerNotFound");
  const waiting = freshName("cancel");
  await client.beginCreateCertificate(waiting, { ...SELF, issuerName: "Unknown" }, POLL);
  const poller = await client.getCertificateOperation(waiting, POLL);
  await poller.cancelOperation();
  await client.deleteCertificateOperation(waiting);
  await client.setContacts([{ email: "a@b.c", name: "A", phone: "1" }]);
  assert.equal((await client.getContacts())[0].email, "a@b.c");
  await client.deleteContacts();
  await refusal(client.getContacts(), 404, "ContactsNotFound");
});
