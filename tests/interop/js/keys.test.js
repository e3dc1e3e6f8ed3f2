// SPDX-License-Identifier: MIT
//
// What a program does with keys: create, import, get, list, update, rotate.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";

import {
  CROWD,
  LISTS_ONLY,
  POLL,
  VAULT,
  all,
  connectKeys,
  eventually,
  freshName,
  refusal,
} from "./common.js";

const client = connectKeys();

// The members of a JWK as the client wants them: bytes.
function bytesOf(jwk) {
  const members = ["n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y"];
  const bytes = { ...jwk };
  for (const member of members) {
    if (jwk[member]) bytes[member] = Buffer.from(jwk[member], "base64url");
  }
  return bytes;
}

test("create answers what was asked", async () => {
  const name = freshName("create");
  const expiresOn = new Date("2099-12-31T23:59:59Z");
  const made = await client.createRsaKey(name, {
    keySize: 2048,
    keyOps: ["sign", "verify"],
    tags: { owner: "ops" },
    expiresOn,
  });
  assert.equal(made.id, `${VAULT}/keys/${name}/${made.properties.version}`);
  assert.equal(made.keyType, "RSA");
  assert.deepEqual([...made.keyOperations].sort(), ["sign", "verify"]);
  assert.equal(made.key.n.length, 256);
  assert.deepEqual([...made.key.e], [1, 0, 1]);
  assert.equal(made.key.d, undefined);
  assert.deepEqual({ ...made.properties.tags }, { owner: "ops" });
  assert.deepEqual(made.properties.expiresOn, expiresOn);
  assert.equal(made.properties.recoverableDays, 90);
  assert.equal(made.properties.exportable, false);
  const read = await client.getKey(name);
  assert.equal(read.id, made.id);
  assert.deepEqual(read.key.n, made.key.n);
});

for (const [curve, size] of [
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
  ["P-256K", 32],
]) {
  test(`create on ${curve}`, async () => {
    const made = await client.createEcKey(freshName("curve"), { curve, hsm: true });
    assert.equal(made.keyType, "EC-HSM");
    assert.equal(made.key.crv, curve);
    assert.equal(made.key.x.length, size);
    assert.equal(made.key.y.length, size);
  });
}

test("import", async () => {
  const name = freshName("import");
  const ec = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  const ecJwk = bytesOf(ec.export({ format: "jwk" }));
  const made = await client.importKey(name, { ...ecJwk, keyOps: ["sign"] });
  assert.deepEqual(Buffer.from(made.key.x), ecJwk.x);
  assert.equal(made.key.d, undefined);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const rsaJwk = bytesOf(rsa.export({ format: "jwk" }));
  // Not hardwareProtected: this version of the client does not send it.
  const newer = await client.importKey(name, { ...rsaJwk, kty: "RSA-HSM" });
  assert.equal(newer.keyType, "RSA-HSM");
  assert.deepEqual(Buffer.from(newer.key.n), rsaJwk.n);
  await refusal(client.importKey(name, { ...ecJwk, d: Buffer.alloc(48, 1) }), 400, "BadParameter");
});

test("versions and update", async () => {
  const name = freshName("versions");
  const made = [];
  for (const v of ["0", "1", "2"]) made.push(await client.createEcKey(name, { tags: { v } }));
  const listed = await all(client.listPropertiesOfKeyVersions(name));
  assert.deepEqual(
    listed.map((p) => p.version).sort(),
    made.map((key) => key.properties.version).sort(),
  );
  const old = made[0].properties.version;
  const updated = await client.updateKeyProperties(name, old, {
    enabled: false,
    keyOps: ["verify"],
  });
  assert.equal(updated.properties.enabled, false);
  assert.deepEqual([...updated.keyOperations], ["verify"]);
  assert.deepEqual({ ...updated.properties.tags }, { v: "0" });
  assert.equal((await client.getKey(name)).id, made[2].id);
});

test("list over pages, some of them empty", async () => {
  const crowd = connectKeys({ vault: CROWD });
  const names = Array.from({ length: 60 }, (_, i) => `crowd-${String(i).padStart(3, "0")}`);
  for (const name of names) await crowd.createEcKey(name, { tags: { n: name } });
  const whole = await all(crowd.listPropertiesOfKeys());
  assert.deepEqual(whole.map((p) => p.name).sort(), names);
  const pages = await all(crowd.listPropertiesOfKeys().byPage());
  assert.deepEqual(pages.flat().map((p) => p.name).sort(), names);
  assert.ok(pages.some((page) => page.length === 0));
});

test("rotation", async () => {
  const name = freshName("rotate");
  const made = await client.createEcKey(name, { curve: "P-384" });
  const none = await client.getKeyRotationPolicy(name);
  assert.equal(none.lifetimeActions[0].timeBeforeExpiry, "P30D");
  const policy = await client.updateKeyRotationPolicy(name, {
    expiresIn: "P90D",
    lifetimeActions: [{ action: "Rotate", timeAfterCreate: "P30D" }],
  });
  assert.equal(policy.id, `${VAULT}/keys/${name}/rotationpolicy`);
  assert.equal(policy.expiresIn, "P90D");
  const rotated = await client.rotateKey(name);
  assert.notEqual(rotated.id, made.id);
  assert.equal(rotated.key.crv, "P-384");
  const { expiresOn, createdOn } = rotated.properties;
  assert.equal(expiresOn - createdOn, 90 * 86_400_000);
});

test("delete, recover, delete, purge, restore", async () => {
  const name = freshName("twice");
  const made = await client.createEcKey(name, { tags: { a: "b" } });
  const blob = await client.backupKey(name);
  await refusal(client.restoreKeyBackup(blob), 409, "Conflict");
  const deleted = await (await client.beginDeleteKey(name, POLL)).pollUntilDone();
  assert.equal(deleted.properties.recoveryId, `${VAULT}/deletedkeys/${name}`);
  await refusal(client.getKey(name), 404, "KeyNotFound");
  assert.equal((await client.getDeletedKey(name)).name, name);
  assert.ok((await all(client.listDeletedKeys())).some((d) => d.name === name));
  await refusal(client.createEcKey(name), 409, "Conflict", "ObjectIsDeletedButRecoverable");
  const recovered = await (await client.beginRecoverDeletedKey(name, POLL)).pollUntilDone();
  assert.equal(recovered.id, made.id);
  await (await client.beginDeleteKey(name, POLL)).pollUntilDone();
  await client.purgeDeletedKey(name);
  const restored = await eventually(
    () => client.restoreKeyBackup(blob),
    (error) => error.statusCode === 409,
  );
  assert.equal(restored.id, made.id);
  assert.deepEqual(restored.key.x, made.key.x);
});

test("a principal may list but not get", async () => {
  const listing = connectKeys({ principal: LISTS_ONLY });
  assert.ok((await all(listing.listPropertiesOfKeys())).some((p) => p.name === "seeded-key"));
  await refusal(listing.getKey("seeded-key"), 403, "Forbidden", "ForbiddenByPolicy");
});

for (const serviceVersion of ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5"]) {
  test(`api-version ${serviceVersion}`, async () => {
    const older = connectKeys({ serviceVersion });
    const name = freshName("api");
    const made = await older.createEcKey(name, { tags: { api: serviceVersion } });
    assert.deepEqual((await older.getKey(name)).key.x, made.key.x);
  });
}
