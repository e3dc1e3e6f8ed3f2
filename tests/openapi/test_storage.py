# SPDX-License-Identifier: MIT
"""Every answer about storage accounts is one that its api-version describes.

Each api-version that has them is asked for every operation it describes, once
so that it succeeds and in all the ways in which it is refused.
"""

from asker import HOST, READER

COLLECTION = "storage"
RESOURCE = ("/subscriptions/00000000-0000-4000-8000-000000000000/"
            "resourceGroups/g/providers/Microsoft.Storage/storageAccounts/")
SEED = {"vaults": {"schema": {
    "storage": {"plain": {"sas": {"read": {
        "templateUri": "sv=2018-03-28&ss=b&srt=sco&sp=rl&se=x&sig=x",
        "sasType": "account", "validityPeriod": "PT2H"}}}},
    "principals": {READER[0]: {
        "secret": READER[1], "permissions": {"storage": []}}}}}}
DEFINITION = {"templateUri": "sv=2018-03-28&ss=b&srt=sco&sp=rl&se=x&sig=x",
              "sasType": "account", "validityPeriod": "PT1H"}


def account(name, **more):
    return {"resourceId": RESOURCE + name, "activeKeyName": "key1",
            "autoRegenerateKey": False, **more}


def fresh(asker, stem):
    """No '-' in the name of an account."""
    return asker.fresh(stem).replace("-", "")


def test_accounts(asker):
    name = fresh(asker, "account")
    made = asker.ask("SetStorageAccount", name, status=200, body=account(
        name, autoRegenerateKey=True, regenerationPeriod="P30D",
        attributes={"enabled": True}, tags={"a": "1"})).json()
    assert made["regenerationPeriod"] == "P30D"
    read = asker.ask("GetStorageAccount", name, status=200).json()
    assert read == made
    changed = asker.ask("UpdateStorageAccount", name, status=200, body={
        "activeKeyName": "key2", "tags": {}}).json()
    assert changed["activeKeyName"] == "key2"
    asker.ask("RegenerateStorageAccountKey", name, status=200,
              body={"keyName": "key1"})
    names = [item["id"].rsplit("/", 1)[1]
             for item in asker.pages("GetStorageAccounts")]
    assert {"plain", name} <= set(names)
    assert len(names) == len(set(names))


def test_definitions(asker):
    name = fresh(asker, "defined")
    asker.ask("SetStorageAccount", name, status=200, body=account(name))
    made = asker.ask("SetSasDefinition", name, "one", status=200, body={
        **DEFINITION, "tags": {"a": "1"}}).json()
    assert made["sid"] == f"https://{HOST}/secrets/{name}-one"
    asker.ask("SetSasDefinition", name, "two", status=200, body=DEFINITION)
    asker.ask("SetSasDefinition", name, "three", status=200, body=DEFINITION)
    assert asker.ask("GetSasDefinition", name, "one",
                     status=200).json() == made
    changed = asker.ask("UpdateSasDefinition", name, "one", status=200,
                        body={"validityPeriod": "PT3H"}).json()
    assert changed["validityPeriod"] == "PT3H"
    found = [item["id"].rsplit("/", 1)[1]
             for item in asker.pages("GetSasDefinitions", name)]
    assert sorted(found) == ["one", "three", "two"]


def test_soft_delete(asker):
    name = fresh(asker, "soft")
    asker.ask("SetStorageAccount", name, status=200, body=account(name))
    for definition in ("kept", "lost", "more"):
        asker.ask("SetSasDefinition", name, definition, status=200,
                  body=DEFINITION)
    for definition in ("lost", "more", "kept"):
        asker.ask("DeleteSasDefinition", name, definition, status=200)
    asker.settle()
    asker.ask("GetDeletedSasDefinition", name, "lost", status=200)
    found = [item["id"].rsplit("/", 1)[1]
             for item in asker.pages("GetDeletedSasDefinitions", name)]
    assert sorted(found) == ["kept", "lost", "more"]
    asker.ask("RecoverDeletedSasDefinition", name, "kept", status=200)
    asker.settle()
    asker.ask("GetSasDefinition", name, "kept", status=200)
    asker.ask("DeleteStorageAccount", name, status=200)
    asker.settle()
    asker.ask("GetDeletedStorageAccount", name, status=200)
    assert [item["recoveryId"]
            for item in asker.pages("GetDeletedStorageAccounts")
            if item["id"].endswith("/" + name)] == [
                f"https://{HOST}/deletedstorage/{name}"]
    asker.ask("RecoverDeletedStorageAccount", name, status=200)
    asker.settle()
    asker.ask("GetStorageAccount", name, status=200)


