# SPDX-License-Identifier: MIT
"""What the management plane knows is on the root, when somebody asks for it."""

import errno
import json
import os
import subprocess
import threading
import time

import pytest

ARM = "management.azure.com"
GRAPH = "graph.microsoft.com"
READER = ("12121212-0000-4000-8000-000000000001", "reader-secret")
NOBODY = ("12121212-0000-4000-8000-000000000002", "nobody-secret")
PERSON = "34343434-0000-4000-8000-000000000003"
TENANT = "5e1f6d4c-2b3a-4c58-9d7e-8a9b0c1d2e3f"
GET = {"secrets": ["get", "list"]}


def seed(rbac=False, **more):
    properties = {
        "sku": {"family": "A", "name": "premium"},
        "networkAcls": {"defaultAction": "Deny",
                        "ipRules": [{"value": "1.2.3.4"},
                                    {"value": "127.0.0.1"}]}}
    return {
        "directoryObjects": {PERSON: {"displayName": "Ada", "type": "user"}},
        "vaults": {"demo": {
            "rbac": rbac, "softDeleteRetentionInDays": 30,
            "location": "northeurope",
            "tags": {"team": "shop", "long" * 80: "x"},
            "properties": properties,
            "privateEndpoints": {"pe": {"endpoint": "/subscriptions/x/pe"}},
            "principals": {
                READER[0]: {"secret": READER[1], "permissions": GET,
                            "arm": "read", "graph": True,
                            "displayName": "Shop"},
                NOBODY[0]: {"secret": NOBODY[1], "permissions": GET}},
            "secrets": {"a": "1"}, **more}}}


def attributes(path):
    return {name: os.getxattr(path, name).decode()
            for name in os.listxattr(path)}


def asked(emulator, host):
    return [request for request in emulator.requests()
            if request["host"] == host]


def mounted(vault, seeded, principal=None, options=""):
    environment = {}
    if principal:
        environment = {"AZURE_CLIENT_ID": principal[0],
                       "AZURE_CLIENT_SECRET": principal[1]}
    emulator = vault.emulator(seed=seeded)
    return emulator, vault.mount(emulator, options, **(
        {"env": environment} if environment else {}))


def root_of(mount):
    return str(mount.path)


def management(mount):
    status = json.loads((mount.path / ".akvfs/status.json").read_text())
    return status["management"]


def test_what_there_is(vault):
    emulator, mount = mounted(vault, seed(), READER)
    assert (mount.secrets / "a").read_text() == "1"
    assert management(mount)["state"] == "not asked"
    assert not asked(emulator, ARM) and not asked(emulator, GRAPH)

    found = attributes(root_of(mount))
    assert found["user.akv.vault.uri"] == "https://demo.vault.azure.net/"
    assert found["user.akv.vault.id"].endswith(
        "/resourceGroups/emulator/providers/Microsoft.KeyVault/vaults/demo")
    assert found["user.akv.vault.location"] == "northeurope"
    assert found["user.akv.vault.tenant_id"] == TENANT
    assert found["user.akv.vault.sku"] == "premium"
    assert found["user.akv.vault.rbac"] == "false"
    assert found["user.akv.vault.soft_delete_days"] == "30"
    assert found["user.akv.vault.purge_protection"] == "false"
    assert found["user.akv.vault.public_network_access"] == "Enabled"
    assert found["user.akv.vault.provisioning_state"] == "Succeeded"
    assert json.loads(found["user.akv.vault.network_acls"]) == {
        "bypass": "AzureServices", "defaultAction": "Deny",
        "ipRules": ["1.2.3.4/32", "127.0.0.1/32"], "virtualNetworkRules": []}
    assert json.loads(found["user.akv.vault.private_endpoints"]) == [
        {"name": "pe", "endpoint": "/subscriptions/x/pe",
         "status": "Approved"}]
    assert json.loads(found["user.akv.tags"])["team"] == "shop"
    assert found["user.akv.tag.team"] == "shop"
    assert not any(name.startswith("user.akv.tag.long") for name in found)
    names = {policy["displayName"]: policy["permissions"] for policy in
             json.loads(found["user.akv.vault.access_policies"])}
    assert names["Shop"] == GET
    assert management(mount) == {"state": "known", "why": ""}


