// SPDX-License-Identifier: MIT
//
// What a program does with secrets: set, get, list, update, back up.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DefaultAzureCredential } from "@azure/identity";
import { SecretClient, parseKeyVaultSecretIdentifier } from "@azure/keyvault-secrets";

import { CROWD, POLL, VAULT, all, connect, eventually, freshName, refusal } from "./common.js";

const client = connect();

test("set answers what was set, and get the same", async () => {
  const name = freshName("set");
  const before = Date.now();
  const notBefore = new Date("2020-02-29T12:00:00Z");
  const expiresOn = new Date("2099-12-31T23:59:59Z");
  const made = await client.setSecret(name, "hunter2", {
    contentType: "text/plain",
    tags: { owner: "ops", empty: "" },
    enabled: true,
    notBefore,
    expiresOn,
  });
  const read = await client.getSecret(name);
  for (const secret of [made, read]) {
    assert.equal(secret.value, "hunter2");
    assert.equal(secret.name, name);
    const properties = secret.properties;
    assert.match(properties.version, /^[0-9a-f]{32}$/);
    assert.equal(properties.id, `${VAULT}/secrets/${name}/${properties.version}`);
    assert.equal(properties.contentType, "text/plain");
    assert.deepEqual({ ...properties.tags }, { owner: "ops", empty: "" });
    assert.equal(properties.enabled, true);
    assert.deepEqual(properties.notBefore, notBefore);
    assert.deepEqual(properties.expiresOn, expiresOn);
    assert.ok(Math.abs(properties.createdOn.getTime() - before) < 30_000);
    assert.deepEqual(properties.updatedOn, properties.createdOn);
    assert.equal(properties.recoveryLevel, "Recoverable+Purgeable");
    assert.equal(properties.recoverableDays, 90);
    assert.equal(properties.managed, undefined);
  }
  assert.equal(read.properties.version, made.properties.version);
});

test("the seeded secret is there", async () => {
  const secret = await client.getSecret("seeded");
  assert.equal(secret.value, "from the seed");
  assert.equal(secret.properties.contentType, "text/plain");
  assert.deepEqual({ ...secret.properties.tags }, { "made-by": "seed" });
});

for (const [what, value] of [
  ["empty", ""],
  ["blank", " \t\r\n"],
  ["unicode", "päß wörd €  漢字 🔐 \u200b"],
  ["json", '{"a": "\\"b\\\\"}</script>'],
  ["25,000 bytes", "x".repeat(25_000)],
  ["24,000 bytes of 3-byte characters", "€".repeat(8_000)],
  ["control characters", "\x01\x1f\x7f"],
]) {
  test(`a value comes back as it was: ${what}`, async () => {
    const name = freshName("value");
    assert.equal((await client.setSecret(name, value)).value, value);
    assert.equal((await client.getSecret(name)).value, value);
  });
}

test("a value over the limit is refused", async () => {
  const name = freshName("over");
  await refusal(client.setSecret(name, "x".repeat(26_000)), 400, "BadParameter");
  await refusal(client.getSecret(name), 404, "SecretNotFound");
});

test("versions", async () => {
  const name = freshName("versions");
  const made = [];
  for (const value of ["0", "1", "2"]) made.push(await client.setSecret(name, value));
  const listed = await all(client.listPropertiesOfSecretVersions(name));
  assert.deepEqual(
    listed.map((p) => p.version).sort(),
    made.map((s) => s.properties.version).sort(),
  );
  for (const secret of made) {
    const read = await client.getSecret(name, { version: secret.properties.version });
    assert.equal(read.value, secret.value);
  }
  assert.equal((await client.getSecret(name)).value, "2");
});

test("versions of what is missing are none", async () => {
  assert.deepEqual(await all(client.listPropertiesOfSecretVersions(freshName("none"))), []);
});

test("update leaves the rest alone", async () => {
  const name = freshName("update");
  const made = await client.setSecret(name, "kept", { contentType: "a", tags: { t: "1" } });
  const version = made.properties.version;
  const expiresOn = new Date("2080-01-01T00:00:00Z");
  const updated = await client.updateSecretProperties(name, version, {
    contentType: "b",
    expiresOn,
  });
  assert.equal(updated.version, version);
  assert.equal(updated.contentType, "b");
  assert.deepEqual(updated.expiresOn, expiresOn);
  assert.deepEqual({ ...updated.tags }, { t: "1" });
  const read = await client.getSecret(name);
  assert.equal(read.value, "kept");
  assert.equal(read.properties.contentType, "b");
});

