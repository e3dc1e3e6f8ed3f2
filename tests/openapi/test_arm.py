# SPDX-License-Identifier: MIT
"""Every answer of the management plane is one that its api-version describes.

Each api-version is asked for every operation it describes, once so that it
succeeds and in the ways in which it is refused. What a vault is called in the
api-version is what it is looked up by.
"""

import uuid

import jsonschema
import pytest

import management

ARM = "https://management.azure.com"
HOST = "management.azure.com"
GROUP = "emulator"
STRANGER = ("00000000-1111-4222-8333-444444444444", "stranger-secret")
ENDPOINT = ("/subscriptions/00000000-0000-4000-8000-000000000000/"
            "resourceGroups/g/providers/Microsoft.Network/privateEndpoints/")
ENDPOINTS = {name: {"endpoint": ENDPOINT + name, "status": "Pending"}
             for name in ("one", *management.VERSIONS)}
SEED = {"vaults": {"schema": {
    "secrets": {"plain": "x"}, "tags": {"team": "shop"},
    "privateEndpoints": ENDPOINTS,
    "principals": {STRANGER[0]: {"secret": STRANGER[1], "permissions": {}}}}}}


class Asker:
    def __init__(self, emulator, description):
        self.emulator = emulator
        self.description = description
        self.asked = set()  # (operation, was it refused)
        self.tokens = {}
        rows = self.graph("resources | where name =~ 'schema' | project id, "
                          "subscriptionId, tenantId")
        self.subscription = rows[0]["subscriptionId"]
        self.tenant = rows[0]["tenantId"]

    def token(self, principal=None, resource=ARM):
        env = self.emulator.env
        who = principal or (env["AZURE_CLIENT_ID"], env["AZURE_CLIENT_SECRET"])
        if (who, resource) not in self.tokens:
            answer = self.emulator.sign_in(*who, resource=resource)
            assert answer.status == 200, answer
            self.tokens[who, resource] = answer.json()["access_token"]
        return self.tokens[who, resource]

    def send(self, method, target, body=None, principal=None, headers=None):
        headers = headers or {
            "Authorization": f"Bearer {self.token(principal)}"}
        return self.emulator.call(method, HOST, target, body, headers=headers,
                                  anonymous=True)

    def graph(self, query):
        answer = self.send("POST", "/providers/Microsoft.ResourceGraph/"
                           "resources?api-version=2022-10-01",
                           {"query": query})
        assert answer.status == 200, answer
        return answer.json()["data"]

    def ask(self, operation_id, status, body=None, query="", principal=None,
            headers=None, **parameters):
        parameters = {"subscriptionId": self.subscription,
                      "resourceGroupName": GROUP, "vaultName": "schema",
                      "secretName": "plain", "location": "westeurope",
                      "privateEndpointConnectionName": "one",
                      "operationKind": "add", **parameters}
        method, path = self.description.request(operation_id, **parameters)
        answer = self.send(
            method, f"{path}?api-version={self.version_of(operation_id)}"
            f"{query}", body, principal, headers)
        assert answer.status == status, f"{operation_id}: {answer}"
        faults = self.description.faults(operation_id, answer)
        assert not faults, f"{operation_id}: {faults} in {answer}"
        self.asked.add((operation_id, answer.status >= 400))
        return answer

    def version_of(self, operation_id):
        """The two lists of resources have a version of their own."""
        parameters = self.description.operations[operation_id][2]["parameters"]
        fixed = [each["enum"][0] for each in parameters
                 if each.get("name") == "api-version" and "enum" in each]
        return fixed[0] if fixed else self.description.api_version

    def has(self, operation_id):
        return operation_id in self.description.operations

    def pages(self, operation_id, **options):
        """All items, one to a page."""
        answer = self.ask(operation_id, 200, query="&$top=1", **options)
        items = []
        while True:
            document = answer.json()
            items += document["value"]
            link = document.get("nextLink")
            if not link:
                return items
            prefix = ARM + "/"
            assert link.startswith(prefix)
            answer = self.send("GET", "/" + link[len(prefix):])
            faults = self.description.faults(operation_id, answer)
            assert answer.status == 200 and not faults, (faults, answer)


@pytest.fixture(scope="module", params=management.VERSIONS)
def asker(emulator, request):
    return Asker(emulator,
                 management.Description(management.ARM / request.param))


