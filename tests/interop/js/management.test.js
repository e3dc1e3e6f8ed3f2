// SPDX-License-Identifier: MIT
//
// What a program does with vaults themselves: the other plane.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import {
  STRANGER,
  all,
  connectManagement,
  findSubscription,
  freshName,
  refusal,
} from "./common.js";

const GROUP = "emulator";
const LOCATION = "northeurope";
const TENANT = process.env.AZURE_TENANT_ID;
const OBJECT_ID = "078275af-2c54-4623-be77-2e3dc54a0145";
const PATIENCE = { updateIntervalInMs: 100 };

const subscription = await findSubscription();
const client = connectManagement(subscription);
const vaults = client.vaults;
const created = [];

function description(properties = {}) {
  return {
    location: LOCATION,
    tags: { team: "shop" },
    properties: {
      tenantId: TENANT,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: false,
      softDeleteRetentionInDays: 7,
      accessPolicies: [
        { tenantId: TENANT, objectId: OBJECT_ID, permissions: { secrets: ["get", "list"] } },
      ],
      ...properties,
    },
  };
}

// A vault of this test's own.
async function create(properties) {
  const name = freshName("v");
  created.push(name);
  const parameters = description(properties);
  return vaults.beginCreateOrUpdateAndWait(GROUP, name, parameters, PATIENCE);
}

after(async () => {
  const live = (await all(vaults.listByResourceGroup(GROUP))).map((vault) => vault.name);
  for (const name of created.filter((one) => live.includes(one))) await vaults.delete(GROUP, name);
  const deleted = (await all(vaults.listDeleted())).map((vault) => vault.name);
  for (const name of created.filter((one) => deleted.includes(one))) {
    await vaults.beginPurgeDeletedAndWait(name, LOCATION, PATIENCE);
  }
});

test("what is seeded is a resource", async () => {
  const vault = await vaults.get(GROUP, "interop");
  assert.match(vault.id, /\/providers\/Microsoft\.KeyVault\/vaults\/interop$/);
  assert.equal(vault.type, "Microsoft.KeyVault/vaults");
  assert.equal(vault.properties.vaultUri, "https://interop.vault.azure.net/");
  assert.equal(vault.properties.provisioningState, "Succeeded");
  assert.equal(vault.properties.tenantId, TENANT);
  for (const listing of [
    vaults.listBySubscription(),
    vaults.listByResourceGroup(GROUP),
    vaults.list(),
  ]) {
    const listed = await all(listing);
    const found = listed.find((one) => one.name === "interop");
    assert.equal(found.id, vault.id);
    assert.ok(listed.some((one) => one.name === "crowd"));
  }
});

test("lists come in pages", async () => {
  const whole = (await all(vaults.listBySubscription())).map((vault) => vault.name);
  const pages = await all(vaults.listBySubscription({ top: 1 }).byPage());
  assert.ok(pages.length >= whole.length);
  assert.ok(pages.every((page) => page.length <= 1));
  const single = pages.flat().map((vault) => vault.name);
  for (const name of ["interop", "crowd", "managed"]) {
    assert.equal(single.filter((one) => one === name).length, 1, name);
  }
});

test("create answers what was asked", async () => {
  const made = await create({ enabledForDeployment: true, publicNetworkAccess: "disabled" });
  const { properties } = made;
  assert.equal(made.location, LOCATION);
  assert.deepEqual({ ...made.tags }, { team: "shop" });
  assert.equal(properties.vaultUri, `https://${made.name}.vault.azure.net/`);
  assert.deepEqual({ ...properties.sku }, { family: "A", name: "standard" });
  assert.equal(properties.enableRbacAuthorization, false);
  assert.equal(properties.enableSoftDelete, true);
  assert.equal(properties.softDeleteRetentionInDays, 7);
  assert.equal(properties.enabledForDeployment, true);
  assert.equal(properties.publicNetworkAccess, "Disabled");
  assert.equal(properties.accessPolicies.length, 1);
  assert.deepEqual([...properties.accessPolicies[0].permissions.secrets].sort(), ["get", "list"]);
  assert.deepEqual(await vaults.get(GROUP, made.name), made);
});