def test_each_token_for_its_own_service(vault):
    emulator, mount = mounted(vault, seed(), READER)
    attributes(root_of(mount))
    (mount.secrets / "a").read_text()
    for request in emulator.requests():
        audience = {"demo.vault.azure.net": "https://vault.azure.net",
                    ARM: "https://" + ARM, GRAPH: "https://" + GRAPH}.get(
                        request["host"])
        if audience and request["status"] != 401:
            assert request["audience"] == audience, request
    assert {request["status"] for request in asked(emulator, ARM)} == {200}
    assert {request["status"] for request in asked(emulator, GRAPH)} == {200}


def test_asked_once(vault):
    emulator, mount = mounted(vault, seed(), READER)
    for _ in range(3):
        attributes(root_of(mount))
    # A query, the vault, its roles; and the names.
    assert len(asked(emulator, ARM)) == 3
    assert len(asked(emulator, GRAPH)) == 1


def test_getfattr(vault):
    _, mount = mounted(vault, seed(), READER)
    text = subprocess.run(
        ["getfattr", "-d", "-m", "-", root_of(mount)], check=True,
        capture_output=True, text=True).stdout
    assert 'user.akv.vault.sku="premium"' in text
    assert 'user.akv.tag.team="shop"' in text


def test_without_rights(vault):
    emulator, mount = mounted(vault, seed(), NOBODY)
    assert os.listdir(mount.secrets) == ["a"]
    assert (mount.secrets / "a").read_text() == "1"
    assert not asked(emulator, ARM)
    assert os.listxattr(root_of(mount)) == ["user.akv.vault.uri"]
    for name in ("user.akv.vault.sku", "user.akv.tags", "user.akv.tag.team"):
        with pytest.raises(OSError) as caught:
            os.getxattr(root_of(mount), name)
        assert caught.value.errno == errno.ENODATA
    before = len(asked(emulator, ARM))
    os.listxattr(root_of(mount))
    assert len(asked(emulator, ARM)) == before
    assert not asked(emulator, GRAPH)
    told = management(mount)
    assert told["state"] == "unknown"
    assert "Reader" in told["why"]


def test_without_the_right_to_names(vault):
    seeded = seed()
    principals = seeded["vaults"]["demo"]["principals"]
    del principals[READER[0]]["graph"]
    emulator, mount = mounted(vault, seeded, READER)
    policies = json.loads(os.getxattr(root_of(mount),
                                      "user.akv.vault.access_policies"))
    assert policies and not any("displayName" in one for one in policies)
    assert {request["status"] for request in asked(emulator, GRAPH)} == {403}


def test_roles(vault):
    seeded = seed(rbac=True, roleAssignments=[
        {"principalId": PERSON, "role": "Key Vault Secrets User"}])
    _, mount = mounted(vault, seeded, None, "arm_id=" + vault_id())
    assert os.getxattr(root_of(mount), "user.akv.vault.rbac") == b"true"
    roles = json.loads(os.getxattr(root_of(mount),
                                   "user.akv.vault.role_assignments"))
    found = [role for role in roles if role["principalId"] == PERSON]
    assert [(role["role"], role["displayName"]) for role in found] == [
        ("Key Vault Secrets User", "Ada")]


def vault_id():
    """The subscription follows from the default tenant; docs/emulator.md."""
    return ("/subscriptions/4bf6e2bb-8537-43e2-92d4-c5da98e97ae2/"
            "resourceGroups/emulator/providers/Microsoft.KeyVault/vaults/demo")


