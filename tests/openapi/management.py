# SPDX-License-Identifier: MIT
"""The management plane's OpenAPI descriptions as JSON Schemas of its answers.

As strict as schema.py: what is not described is an error, unless UNDESCRIBED
says why it is sent; and what a resource is nothing without must be there.
"""

import json
import pathlib
import re

import jsonschema

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "openapi"
ARM = DATA / "arm"
VERSIONS = sorted(folder.name for folder in ARM.iterdir())
GRAPH = DATA / "resource-graph"

# (definition, member): why it is sent though not described.
UNDESCRIBED = {
    ("Vault", "systemData"):
        "described from 2021-10-01 on; sent to whoever asks for a newer one",
    ("Permissions", "storage"):
        "described from 2016-10-01 on; a policy is what it was made",
    ("VaultProperties", "provisioningState"):
        "described from 2019-09-01 on, and sent since 2016-10-01",
    ("PrivateEndpointConnectionItem", "id"):
        "described from 2019-09-01 on; what else would tell them apart",
    ("PrivateLinkServiceConnectionState", "actionsRequired"):
        "actionRequired in the description of 2018-02-14 alone",
}
# Where a description is wrong. "object" is what the table of older versions was.
MENDED = {("QueryResponse", "data"): {"type": "array"}}
RESOURCE = ["id", "name", "type"]
VAULT = {"": RESOURCE + ["location", "properties"],
         "properties": ["tenantId", "sku", "accessPolicies", "vaultUri",
                        "enabledForDeployment"]}
DELETED = {"": RESOURCE + ["properties"],
           "properties": ["vaultId", "location", "deletionDate",
                          "scheduledPurgeDate"]}
LIST = {"": ["value"]}
CONNECTION = {"": RESOURCE + ["properties"],
              "properties": ["privateEndpoint", "provisioningState",
                             "privateLinkServiceConnectionState"]}
SECRET = {"": RESOURCE + ["location", "properties"],
          "properties": ["attributes", "secretUri", "secretUriWithVersion"]}
PROMISED = {
    "Vaults_CreateOrUpdate": VAULT,
    "Vaults_Update": VAULT,
    "Vaults_Get": VAULT,
    "Vaults_Delete": {},
    "Vaults_UpdateAccessPolicy": {
        "": ["properties"], "properties": ["accessPolicies"]},
    "Vaults_ListByResourceGroup": LIST,
    "Vaults_ListBySubscription": LIST,
    "Vaults_ListDeleted": LIST,
    "Vaults_GetDeleted": DELETED,
    "Vaults_PurgeDeleted": {},
    "Vaults_List": LIST,
    "Vaults_CheckNameAvailability": {"": ["nameAvailable"]},
    "PrivateEndpointConnections_Get": CONNECTION,
    "PrivateEndpointConnections_Put": CONNECTION,
    "PrivateEndpointConnections_Delete": CONNECTION,
    "PrivateEndpointConnections_ListByResource": LIST,
    "PrivateLinkResources_ListByVault": LIST,
    "Secrets_CreateOrUpdate": SECRET,
    "Secrets_Update": SECRET,
    "Secrets_Get": SECRET,
    "Secrets_List": LIST,
    "Resources": {"": ["totalRecords", "count", "resultTruncated", "data"]},
}
ERROR = {"": ["error"], "error": ["code", "message"]}
ERROR_SCHEMA = {
    "type": "object", "additionalProperties": False, "required": ["error"],
    "properties": {"error": {
        "type": "object", "required": ["code", "message"],
        "additionalProperties": False,
        "properties": {"code": {"type": "string"},
                       "message": {"type": "string"},
                       "target": {"type": "string"},
                       "details": {"type": "array"}}}}}


class Description:
    def __init__(self, folder):
        self.api_version = folder.name
        self.operations = {}
        self._definitions = {}
        for path in sorted(folder.glob("*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            for name, definition in document.get("definitions", {}).items():
                self._definitions.setdefault(name, definition)
            for target, methods in document["paths"].items():
                for method, operation in methods.items():
                    self.operations.setdefault(
                        operation["operationId"],
                        (method.upper(), target, operation))
        self._schemas = {name: self._convert(name, definition)
                         for name, definition in self._definitions.items()}

    def request(self, operation_id, **parameters):
        method, path, _ = self.operations[operation_id]
        return method, re.sub(r"{(\w+)}",
                              lambda found: parameters[found[1]], path)

    def faults(self, operation_id, answer):
        """What is wrong with this answer to that operation; [] if nothing."""
        responses = self.operations[operation_id][2]["responses"]
        status = str(answer.status)
        if answer.status >= 400:
            return self._faults_of(ERROR_SCHEMA, ERROR, answer)
        if status not in responses:
            return [f"{operation_id} describes no answer {status}"]
        if "schema" not in responses[status]:
            return [f"{status} has a body"] if answer.body else []
        return self._faults_of(responses[status]["schema"],
                               PROMISED[operation_id], answer)

    def _faults_of(self, described, promised, answer):
        content_type = answer.headers["Content-Type"]
        if content_type != "application/json; charset=utf-8":
            return [f"Content-Type is {content_type}"]
        used = (described if described is ERROR_SCHEMA
                else self._value("", described))
        validator = jsonschema.Draft202012Validator(
            {**used, "$defs": self._schemas})
        document = answer.json()
        faults = [f"{error.json_path}: {error.message[:300]}"
                  for error in validator.iter_errors(document)]
        for place, members in promised.items():
            where = document.get(place, {}) if place else document
            faults += [f"{place or '$'}: no {member}" for member in members
                       if member not in where]
        return faults

    # Swagger 2 to JSON Schema

    def _convert(self, name, definition):
        properties = self._properties_of(definition)
        if not properties:
            return self._value(name, definition)
        members = {member: self._value(name, described)
                   for member, described in properties.items()}
        for (owner, member), schema in MENDED.items():
            if owner == name:
                members[member] = schema
        for owner, member in UNDESCRIBED:
            if owner == name:
                members.setdefault(member, {})
        return {"type": "object", "properties": members,
                "additionalProperties": False}

    def _properties_of(self, definition):
        """Its own and those of what it is composed of."""
        properties = {}
        for part in definition.get("allOf", []):
            properties.update(self._properties_of(
                self._definitions[part["$ref"].rsplit("/", 1)[1]]))
        properties.update(definition.get("properties", {}))
        return properties

    def _value(self, owner, described):
        if "$ref" in described:
            return {"$ref": "#/$defs/" + described["$ref"].rsplit("/", 1)[1]}
        schema = {word: described[word] for word in ("type", "enum")
                  if word in described}
        if described.get("x-ms-enum", {}).get("modelAsString"):
            schema.pop("enum")  # may have more
        if described.get("format") == "date-time":
            schema["pattern"] = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
        for word in ("items", "additionalProperties"):
            if isinstance(described.get(word), dict):
                schema[word] = self._value(owner, described[word])
        return schema
