# SPDX-License-Identifier: MIT
"""Every answer about secrets is one that its api-version's description allows.

Each api-version is asked for every operation it describes, once so that it
succeeds and in all the ways in which it is refused.
"""

import jsonschema
import pytest

import schema
from asker import HOST, READER

COLLECTION = "secrets"
SEED = {"vaults": {
    "schema": {
        "secrets": {
            "plain": {"value": "p"},
            "full": {"value": "f", "contentType": "text/plain",
                     "tags": {"a": "b", "c": ""},
                     "attributes": {"nbf": 1500000000, "exp": 4000000000}},
            "off": {"value": "o", "attributes": {"enabled": False}},
        },
        "principals": {READER[0]: {
            "secret": READER[1], "permissions": {"secrets": []}}},
    },
}}


def test_set_get_update(asker):
    name = asker.fresh("set")
    full = {"value": "v", "contentType": "text/plain", "tags": {"a": "1"},
            "attributes": {"enabled": True, "nbf": 1, "exp": 4000000000}}
    made = asker.ask("SetSecret", name, status=200, body=full).json()
    asker.ask("SetSecret", name, status=200, body={"value": ""})
    version = made["id"].rsplit("/", 1)[1]
    read = asker.ask("GetSecret", name, version, status=200).json()
    assert {key: read[key] for key in ("value", "contentType", "tags")} == {
        key: full[key] for key in ("value", "contentType", "tags")}
    assert read["attributes"]["nbf"] == 1
    assert read["attributes"]["exp"] == 4000000000
    assert asker.ask("GetSecret", name, "", status=200).json()["value"] == ""
    updated = asker.ask("UpdateSecret", name, version, status=200,
                        body={"attributes": {"enabled": False},
                              "tags": {}, "contentType": ""})
    assert "value" not in updated.json()
    refused = asker.ask("GetSecret", name, version, status=403)
    assert refused.inner_code == "SecretDisabled"


@pytest.mark.parametrize("secret", ["plain", "full", "off"])
def test_seeded(asker, secret):
    asker.ask("GetSecret", secret, "", status=403 if secret == "off" else 200)


def test_lists(asker):
    name = asker.fresh("list")
    for value in "12345":
        asker.ask("SetSecret", name, status=200,
                  body={"value": value, "tags": {"v": value}})
    versions = asker.pages("GetSecretVersions", name)
    assert sorted(item["tags"]["v"] for item in versions) == list("12345")
    names = [item["id"].rsplit("/", 1)[1]
             for item in asker.pages("GetSecrets")]
    assert {"plain", "full", "off", name} <= set(names)
    assert len(names) == len(set(names))
    empty = asker.ask("GetSecretVersions", "nothing-here", status=200)
    assert empty.json() == {"value": [], "nextLink": None}


def test_soft_delete(asker):
    if not asker.has("GetDeletedSecrets"):
        deleted_without_soft_delete(asker)
        return
    name = asker.fresh("soft")
    asker.ask("SetSecret", name, status=200,
              body={"value": "x", "tags": {"t": ""}, "contentType": "c"})
    asker.ask("DeleteSecret", name, status=200)
    asker.ask("SetSecret", name, status=409, body={"value": "y"})
    asker.ask("PurgeDeletedSecret", name, status=409)
    asker.ask("GetDeletedSecret", name, status=404)
    asker.settle()
    asker.ask("GetDeletedSecret", name, status=200)
    asker.ask("SetSecret", name, status=409, body={"value": "y"})
    found = [item for item in asker.pages("GetDeletedSecrets")
             if item["id"].endswith("/" + name)]
    assert len(found) == 1
    assert found[0]["recoveryId"] == f"https://{HOST}/deletedsecrets/{name}"
    asker.ask("RecoverDeletedSecret", name, status=200)
    asker.ask("GetSecret", name, "", status=404)
    asker.settle()
    asker.ask("GetSecret", name, "", status=200)
    asker.ask("RecoverDeletedSecret", name, status=400)
    asker.ask("DeleteSecret", name, status=200)
    asker.settle()
    asker.ask("GetDeletedSecret", name, status=200)
    asker.ask("PurgeDeletedSecret", name, status=204)
    asker.settle()
    asker.ask("GetDeletedSecret", name, status=404)


def deleted_without_soft_delete(asker):
    name = asker.fresh("hard")
    asker.ask("SetSecret", name, status=200, body={"value": "x"})
    asker.ask("DeleteSecret", name, status=200)
    asker.ask("GetSecret", name, "", status=404)