def test_a_configured_id_needs_no_search(vault):
    emulator, mount = mounted(vault, seed(), READER, "arm_id=" + vault_id())
    assert os.getxattr(root_of(mount), "user.akv.vault.sku") == b"premium"
    assert not [request for request in asked(emulator, ARM)
                if "ResourceGraph" in request["path"]]


def test_found_by_subscriptions(vault):
    """Where Resource Graph may not be asked."""
    emulator, mount = mounted(vault, seed(), READER)
    emulator.fault({"host": ARM, "path": "*/Microsoft.ResourceGraph/*"},
                   status=403)
    assert os.getxattr(root_of(mount), "user.akv.vault.sku") == b"premium"
    paths = [request["path"] for request in asked(emulator, ARM)]
    assert "/subscriptions" in paths
    assert [path for path in paths if path.endswith("/resources")
            and path.startswith("/subscriptions/")]


def test_found_by_a_refusal(vault):
    """What the data plane refuses, it refuses with the vault's whole id."""
    seeded = seed(rbac=True)
    seeded["vaults"]["demo"]["principals"][READER[0]]["permissions"] = {
        "secrets": ["list"]}
    emulator, mount = mounted(vault, seeded, READER)
    with pytest.raises(OSError) as caught:
        (mount.secrets / "a").read_text()
    assert caught.value.errno == errno.EACCES
    assert os.getxattr(root_of(mount), "user.akv.vault.sku") == b"premium"
    assert not [request for request in asked(emulator, ARM)
                if "ResourceGraph" in request["path"]]


def test_off(vault):
    emulator, mount = mounted(vault, seed(), READER, "arm=off")
    assert os.listxattr(root_of(mount)) == ["user.akv.vault.uri"]
    assert not asked(emulator, ARM)
    assert management(mount)["state"] == "off"


def test_an_older_version(vault):
    emulator, mount = mounted(vault, seed(), READER, "arm_id=" + vault_id())
    emulator.fault({"host": ARM, "path": "*/vaults/demo", "count": 1},
                   status=400, body={"error": {
                       "code": "NoRegisteredProviderFound", "message": "no"}})
    assert os.getxattr(root_of(mount), "user.akv.vault.sku") == b"premium"
    assert [request["query"] for request in asked(emulator, ARM)][:2] == [
        "api-version=2026-02-01", "api-version=2023-07-01"]


def test_a_hung_plane_holds_nobody_else_up(vault):
    emulator, mount = mounted(vault, seed(), READER, "timeout=3")
    (mount.secrets / "a").read_text()
    emulator.fault({"host": ARM}, hang=True)
    took = []

    def ask():
        began = time.monotonic()
        took.append((os.listxattr(root_of(mount)), time.monotonic() - began))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        while not asked_or_waiting(mount):
            time.sleep(0.05)
        assert (mount.secrets / "a").read_text() == "1"
        assert os.listdir(mount.secrets) == ["a"]
        assert asking.is_alive()
    finally:
        asking.join(20)
    assert took[0][0] == ["user.akv.vault.uri"]
    assert took[0][1] < 15
    assert management(mount)["state"] == "unknown"


def asked_or_waiting(mount):
    status = json.loads((mount.path / ".akvfs/status.json").read_text())
    return status["http"]["active"] > 0


def test_hostile_answers(vault):
    emulator, mount = mounted(vault, seed(), READER, "negative_ttl=0")
    for body in ("<html>", {"id": "/subscriptions/x"}, [],
                 {"id": vault_id(), "properties": {"sku": 1}}):
        emulator.fault({"host": ARM, "path": "*/vaults/demo"}, status=200,
                       body=body)
        assert os.listxattr(root_of(mount)) == ["user.akv.vault.uri"]
        assert "cannot be believed" in management(mount)["why"]
        emulator.clear_faults()
    assert (mount.secrets / "a").read_text() == "1"
