// SPDX-License-Identifier: MIT
//
// Microsoft's JavaScript clients against the emulator. They are given nothing
// but a vault's name and credentials: instance discovery, the check of the
// challenge's resource and of certificates are as installed. Run by
// tests/lib/in-namespace, which see.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { KeyVaultManagementClient } from "@azure/arm-keyvault";
import { SubscriptionClient } from "@azure/arm-resources-subscriptions";
import { ClientSecretCredential } from "@azure/identity";
import { CertificateClient } from "@azure/keyvault-certificates";
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

export const VAULT = "https://interop.vault.azure.net";
export const CROWD = "https://crowd.vault.azure.net";
export const LISTS_ONLY = {
  clientId: "00000000-1111-4222-8333-444444444444",
  secret: "lists-only-secret",
};
// Without the right to get a key a client computes nothing itself.
export const USES_ONLY = {
  clientId: "00000000-9999-4aaa-8bbb-cccccccccccc",
  secret: "uses-only-secret",
};
export const STRANGER = {
  clientId: "00000000-5555-4666-8777-888888888888",
  secret: "stranger-secret",
  tenant: "99999999-aaaa-4bbb-8ccc-dddddddddddd",
};
export const POLL = { intervalInMs: 100 };

export function credential({ clientId, secret, tenant } = {}) {
  return new ClientSecretCredential(
    tenant ?? process.env.AZURE_TENANT_ID,
    clientId ?? process.env.AZURE_CLIENT_ID,
    secret ?? process.env.AZURE_CLIENT_SECRET,
  );
}

// A client; no retry, so that an error shows at once.
export function connect({ vault = VAULT, principal, ...options } = {}) {
  return new SecretClient(vault, credential(principal), {
    retryOptions: { maxRetries: 0 },
    ...options,
  });
}

export function connectKeys({ vault = VAULT, principal, ...options } = {}) {
  return new KeyClient(vault, credential(principal), {
    retryOptions: { maxRetries: 0 },
    ...options,
  });
}

export function connectCertificates(options) {
  return new CertificateClient(VAULT, credential(), {
    retryOptions: { maxRetries: 0 },
    ...options,
  });
}

export function connectCrypto(id, principal = USES_ONLY) {
  return new CryptographyClient(id, credential(principal), { retryOptions: { maxRetries: 0 } });
}

// A client of the other plane.
export function connectManagement(subscription, { principal, ...options } = {}) {
  return new KeyVaultManagementClient(credential(principal), subscription, {
    retryOptions: { maxRetries: 0 },
    ...options,
  });
}

// The subscription that can be seen, as a client finds it.
export async function findSubscription() {
  const subscriptions = await all(new SubscriptionClient(credential()).subscriptions.list());
  assert.equal(subscriptions.length, 1);
  return subscriptions[0].subscriptionId;
}

// A name no other test uses.
export function freshName(stem) {
  return `${stem}-${randomBytes(4).toString("hex")}`;
}

export async function all(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

// The error that the service answered with, of which status and code are so.
export async function refusal(promise, status, code, inner) {
  const error = await promise.then(
    () => assert.fail(`not refused, expected ${status}`),
    (reason) => reason,
  );
  assert.equal(error.statusCode, status, error.stack);
  const body = JSON.parse(error.response.bodyAsText).error;
  assert.equal(body.code, code);
  if (inner !== undefined) assert.equal(body.innererror?.code, inner);
  return error;
}

// Try again until the service has done what it said it would.
export async function eventually(attempt, isBusy) {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 100 || !isBusy(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
