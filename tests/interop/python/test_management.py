# SPDX-License-Identifier: MIT
"""Microsoft's management client against the emulator's other plane."""

import os
import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.keyvault.secrets import SecretClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest

from conftest import VAULT, credential

GROUP = "emulator"
TENANT = os.environ.get("AZURE_TENANT_ID")
OBJECT_ID = "078275af-2c54-4623-be77-2e3dc54a0145"


@pytest.fixture(scope="module")
def graph():
    return ResourceGraphClient(credential())


def find(graph, name):
    """The row of a vault, as clients look for one."""
    answer = graph.resources(QueryRequest(query=(
        "resources | where type =~ 'microsoft.keyvault/vaults' and "
        f"name =~ '{name}' | project id, subscriptionId, location, "
        "uri = properties.vaultUri")))
    assert answer.count == answer.total_records == 1
    return answer.data[0]


@pytest.fixture(scope="module")
def client(graph):
    subscription = find(graph, "INTEROP")["subscriptionId"]
    with KeyVaultManagementClient(credential(), subscription,
                                  retry_total=0, polling_interval=0.2) as made:
        yield made


@pytest.fixture
def made(client):
    """A fresh vault, gone when the test ends."""
    name = "v" + uuid.uuid4().hex[:12]
    vault = client.vaults.begin_create_or_update(GROUP, name, {
        "location": "northeurope",
        "tags": {"team": "shop"},
        "properties": {
            "tenantId": TENANT,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": False,
            "softDeleteRetentionInDays": 7,
            "accessPolicies": [{
                "tenantId": TENANT, "objectId": OBJECT_ID,
                "permissions": {"secrets": ["get", "list"]}}]}}).result()
    yield vault
    if name in {item.name for item in client.vaults.list_by_resource_group(
            GROUP)}:
        client.vaults.delete(GROUP, name)
    client.vaults.begin_purge_deleted(name, "northeurope").result()


def test_what_is_seeded_is_a_resource(client, graph):
    row = find(graph, "interop")
    assert row["uri"] == VAULT + "/"
    vault = client.vaults.get(GROUP, "interop")
    assert vault.id == row["id"]
    assert vault.properties.vault_uri == VAULT + "/"
    assert vault.properties.provisioning_state == "Succeeded"
    listed = {item.name for item in client.vaults.list_by_subscription()}
    assert {"interop", "crowd"} <= listed
    assert "pool" not in listed  # a managed HSM is another kind of resource
    assert listed == {item.name for item in client.vaults.list_by_subscription(
        top=1)}


def test_create_and_change(client, made):
    assert made.location == "northeurope"
    assert made.properties.soft_delete_retention_in_days == 7
    assert made.properties.enable_rbac_authorization is False
    changed = client.vaults.update(GROUP, made.name, {
        "tags": {"a": "b"},
        "properties": {"networkAcls": {
            "defaultAction": "Deny", "bypass": "None",
            "ipRules": [{"value": "1.2.3.4"}]}}})
    assert changed.tags == {"a": "b"}
    assert [rule.value for rule in changed.properties.network_acls.ip_rules
            ] == ["1.2.3.4/32"]
    assert len(changed.properties.access_policies) == 1


def test_access_policies(client, made):
    other = str(uuid.uuid4())
    policy = {"tenantId": TENANT, "objectId": other,
              "permissions": {"keys": ["get"]}}

    def change(kind, **permissions):
        body = {"properties": {"accessPolicies": [
            {**policy, "permissions": permissions}]}}
        return client.vaults.update_access_policy(
            GROUP, made.name, kind, body).properties.access_policies

    def of_other(policies):
        return [found.permissions for found in policies
                if found.object_id == other]

    change("add", keys=["get"])
    added, = of_other(change("add", keys=["list"], secrets=["get"]))
    assert set(added.keys_property if hasattr(added, "keys_property")
               else added["keys"]) == {"get", "list"}
    replaced, = of_other(change("replace", secrets=["set"]))
    assert replaced["secrets"] == ["set"] and not replaced.get("keys")
    assert of_other(change("remove", secrets=["set"])) == []
    assert len(client.vaults.get(GROUP, made.name)
               .properties.access_policies) == 1


def test_delete_recover_purge(client, made):
    name = made.name
    client.vaults.delete(GROUP, name)
    with pytest.raises(ResourceNotFoundError):
        client.vaults.get(GROUP, name)
    deleted = client.vaults.get_deleted(name, "northeurope")
    assert deleted.properties.vault_id == made.id
    kept_for = (deleted.properties.scheduled_purge_date
                - deleted.properties.deletion_date)
    assert kept_for.days == 7
    assert name in {item.name for item in client.vaults.list_deleted()}
    taken = client.vaults.check_name_availability(
        {"name": name, "type": "Microsoft.KeyVault/vaults"})
    assert taken.name_available is False
    assert taken.reason == "AlreadyExists"
    recovered = client.vaults.begin_create_or_update(GROUP, name, {
        "location": "northeurope",
        "properties": {"tenantId": TENANT, "createMode": "recover",
                       "sku": {"family": "A", "name": "standard"}}}).result()
    assert recovered.tags == {"team": "shop"}
    client.vaults.delete(GROUP, name)


def test_secrets_of_a_vault(client, made):
    """They can be written there, and be read on the data plane only."""
    created = client.secrets.create_or_update(GROUP, made.name, "note", {
        "properties": {"value": "hidden", "contentType": "text/plain"}})
    assert not created.properties.value
    assert [item.name for item in client.secrets.list(GROUP, made.name)] == [
        "note"]


def test_refused(client):
    with pytest.raises(ResourceNotFoundError) as missing:
        client.vaults.get(GROUP, "nowhere-to-be")
    assert missing.value.error.code == "ResourceNotFound"
    with pytest.raises(ResourceNotFoundError) as group:
        client.vaults.get("no-such-group", "interop")
    assert group.value.error.code == "ResourceGroupNotFound"
    with pytest.raises(HttpResponseError) as wrong:
        client.vaults.update(GROUP, "interop", {
            "properties": {"enablePurgeProtection": False}})
    assert wrong.value.status_code == 400


def test_a_seeded_vault_changed_there_is_changed_here(client):
    """Policies of the management plane are what the data plane goes by."""
    name = "managed"
    host = f"https://{name}.vault.azure.net"
    before = client.vaults.get(GROUP, name).properties.access_policies
    assert before
    body = {"properties": {"accessPolicies": [{
        "tenantId": TENANT, "objectId": OBJECT_ID,
        "permissions": {"secrets": ["list"]}}]}}
    client.vaults.update_access_policy(GROUP, name, "replace", body)
    with SecretClient(host, credential(), retry_total=0) as secrets:
        assert [item.name for item in secrets.list_properties_of_secrets()
                ] == ["note"]
        with pytest.raises(HttpResponseError) as refused:
            secrets.get_secret("note")
        assert refused.value.status_code == 403
        body["properties"]["accessPolicies"][0]["permissions"] = {
            "secrets": ["get", "list"]}
        client.vaults.update_access_policy(GROUP, name, "add", body)
        assert secrets.get_secret("note").value == "here"