test("create once more replaces, update does not", async () => {
  const { name } = await create();
  const changed = await vaults.update(GROUP, name, {
    tags: { a: "b" },
    properties: { enabledForTemplateDeployment: true },
  });
  assert.deepEqual({ ...changed.tags }, { a: "b" });
  assert.equal(changed.properties.enabledForTemplateDeployment, true);
  assert.equal(changed.properties.accessPolicies.length, 1);
  const again = { ...description({ accessPolicies: [] }), tags: undefined };
  const replaced = await vaults.beginCreateOrUpdateAndWait(GROUP, name, again, PATIENCE);
  assert.deepEqual({ ...replaced.tags }, {});
  assert.ok(!replaced.properties.enabledForTemplateDeployment);
  assert.deepEqual(replaced.properties.accessPolicies, []);
});

test("network rules", async () => {
  const { name, id } = await create();
  const subnet = id.replace(
    /providers\/.*/,
    "providers/Microsoft.Network/virtualNetworks/net/subnets/front",
  );
  await vaults.update(GROUP, name, {
    properties: {
      networkAcls: {
        defaultAction: "Deny",
        bypass: "None",
        ipRules: [{ value: "1.2.3.4" }, { value: "10.20.0.0/16" }],
        virtualNetworkRules: [{ id: subnet, ignoreMissingVnetServiceEndpoint: true }],
      },
    },
  });
  const { networkAcls } = (await vaults.get(GROUP, name)).properties;
  assert.equal(networkAcls.defaultAction, "Deny");
  assert.equal(networkAcls.bypass, "None");
  assert.deepEqual(
    networkAcls.ipRules.map((rule) => rule.value),
    ["1.2.3.4/32", "10.20.0.0/16"],
  );
  assert.equal(networkAcls.virtualNetworkRules[0].id.toLowerCase(), subnet.toLowerCase());
  const wrong = { properties: { networkAcls: { ipRules: [{ value: "1.2.3.4.5" }] } } };
  await refusal(vaults.update(GROUP, name, wrong), 400, "BadRequest");
});

test("access policies", async () => {
  const { name } = await create();
  const other = randomUUID();
  async function change(kind, permissions) {
    const accessPolicies = [{ tenantId: TENANT, objectId: other, permissions }];
    const answer = await vaults.updateAccessPolicy(GROUP, name, kind, {
      properties: { accessPolicies },
    });
    const { properties } = await vaults.get(GROUP, name);
    assert.deepEqual(answer.properties.accessPolicies, properties.accessPolicies);
    return properties.accessPolicies.find((policy) => policy.objectId === other)?.permissions;
  }
  await change("add", { keys: ["get"] });
  const added = await change("add", { keys: ["list"], certificates: ["import"] });
  assert.deepEqual([...added.keys].sort(), ["get", "list"]);
  assert.deepEqual(added.certificates, ["import"]);
  const replaced = await change("replace", { secrets: ["set"] });
  assert.deepEqual(replaced.secrets, ["set"]);
  assert.ok(!replaced.keys?.length);
  assert.equal(await change("remove", { secrets: ["set"] }), undefined);
  assert.equal((await vaults.get(GROUP, name)).properties.accessPolicies.length, 1);
});

test("delete, look, recover, purge", async () => {
  const { name, id } = await create();
  const type = "Microsoft.KeyVault/vaults";
  await vaults.delete(GROUP, name);
  await refusal(vaults.get(GROUP, name), 404, "ResourceNotFound");
  const { properties } = await vaults.getDeleted(name, LOCATION);
  assert.equal(properties.vaultId, id);
  assert.equal(properties.location, LOCATION);
  assert.deepEqual({ ...properties.tags }, { team: "shop" });
  assert.equal(properties.scheduledPurgeDate - properties.deletionDate, 7 * 86_400_000);
  assert.ok((await all(vaults.listDeleted())).some((one) => one.name === name));
  const taken = await vaults.checkNameAvailability({ name, type });
  assert.equal(taken.nameAvailable, false);
  assert.equal(taken.reason, "AlreadyExists");

  const recovery = description({ createMode: "recover" });
  const recovered = await vaults.beginCreateOrUpdateAndWait(GROUP, name, recovery, PATIENCE);
  assert.equal(recovered.id, id);
  assert.equal((await vaults.get(GROUP, name)).properties.accessPolicies.length, 1);
  await refusal(vaults.getDeleted(name, LOCATION), 404, "ResourceNotFound");

  await vaults.delete(GROUP, name);
  await vaults.beginPurgeDeletedAndWait(name, LOCATION, PATIENCE);
  await refusal(vaults.getDeleted(name, LOCATION), 404, "ResourceNotFound");
  assert.equal((await vaults.checkNameAvailability({ name, type })).nameAvailable, true);
  const invalid = await vaults.checkNameAvailability({ name: "-no-", type });
  assert.equal(invalid.nameAvailable, false);
  assert.equal(invalid.reason, "AccountNameInvalid");
});