test("disable and enable", async () => {
  const name = freshName("disable");
  const { version } = (await client.setSecret(name, "sleeping")).properties;
  const off = await client.updateSecretProperties(name, version, { enabled: false });
  assert.equal(off.enabled, false);
  await refusal(client.getSecret(name), 403, "Forbidden", "SecretDisabled");
  const listed = await all(client.listPropertiesOfSecrets());
  assert.equal(listed.find((p) => p.name === name).enabled, false);
  await client.updateSecretProperties(name, version, { enabled: true });
  assert.equal((await client.getSecret(name)).value, "sleeping");
});

test("list over pages, some of them empty", async () => {
  const crowd = connect({ vault: CROWD });
  const names = Array.from({ length: 60 }, (_, i) => `crowd-${String(i).padStart(3, "0")}`);
  for (const name of names) {
    await crowd.setSecret(name, "v", { contentType: "n", tags: { n: name } });
  }
  const whole = await all(crowd.listPropertiesOfSecrets());
  assert.deepEqual(whole.map((p) => p.name).sort(), names);
  for (const properties of whole) {
    assert.deepEqual({ ...properties.tags }, { n: properties.name });
    assert.equal(properties.contentType, "n");
    assert.equal(properties.version, undefined);
  }
  const pages = await all(crowd.listPropertiesOfSecrets().byPage());
  const small = await all(crowd.listPropertiesOfSecrets().byPage({ maxPageSize: 7 }));
  for (const walked of [pages, small]) {
    assert.deepEqual(walked.flat().map((p) => p.name).sort(), names);
  }
  assert.equal(Math.max(...pages.map((page) => page.length)), 25);
  assert.ok(pages.some((page) => page.length === 0));
  assert.equal(Math.max(...small.map((page) => page.length)), 7);
});

test("backup and restore", async () => {
  const name = freshName("backup");
  await client.setSecret(name, "one", { tags: { v: "one" } });
  await client.setSecret(name, "two", { tags: { v: "two" } });
  const versions = async () =>
    (await all(client.listPropertiesOfSecretVersions(name))).map((p) => p.version).sort();
  const before = await versions();
  const blob = await client.backupSecret(name);
  assert.ok(blob.length > 0);
  await refusal(client.restoreSecretBackup(blob), 409, "Conflict");
  await (await client.beginDeleteSecret(name, POLL)).pollUntilDone();
  await client.purgeDeletedSecret(name);
  const restored = await eventually(
    () => client.restoreSecretBackup(blob),
    (error) => error.statusCode === 409,
  );
  assert.equal(restored.name, name);
  assert.equal((await client.getSecret(name)).value, "two");
  assert.deepEqual(await versions(), before);

  blob[Math.floor(blob.length / 2)] ^= 1;
  const spoilt = await client.restoreSecretBackup(blob).then(
    () => assert.fail("a spoilt backup was restored"),
    (error) => error,
  );
  assert.equal(spoilt.statusCode, 400);
});

for (const serviceVersion of ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5"]) {
  test(`api-version ${serviceVersion}`, async () => {
    const older = connect({ serviceVersion });
    const name = freshName("api");
    await older.setSecret(name, "v", { tags: { api: serviceVersion } });
    const read = await older.getSecret(name);
    assert.equal(read.value, "v");
    assert.deepEqual({ ...read.properties.tags }, { api: serviceVersion });
  });
}

test("an api-version that does not exist is refused", async () => {
  const odd = connect({ serviceVersion: "7.99" });
  const error = await refusal(odd.getSecret("seeded"), 400, "BadParameter");
  assert.match(error.message, /7\.99/);
});

test("the default credential finds the principal in the environment", async () => {
  const found = new SecretClient(VAULT, new DefaultAzureCredential());
  assert.equal((await found.getSecret("seeded")).value, "from the seed");
});

test("identifiers parse", async () => {
  const made = await client.setSecret(freshName("id"), "x");
  const parsed = parseKeyVaultSecretIdentifier(made.properties.id);
  assert.equal(parsed.vaultUrl, VAULT);
  assert.equal(parsed.name, made.name);
  assert.equal(parsed.version, made.properties.version);
});
