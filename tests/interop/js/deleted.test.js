// SPDX-License-Identifier: MIT
//
// Soft delete: delete, look, recover, purge, and what is refused meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";

import { POLL, VAULT, all, connect, eventually, freshName, refusal } from "./common.js";

const client = connect();

test("delete, recover, delete, purge", async () => {
  const name = freshName("twice");
  const made = await client.setSecret(name, "lives twice", {
    contentType: "text/plain",
    tags: { a: "b" },
  });
  const deleted = await (await client.beginDeleteSecret(name, POLL)).pollUntilDone();
  assert.equal(deleted.name, name);
  assert.equal(deleted.recoveryId, `${VAULT}/deletedsecrets/${name}`);
  assert.deepEqual({ ...deleted.properties.tags }, { a: "b" });
  const { deletedOn, scheduledPurgeDate } = deleted.properties;
  assert.equal(scheduledPurgeDate - deletedOn, 90 * 86_400_000);

  await refusal(client.getSecret(name), 404, "SecretNotFound");
  const live = await all(client.listPropertiesOfSecrets());
  assert.ok(!live.some((p) => p.name === name));
  const found = await client.getDeletedSecret(name);
  assert.equal(found.recoveryId, deleted.recoveryId);
  const listed = (await all(client.listDeletedSecrets())).find((d) => d.name === name);
  assert.equal(listed.recoveryId, deleted.recoveryId);
  assert.equal(listed.properties.contentType, "text/plain");
  await refusal(client.setSecret(name, "x"), 409, "Conflict", "ObjectIsDeletedButRecoverable");

  const recovered = await (await client.beginRecoverDeletedSecret(name, POLL)).pollUntilDone();
  assert.equal(recovered.version, made.properties.version);
  const read = await client.getSecret(name);
  assert.equal(read.value, "lives twice");
  assert.equal(read.properties.contentType, "text/plain");
  await refusal(client.getDeletedSecret(name), 404, "SecretNotFound");

  await (await client.beginDeleteSecret(name, POLL)).pollUntilDone();
  await client.purgeDeletedSecret(name);
  const reborn = await eventually(
    () => client.setSecret(name, "anew"),
    (error) => error.statusCode === 409,
  );
  assert.equal((await all(client.listPropertiesOfSecretVersions(name))).length, 1);
  assert.notEqual(reborn.properties.version, made.properties.version);
});

test("while it is being deleted the name is taken and the deleted one missing", async () => {
  const name = freshName("busy");
  await client.setSecret(name, "x");
  const poller = await client.beginDeleteSecret(name, POLL);
  await refusal(client.getDeletedSecret(name), 404, "SecretNotFound");
  await refusal(client.setSecret(name, "y"), 409, "Conflict", "ObjectIsBeingDeleted");
  await refusal(client.purgeDeletedSecret(name), 409, "Conflict", "ObjectIsBeingDeleted");
  await poller.pollUntilDone();
  assert.equal((await client.getDeletedSecret(name)).name, name);
});

for (const [what, act] of Object.entries({
  get: (name) => client.getSecret(name),
  "get of a version": (name) => client.getSecret(name, { version: "0".repeat(32) }),
  update: (name) => client.updateSecretProperties(name, "0".repeat(32), { enabled: false }),
  delete: (name) => client.beginDeleteSecret(name),
  backup: (name) => client.backupSecret(name),
  "get of the deleted": (name) => client.getDeletedSecret(name),
  purge: (name) => client.purgeDeletedSecret(name),
})) {
  test(`what is missing is 404: ${what}`, async () => {
    const name = freshName("missing");
    const error = await refusal(act(name), 404, "SecretNotFound");
    assert.ok(error.message.includes(name));
  });
}