test("secrets are written there and read on the data plane", async () => {
  const { name } = await create();
  const made = await client.secrets.createOrUpdate(GROUP, name, "note", {
    tags: { a: "b" },
    properties: { value: "hidden", contentType: "text/plain" },
  });
  assert.equal(made.properties.value, undefined);
  assert.equal(made.properties.contentType, "text/plain");
  const off = { properties: { attributes: { enabled: false } } };
  const updated = await client.secrets.update(GROUP, name, "note", off);
  assert.equal(updated.properties.attributes.enabled, false);
  assert.deepEqual({ ...updated.tags }, { a: "b" });
  const read = await client.secrets.get(GROUP, name, "note");
  assert.equal(read.properties.secretUri, `https://${name}.vault.azure.net/secrets/note`);
  const listed = await all(client.secrets.list(GROUP, name));
  assert.deepEqual(
    listed.map((one) => one.name),
    ["note"],
  );
});

test("private endpoints", async () => {
  const { privateEndpointConnections: connections, privateLinkResources } = client;
  const listed = await all(connections.listByResource(GROUP, "managed"));
  assert.deepEqual(
    listed.map((one) => [one.name, one.privateLinkServiceConnectionState.status]),
    [["from-net", "Pending"]],
  );
  const approved = { privateLinkServiceConnectionState: { status: "Approved", description: "ours" } };
  const put = await connections.put(GROUP, "managed", "from-net", approved);
  assert.equal(put.privateLinkServiceConnectionState.status, "Approved");
  const found = await connections.get(GROUP, "managed", "from-net");
  assert.equal(found.privateLinkServiceConnectionState.description, "ours");
  const { properties } = await vaults.get(GROUP, "managed");
  assert.equal(properties.privateEndpointConnections[0].id, found.id);
  const resources = await privateLinkResources.listByVault(GROUP, "managed");
  assert.equal(resources.value[0].groupId, "vault");
  await refusal(connections.put(GROUP, "managed", "other", approved), 404, "ResourceNotFound");
  await connections.beginDeleteAndWait(GROUP, "managed", "from-net", PATIENCE);
  assert.deepEqual(await all(connections.listByResource(GROUP, "managed")), []);
});

test("what is refused", async () => {
  await refusal(vaults.get(GROUP, "nowhere-to-be"), 404, "ResourceNotFound");
  await refusal(vaults.get("no-such-group", "interop"), 404, "ResourceGroupNotFound");
  const unprotect = { properties: { enablePurgeProtection: false } };
  await refusal(vaults.update(GROUP, "interop", unprotect), 400, "BadRequest");
  const invalid = vaults.beginCreateOrUpdateAndWait(GROUP, "2-starts-wrong", description());
  await refusal(invalid, 400, "VaultNameNotValid");
});

test("a token of another tenant is refused", async () => {
  const stranger = connectManagement(subscription, { principal: STRANGER });
  await refusal(stranger.vaults.get(GROUP, "interop"), 401, "InvalidAuthenticationTokenTenant");
});

for (const apiVersion of ["2016-10-01", "2019-09-01", "2021-10-01", "2023-02-01", "2026-02-01"]) {
  test(`api-version ${apiVersion}`, async () => {
    const other = connectManagement(subscription, { apiVersion });
    const { properties } = await other.vaults.get(GROUP, "interop");
    assert.equal(properties.vaultUri, "https://interop.vault.azure.net/");
    const { name } = await create();
    const changed = await other.vaults.update(GROUP, name, { tags: { api: apiVersion } });
    assert.deepEqual({ ...changed.tags }, { api: apiVersion });
  });
}