def test_backup_and_restore(asker):
    if not asker.has("BackupSecret"):
        return
    name = asker.fresh("backup")
    asker.ask("SetSecret", name, status=200, body={"value": "x"})
    blob = asker.ask("BackupSecret", name, status=200).json()
    asker.ask("RestoreSecret", status=409, body=blob)
    asker.ask("RestoreSecret", status=400, body={"value": "bm90IGEgYmxvYg"})
    asker.ask("DeleteSecret", name, status=200)
    asker.settle()
    asker.ask("GetDeletedSecret", name, status=200)
    asker.ask("PurgeDeletedSecret", name, status=204)
    asker.settle()
    asker.ask("GetDeletedSecret", name, status=404)
    restored = asker.ask("RestoreSecret", status=200, body=blob).json()
    assert f"/secrets/{name}/" in restored["id"]


def refusals(asker):
    """Operation, and how to be refused it: status and what to send."""
    missing = asker.fresh("missing")
    bodies = {"SetSecret": {"value": "x"}, "UpdateSecret": {"tags": {}},
              "RestoreSecret": {"value": "x"}}
    for operation_id in asker.description.operations:
        common = {"body": bodies.get(operation_id), "name": missing,
                  "version": "0" * 32}
        yield operation_id, {**common, "status": 401, "anonymous": True}
        yield operation_id, {**common, "status": 401,
                             "headers": {"Authorization": "Bearer nonsense"}}
        yield operation_id, {**common, "status": 403, "principal": READER}
        if operation_id not in ("GetSecrets", "GetDeletedSecrets",
                                "RestoreSecret"):
            yield operation_id, {**common, "status": 400, "name": "a_b"}
        if operation_id not in ("SetSecret", "GetSecrets", "RestoreSecret",
                                "GetSecretVersions", "GetDeletedSecrets"):
            yield operation_id, {**common, "status": 404}
        if operation_id in bodies:
            for broken in (b"", b"{", b"[]", b'{"value":1}', b'{"value":null}',
                           b'{"attributes":7}', b'{"tags":{"a":1}}'):
                if operation_id == "UpdateSecret" and b"value" in broken:
                    continue
                yield operation_id, {**common, "status": 400, "body": broken,
                                     "name": "plain", "version": ""}


def test_refusals(asker):
    asker.refused(refusals(asker))


def test_no_operation_was_left_out(asker):
    """Last in this file: what the tests above have asked for, together."""
    asker.all_asked()


# The checker itself

class Reply:
    def __init__(self, status, document):
        self.status = status
        self.document = document
        self.body = b"x"
        self.headers = {"Content-Type": "application/json; charset=utf-8"}

    def json(self):
        return self.document


ATTRIBUTES = {"enabled": True, "created": 1, "updated": 1,
              "recoveryLevel": "Recoverable+Purgeable"}
GOOD = {"value": "v", "id": "i", "attributes": ATTRIBUTES}


@pytest.mark.parametrize("operation_id, status, document, wrong", [
    ("GetSecret", 200, GOOD, None),
    ("GetSecret", 200, {**GOOD, "extra": 1}, "extra"),
    ("GetSecret", 200, {**GOOD, "value": None}, "None"),
    ("GetSecret", 200, {**GOOD, "managed": "true"}, "managed"),
    ("GetSecret", 200, {**GOOD, "tags": {"a": 1}}, "tags"),
    ("GetSecret", 200, {"id": "i", "attributes": ATTRIBUTES}, "no value"),
    ("GetSecret", 200, {**GOOD, "attributes": {
        **ATTRIBUTES, "created": 1500000000000}}, "created"),
    ("GetSecret", 200, {**GOOD, "attributes": {
        **ATTRIBUTES, "recoveryLevel": "Sometimes"}}, "Sometimes"),
    ("GetSecret", 201, GOOD, "201"),
    ("GetSecret", 404, GOOD, "error"),
    ("GetSecret", 404, {"error": {"code": "c", "message": "m"}}, None),
    ("GetSecret", 404, {"error": {"code": "c"}}, "no message"),
    ("GetSecret", 404, {"error": {"code": "c", "message": "m", "inner": 1}},
     "inner"),
    ("GetSecrets", 200, {"value": [], "nextLink": None}, None),
    ("GetSecrets", 200, {"value": [{"value": "v"}], "nextLink": None},
     "value"),
    ("PurgeDeletedSecret", 204, {}, "body"),
])
def test_the_checker_sees_what_is_wrong(operation_id, status, document, wrong):
    faults = schema.Description("7.5").faults(operation_id,
                                              Reply(status, document))
    if wrong is None:
        assert not faults
    else:
        assert wrong in " ".join(faults)


def test_the_schemas_are_schemas():
    for api_version in schema.VERSIONS:
        description = schema.Description(api_version)
        # pylint: disable=protected-access
        for converted in description._schemas.values():
            jsonschema.Draft202012Validator.check_schema(converted)