def test_backup_and_restore(asker):
    name = fresh(asker, "backup")
    asker.ask("SetStorageAccount", name, status=200, body=account(name))
    blob = asker.ask("BackupStorageAccount", name, status=200).json()
    asker.ask("RestoreStorageAccount", status=409, body=blob)
    asker.ask("RestoreStorageAccount", status=400,
              body={"value": "bm90IGEgYmxvYg"})
    asker.ask("DeleteStorageAccount", name, status=200)
    asker.settle()
    asker.ask("GetDeletedStorageAccount", name, status=200)
    asker.ask("PurgeDeletedStorageAccount", name, status=204)
    asker.settle()
    asker.ask("GetDeletedStorageAccount", name, status=404)
    restored = asker.ask("RestoreStorageAccount", status=200, body=blob).json()
    assert restored["id"] == f"https://{HOST}/storage/{name}"


BODIES = {
    "SetStorageAccount": account("x"),
    "UpdateStorageAccount": {"tags": {}},
    "RegenerateStorageAccountKey": {"keyName": "key1"},
    "RestoreStorageAccount": {"value": "x"},
    "SetSasDefinition": DEFINITION,
    "UpdateSasDefinition": {"tags": {}},
}
NAMELESS = ("GetStorageAccounts", "GetDeletedStorageAccounts",
            "RestoreStorageAccount")


def refusals(asker):
    """Operation, and how to be refused it: status and what to send."""
    missing = fresh(asker, "missing")
    for operation_id in asker.description.operations:
        common = {"body": BODIES.get(operation_id), "name": missing,
                  "version": "nothing"}
        yield operation_id, {**common, "status": 401, "anonymous": True}
        yield operation_id, {**common, "status": 401,
                             "headers": {"Authorization": "Bearer nonsense"}}
        yield operation_id, {**common, "status": 403, "principal": READER}
        if operation_id not in NAMELESS:
            yield operation_id, {**common, "status": 400, "name": "a_b"}
        if operation_id not in NAMELESS + (
                "SetStorageAccount", "GetSasDefinitions",
                "GetDeletedSasDefinitions"):
            yield operation_id, {**common, "status": 404}
        if operation_id in BODIES:
            for broken in (b"", b"{", b"[]", b'{"attributes":7}',
                           b'{"tags":{"a":1}}'):
                if (operation_id == "RegenerateStorageAccountKey"
                        and b"a" in broken):
                    continue
                yield operation_id, {**common, "status": 400, "body": broken,
                                     "name": "plain", "version": "read"}
    for wrong in ({"activeKeyName": "key3"}, {"autoRegenerateKey": "yes"},
                  {"resourceId": 7}, {"regenerationPeriod": "soon",
                                      "autoRegenerateKey": True}):
        yield "SetStorageAccount", {"status": 400, "name": missing,
                                    "body": account(missing, **wrong)}
    for wrong in ({"sasType": "other"}, {"validityPeriod": "soon"},
                  {"templateUri": 7}):
        yield "SetSasDefinition", {"status": 400, "name": "plain",
                                   "version": "wrong",
                                   "body": {**DEFINITION, **wrong}}


def test_refusals(asker):
    asker.refused(refusals(asker))


def test_no_operation_was_left_out(asker):
    """Last in this file: what the tests above have asked for, together."""
    asker.all_asked()