def vault_body(asker, **properties):
    return {"location": "westeurope", "tags": {"a": "1"}, "properties": {
        "tenantId": asker.tenant, "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [], **properties}}


@pytest.fixture
def made(asker):
    name = "v" + uuid.uuid4().hex[:12]
    asker.ask("Vaults_CreateOrUpdate", 200, vault_body(asker),
              vaultName=name)
    return name


def test_create_get_update(asker, made):
    read = asker.ask("Vaults_Get", 200, vaultName=made).json()
    uri = read["properties"]["vaultUri"]
    assert uri.rstrip("/") == f"https://{made}.vault.azure.net"
    body = vault_body(asker, accessPolicies=[{
        "tenantId": asker.tenant, "objectId": str(uuid.uuid4()),
        "permissions": {"keys": ["get"], "secrets": ["list"]}}],
        enabledForDeployment=True)
    changed = asker.ask("Vaults_CreateOrUpdate", 200, body,
                        vaultName=made).json()
    assert changed["properties"]["accessPolicies"] == body["properties"][
        "accessPolicies"]
    if asker.has("Vaults_Update"):
        changed = asker.ask("Vaults_Update", 200, {"tags": {"b": "2"}},
                            vaultName=made).json()
        assert changed["tags"] == {"b": "2"}


def test_network_rules(asker, made):
    if not asker.has("PrivateLinkResources_ListByVault"):
        return  # neither are there rules
    changed = asker.ask("Vaults_Update", 200, {"properties": {"networkAcls": {
        "defaultAction": "Deny", "bypass": "AzureServices",
        "ipRules": [{"value": "1.2.3.0/24"}],
        "virtualNetworkRules": [{"id": ENDPOINT.replace(
            "privateEndpoints/", "virtualNetworks/v/subnets/s")}]}}},
        vaultName=made).json()
    assert changed["properties"]["networkAcls"]["ipRules"] == [
        {"value": "1.2.3.0/24"}]


def test_lists(asker, made):
    for operation_id in ("Vaults_ListByResourceGroup",
                         "Vaults_ListBySubscription"):
        if asker.has(operation_id):
            names = [item["name"] for item in asker.pages(operation_id)]
            assert {"schema", made} <= set(names)
            assert len(names) == len(set(names))
    found = asker.ask("Vaults_List", 200, query="&$filter=resourceType%20eq%20"
                      "'Microsoft.KeyVault/vaults'").json()["value"]
    assert {"schema", made} <= {item["name"] for item in found}


def test_access_policies(asker, made):
    if not asker.has("Vaults_UpdateAccessPolicy"):
        return
    body = {"properties": {"accessPolicies": [{
        "tenantId": asker.tenant, "objectId": str(uuid.uuid4()),
        "permissions": {"secrets": ["get"]}}]}}
    for kind in ("add", "replace", "remove"):
        asker.ask("Vaults_UpdateAccessPolicy", 200, body, vaultName=made,
                  operationKind=kind)


def test_delete_and_purge(asker, made):
    asker.ask("Vaults_Delete", 200, vaultName=made)
    asker.ask("Vaults_Get", 404, vaultName=made)
    asker.ask("Vaults_Delete", 204, vaultName=made)
    if not asker.has("Vaults_ListDeleted"):
        return
    deleted = asker.ask("Vaults_GetDeleted", 200, vaultName=made).json()
    assert deleted["properties"]["location"] == "westeurope"
    assert made in {item["name"] for item in asker.pages("Vaults_ListDeleted")}
    taken = asker.ask("Vaults_CheckNameAvailability", 200, {
        "name": made, "type": "Microsoft.KeyVault/vaults"}).json()
    assert taken["nameAvailable"] is False
    asker.ask("Vaults_PurgeDeleted", 202, vaultName=made)
    asker.ask("Vaults_GetDeleted", 404, vaultName=made)


def test_private_endpoints(asker):
    if not asker.has("PrivateEndpointConnections_Get"):
        return
    name = asker.description.api_version
    one = {"privateEndpointConnectionName": name}
    asker.ask("PrivateLinkResources_ListByVault", 200)
    if asker.has("PrivateEndpointConnections_ListByResource"):
        found = asker.ask("PrivateEndpointConnections_ListByResource", 200)
        assert name in {item["name"] for item in found.json()["value"]}
    connection = asker.ask("PrivateEndpointConnections_Get", 200,
                           **one).json()
    state = connection["properties"]["privateLinkServiceConnectionState"]
    assert state["status"] == "Pending"
    state["status"] = "Approved"
    approved = asker.ask("PrivateEndpointConnections_Put", 200, {
        "properties": {"privateLinkServiceConnectionState": state}},
        **one).json()
    assert approved["properties"]["privateLinkServiceConnectionState"][
        "status"] == "Approved"
    asker.ask("PrivateEndpointConnections_Delete", 200, **one)
    asker.ask("PrivateEndpointConnections_Get", 404, **one)


def test_secrets(asker, made):
    if not asker.has("Secrets_Get"):
        return
    one = {"vaultName": made, "secretName": "note"}
    asker.ask("Secrets_CreateOrUpdate", 200, {
        "tags": {"a": "1"}, "properties": {
            "value": "hidden", "contentType": "text/plain",
            "attributes": {"enabled": True, "exp": 4000000000}}}, **one)
    answer = asker.ask("Secrets_Get", 200, **one)
    assert b"hidden" not in answer.body
    asker.ask("Secrets_Update", 200, {"properties": {"contentType": "x"}},
              **one)
    assert [item["name"] for item in asker.pages("Secrets_List",
                                                 vaultName=made)] == ["note"]


def refusals(asker):
    """Operation, and how to be refused it: status and what to send."""
    bodies = {"Vaults_CreateOrUpdate": vault_body(asker),
              "Vaults_Update": {"tags": {}},
              "Vaults_UpdateAccessPolicy": {
                  "properties": {"accessPolicies": []}},
              "Vaults_CheckNameAvailability": {
                  "name": "x", "type": "Microsoft.KeyVault/vaults"},
              "PrivateEndpointConnections_Put": {"properties": {}},
              "Secrets_CreateOrUpdate": {"properties": {"value": "x"}},
              "Secrets_Update": {"properties": {}}}
    vault_token = asker.token(resource="https://vault.azure.net")
    for operation_id, (_, path, _) in asker.description.operations.items():
        common = {"body": bodies.get(operation_id)}
        for wrong in ("Bearer nonsense", f"Bearer {vault_token}"):
            yield operation_id, {**common, "status": 401,
                                 "headers": {"Authorization": wrong}}
        if "{vaultName}" in path and "deletedVaults" not in path:
            yield operation_id, {**common, "status": 403,
                                 "principal": STRANGER}
        if "{vaultName}" in path and operation_id not in (
                "Vaults_CreateOrUpdate", "Vaults_Delete"):
            yield operation_id, {**common, "status": 404,
                                 "vaultName": "nowhere-to-be"}
        if operation_id in bodies:
            for broken in (b"", b"{", b"[]", b'{"properties":7}'):
                yield operation_id, {**common, "status": 400, "body": broken}


def test_refusals(asker):
    wrong = []
    for operation_id, how in refusals(asker):
        try:
            asker.ask(operation_id, **how)
        except AssertionError as error:
            wrong.append(f"{operation_id} {how}: {error}")
    assert not wrong, "\n".join(wrong)


def test_no_operation_was_left_out(asker):
    """Last of those that ask: what the tests above have asked for, together."""
    for operation_id in asker.description.operations:
        assert (operation_id, False) in asker.asked, operation_id
        assert (operation_id, True) in asker.asked, operation_id
        assert operation_id in management.PROMISED


def test_resource_graph(emulator):
    asker = Asker(emulator, management.Description(
        management.ARM / management.VERSIONS[-1]))
    graph = management.Description(management.GRAPH)
    asker.description = graph
    target = "/providers/Microsoft.ResourceGraph/resources"
    for query, status in (
            ("resources | where type =~ 'microsoft.keyvault/vaults'", 200),
            ("resources | where name =~ 'schema' | project id", 200),
            ("resources | where name =~ 'nothing' | project id", 200),
            ("resources | count", 200),
            ("nonsense | count", 400), ("resources | where", 400)):
        answer = asker.send("POST", f"{target}?api-version=2022-10-01",
                            {"query": query})
        assert answer.status == status, answer
        assert not graph.faults("Resources", answer), (query, answer)


def test_the_schemas_are_schemas():
    for folder in [*management.ARM.iterdir(), management.GRAPH]:
        description = management.Description(folder)
        # pylint: disable=protected-access
        for converted in description._schemas.values():
            jsonschema.Draft202012Validator.check_schema(converted)
