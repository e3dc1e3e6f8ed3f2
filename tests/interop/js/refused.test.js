// SPDX-License-Identifier: MIT
//
// Who is refused, where, and with which code.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { SecretClient } from "@azure/keyvault-secrets";

import { CROWD, LISTS_ONLY, STRANGER, VAULT, all, connect, credential, freshName, refusal } from "./common.js";

async function failure(promise) {
  return promise.then(
    () => assert.fail("not refused"),
    (reason) => reason,
  );
}

test("disabled in the seed", async () => {
  await refusal(connect().getSecret("switched-off"), 403, "Forbidden", "SecretDisabled");
});

test("a principal may list but not get", async () => {
  const client = connect({ principal: LISTS_ONLY });
  const listed = await all(client.listPropertiesOfSecrets());
  assert.ok(listed.some((p) => p.name === "seeded"));
  const error = await refusal(client.getSecret("seeded"), 403, "Forbidden", "ForbiddenByPolicy");
  assert.match(error.message, /secrets get permission/);
  await refusal(client.setSecret(freshName("no"), "x"), 403, "Forbidden", "ForbiddenByPolicy");
});

test("a principal of another vault is refused", async () => {
  const client = connect({ principal: LISTS_ONLY, vault: CROWD });
  await refusal(all(client.listPropertiesOfSecrets()), 403, "Forbidden");
});

test("wrong secret", async () => {
  const client = connect({ principal: { secret: "wrong" } });
  const error = await failure(client.getSecret("seeded"));
  assert.equal(error.name, "AuthenticationRequiredError", error.stack);
  assert.match(error.message, /AADSTS7000215/);
});

test("unknown client", async () => {
  const client = connect({ principal: { clientId: randomUUID(), secret: "wrong" } });
  assert.match((await failure(client.getSecret("seeded"))).message, /AADSTS700016/);
});

test("unknown tenant", async () => {
  const nowhere = credential({ tenant: randomUUID() });
  const error = await failure(nowhere.getToken("https://vault.azure.net/.default"));
  assert.match(error.message, /AADSTS90002|endpoints_resolution_error|openid_config_error/);
});

test("a tenant that is not the vault's", async () => {
  const error = await failure(connect({ principal: STRANGER }).getSecret("seeded"));
  assert.match(error.message, /tenant/i);
});

for (const scope of ["https://vault.azure.net//.default", "https://management.azure.com/.default"]) {
  test(`a token for something else: ${scope}`, async () => {
    const other = { getToken: () => credential().getToken(scope) };
    const client = new SecretClient(VAULT, other, { retryOptions: { maxRetries: 0 } });
    const error = await refusal(client.getSecret("seeded"), 401, "Unauthorized");
    assert.match(error.message, /AKV10022/);
  });
}

test("invalid name, too many tags", async () => {
  const client = connect();
  await refusal(client.setSecret("under_score", "x"), 400, "BadParameter");
  const tags = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`tag${i}`, "x"]));
  await refusal(client.setSecret(freshName("tags"), "x", { tags }), 400, "BadParameter");
});

test("a vault that does not exist", async () => {
  const client = connect({ vault: "https://no-such-vault.vault.azure.net" });
  const error = await failure(client.getSecret("seeded"));
  assert.match(`${error.code} ${error.message}`, /ENOTFOUND|EAI_AGAIN/);
});
