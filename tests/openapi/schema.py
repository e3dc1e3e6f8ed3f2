# SPDX-License-Identifier: MIT
"""An api-version's OpenAPI description as JSON Schemas of its answers.

The description is made stricter than it is written: a member that it does not
name is an error, unless UNDESCRIBED says why the service sends it all the same;
and what an operation is for must be there (PROMISED), where the description
makes everything optional. null is an error but for NULLABLE.
"""

import copy
import json
import pathlib
import re

import jsonschema

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "openapi"

# Whose description says the same as the one there is no file of.
FOLDERS = {"7.6": "7.6-preview.1", "2026-04-01": "2025-07-01"}
VERSIONS = ["2015-06-01", "2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4",
            "7.5", "7.6", "2025-07-01", "2026-04-01"]

# Where not every version describes a collection. Storage accounts of 2016-10-01
# are served as those of 7.0, whose definitions have other members.
ONLY_IN = {"storage": ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6"]}


def versions_of(collection):
    return ONLY_IN.get(collection, VERSIONS)


# (api-versions, definition, member): why it is sent though not described.
UNDESCRIBED = {
    (("2015-06-01",), "Error", "innererror"):
        "described from 2016-10-01 on; the service's errors do not depend on "
        "the version that is asked for",
    **{(("2015-06-01",), "JsonWebKey", member):
        "described from 2016-10-01 on, with the keys on curves and EC-HSM"
        for member in ("kty", "crv", "x", "y")},
    (("2015-06-01", "2016-10-01"), "KeyProperties", "crv"):
        "described from 7.0 on, with certificates for keys on curves",
    (tuple(VERSIONS), "CertificateItem", "subject"):
        "newer service versions send it empty, whatever is asked for",
    (tuple(VERSIONS), "X509CertificateProperties", "basic_constraints"):
        "the service has always sent it",
    **{(tuple(VERSIONS), "CertificateBundle", member):
        "service versions of 2021 and later send it with a version asked for "
        "by its id"
        for member in ("subject", "issuer", "sans", "serialnumber")},
    **{(tuple(VERSIONS), definition, "pending"):
        "the service has always sent it, with the operation's id"
        for definition in ("CertificateBundle", "DeletedCertificateBundle")},
    (tuple(VERSIONS), "OrganizationDetails", "zip"):
        "the service has always sent it, and always 0",
}
# What those are, where they are not texts.
UNDESCRIBED_TYPES = {
    "basic_constraints": {"type": "object", "required": ["ca"]},
    "pending": {"type": "object", "required": ["id"]},
    "sans": {"type": "object"},
    "zip": {"const": 0},
}
# (definition, member): where the service sends null.
NULLABLE = {
    ("SecretListResult", "nextLink"): "null on the last page",
    ("DeletedSecretListResult", "nextLink"): "null on the last page",
    ("KeyListResult", "nextLink"): "null on the last page",
    ("DeletedKeyListResult", "nextLink"): "null on the last page",
    ("CertificateListResult", "nextLink"): "null on the last page",
    ("DeletedCertificateListResult", "nextLink"): "null on the last page",
    ("CertificateIssuerListResult", "nextLink"): "null on the last page",
    ("StorageListResult", "nextLink"): "null on the last page",
    ("DeletedStorageListResult", "nextLink"): "null on the last page",
    ("SasDefinitionListResult", "nextLink"): "null on the last page",
    ("DeletedSasDefinitionListResult", "nextLink"): "null on the last page",
    ("KeyRotationPolicy", "attributes"): "null where no policy was made",
}

# What an operation answers at the least.
BUNDLE = {"": ["id", "attributes"],
          "attributes": ["enabled", "created", "updated"]}
VALUE = {**BUNDLE, "": ["value", "id", "attributes"]}
DELETED = {**BUNDLE, "": ["id", "attributes", "recoveryId", "deletedDate",
                          "scheduledPurgeDate"]}
LIST = {"": ["value", "nextLink"]}
KEY = {"": ["key", "attributes"], "key": ["kid", "kty", "key_ops"],
       "attributes": ["enabled", "created", "updated"]}
DELETED_KEY = {**KEY, "": KEY[""] + ["recoveryId", "deletedDate",
                                     "scheduledPurgeDate"]}
RESULT = {"": ["kid", "value"]}
CERTIFICATE = {**BUNDLE, "": ["id", "kid", "sid", "x5t", "cer", "attributes"]}
DELETED_CERTIFICATE = {**BUNDLE, "": CERTIFICATE[""] + [
    "policy", "recoveryId", "deletedDate", "scheduledPurgeDate"]}
OPERATION = {"": ["id", "issuer", "csr", "status", "request_id",
                  "cancellation_requested"], "issuer": ["name"]}
POLICY = {"": ["id", "key_props", "secret_props", "x509_props", "issuer",
               "lifetime_actions", "attributes"],
          "attributes": ["enabled", "created", "updated"]}
ISSUER = {"": ["id", "provider", "attributes"],
          "attributes": ["enabled", "created", "updated"]}
CONTACTS = {"": ["id", "contacts"]}
ACCOUNT = {**BUNDLE, "": ["id", "resourceId", "activeKeyName",
                          "autoRegenerateKey", "attributes"]}
DELETED_ACCOUNT = {**ACCOUNT, "": ACCOUNT[""] + [
    "recoveryId", "deletedDate", "scheduledPurgeDate"]}
DEFINITION = {**BUNDLE, "": ["id", "sid", "templateUri", "sasType",
                             "validityPeriod", "attributes"]}
DELETED_DEFINITION = {**DEFINITION, "": DEFINITION[""] + [
    "recoveryId", "deletedDate", "scheduledPurgeDate"]}
PROMISED = {
    "SetSecret": VALUE,
    "GetSecret": VALUE,
    "UpdateSecret": BUNDLE,
    "DeleteSecret": DELETED,
    "GetSecrets": LIST,
    "GetSecretVersions": LIST,
    "GetDeletedSecrets": LIST,
    "GetDeletedSecret": DELETED,
    "PurgeDeletedSecret": {},
    "RecoverDeletedSecret": BUNDLE,
    "BackupSecret": {"": ["value"]},
    "RestoreSecret": BUNDLE,
    "CreateKey": KEY,
    "ImportKey": KEY,
    "GetKey": KEY,
    "UpdateKey": KEY,
    "DeleteKey": DELETED_KEY,
    "RotateKey": KEY,
    "GetKeys": LIST,
    "GetKeyVersions": LIST,
    "GetDeletedKeys": LIST,
    "GetDeletedKey": DELETED_KEY,
    "PurgeDeletedKey": {},
    "RecoverDeletedKey": KEY,
    "BackupKey": {"": ["value"]},
    "RestoreKey": KEY,
    "GetKeyRotationPolicy": {"": ["lifetimeActions", "attributes"]},
    "UpdateKeyRotationPolicy": {"": ["id", "lifetimeActions", "attributes"],
                                "attributes": ["created", "updated"]},
    "encrypt": RESULT,
    "decrypt": RESULT,
    "wrapKey": RESULT,
    "unwrapKey": RESULT,
    "sign": RESULT,
    "verify": {"": ["value"]},
    "release": {"": ["value"]},
    "GetKeyAttestation": KEY,
    "GetCertificates": LIST,
    "GetCertificateVersions": LIST,
    "GetCertificateIssuers": LIST,
    "GetDeletedCertificates": LIST,
    "CreateCertificate": OPERATION,
    "GetCertificateOperation": OPERATION,
    "UpdateCertificateOperation": OPERATION,
    "DeleteCertificateOperation": OPERATION,
    "MergeCertificate": CERTIFICATE,
    "ImportCertificate": CERTIFICATE,
    "GetCertificate": CERTIFICATE,
    "UpdateCertificate": CERTIFICATE,
    "DeleteCertificate": DELETED_CERTIFICATE,
    "GetDeletedCertificate": DELETED_CERTIFICATE,
    "PurgeDeletedCertificate": {},
    "RecoverDeletedCertificate": CERTIFICATE,
    "BackupCertificate": {"": ["value"]},
    "RestoreCertificate": CERTIFICATE,
    "GetCertificatePolicy": POLICY,
    "UpdateCertificatePolicy": POLICY,
    "SetCertificateIssuer": ISSUER,
    "UpdateCertificateIssuer": ISSUER,
    "GetCertificateIssuer": ISSUER,
    "DeleteCertificateIssuer": ISSUER,
    "SetCertificateContacts": CONTACTS,
    "GetCertificateContacts": CONTACTS,
    "DeleteCertificateContacts": CONTACTS,
    "GetStorageAccounts": LIST,
    "GetDeletedStorageAccounts": LIST,
    "GetDeletedStorageAccount": DELETED_ACCOUNT,
    "PurgeDeletedStorageAccount": {},
    "RecoverDeletedStorageAccount": ACCOUNT,
    "BackupStorageAccount": {"": ["value"]},
    "RestoreStorageAccount": ACCOUNT,
    "DeleteStorageAccount": DELETED_ACCOUNT,
    "GetStorageAccount": ACCOUNT,
    "SetStorageAccount": ACCOUNT,
    "UpdateStorageAccount": ACCOUNT,
    "RegenerateStorageAccountKey": ACCOUNT,
    "GetSasDefinitions": LIST,
    "GetDeletedSasDefinitions": LIST,
    "GetDeletedSasDefinition": DELETED_DEFINITION,
    "RecoverDeletedSasDefinition": DEFINITION,
    "DeleteSasDefinition": DELETED_DEFINITION,
    "GetSasDefinition": DEFINITION,
    "SetSasDefinition": DEFINITION,
    "UpdateSasDefinition": DEFINITION,
}
ERROR = {"": ["error"], "error": ["code", "message"]}


class Description:
    def __init__(self, api_version, collection="secrets"):
        self.api_version = api_version
        folder = DATA / FOLDERS.get(api_version, api_version)
        documents = [json.loads(path.read_text(encoding="utf-8"))
                     for path in sorted(folder.glob("*.json"))]
        self._definitions = {}
        self.operations = {}
        for document in documents:
            self._definitions.update(document.get("definitions", {}))
            for path, methods in document["paths"].items():
                if not re.match(rf"/(deleted)?{collection}\b", path):
                    continue
                for method, operation in methods.items():
                    self.operations[operation["operationId"]] = (
                        method.upper(), path, operation)
        self._schemas = {name: self._convert(name) for name in
                         self._definitions}

    def request(self, operation_id, name="", version=""):
        """Method and path of an operation on that object; a SAS definition
        goes where a version would."""
        method, path, _ = self.operations[operation_id]
        path = re.sub(r"{(?!sas-)[a-z-]+-name}", name, path)
        return method, re.sub(r"{[a-z]+-(version|definition-name)}", version,
                              path)

    def faults(self, operation_id, answer):
        """What is wrong with this answer to that operation; [] if nothing."""
        responses = self.operations[operation_id][2]["responses"]
        status = str(answer.status)
        if status not in responses and answer.status < 400:
            return [f"{operation_id} describes no answer {status}"]
        response = responses.get(status, responses["default"])
        promised = PROMISED[operation_id] if status in responses else ERROR
        if "schema" not in response:
            return [f"{status} has a body"] if answer.body else []
        content_type = answer.headers["Content-Type"]
        if content_type != "application/json; charset=utf-8":
            return [f"Content-Type is {content_type}"]
        reference = response["schema"]["$ref"].rsplit("/", 1)[1]
        validator = jsonschema.Draft202012Validator(
            {"$ref": f"#/$defs/{reference}", "$defs": self._schemas})
        document = answer.json()
        return ([f"{error.json_path}: {error.message[:300]}"
                 for error in validator.iter_errors(document)]
                + self._missing(promised, document))

    def _missing(self, promised, document):
        absent = []
        for place, members in promised.items():
            where = document.get(place, {}) if place else document
            absent += [f"{place or '$'}: no {member}" for member in members
                       if member not in where
                       and self._is_described(place, member)]
        return absent

    def _is_described(self, place, member):
        """2015-06-01 has no soft delete, so nothing of it is missing there."""
        soft = member in ("recoveryId", "deletedDate", "scheduledPurgeDate")
        return place != "" or not soft or (
            "DeletedSecretBundle" in self._definitions)

    # Swagger 2 to JSON Schema

    def _convert(self, name):
        schema = self._properties_of(name)
        properties = {member: self._value(copy.deepcopy(described),
                                          (name, member) in NULLABLE)
                      for member, described in schema.items()}
        for (versions, definition, member) in UNDESCRIBED:
            if definition == name and self.api_version in versions:
                properties[member] = (
                    {"$ref": "#/$defs/" + definition} if definition == "Error"
                    else UNDESCRIBED_TYPES.get(member, {"type": "string"}))
        converted = {"type": "object", "properties": properties,
                     "additionalProperties": False}
        if self._definitions[name].get("x-nullable"):
            converted = {"anyOf": [converted, {"type": "null"}]}
        return converted

    def _properties_of(self, name):
        """Its own and those of what it is composed of."""
        definition = self._definitions[name]
        properties = {}
        for part in definition.get("allOf", []):
            properties.update(
                self._properties_of(part["$ref"].rsplit("/", 1)[1]))
        properties.update(definition.get("properties", {}))
        return properties

    def _value(self, described, nullable):
        if "$ref" in described:
            reference = {
                "$ref": "#/$defs/" + described["$ref"].rsplit("/", 1)[1]}
            return ({"anyOf": [reference, {"type": "null"}]} if nullable
                    else reference)
        schema = {word: described[word] for word in ("type", "enum")
                  if word in described}
        kind = described.get("format")
        if kind == "unixtime":
            # Seconds, not milliseconds, and within the life of the service.
            schema.update(minimum=0, maximum=2**33)
        elif kind == "int32":
            schema.update(minimum=-2**31, maximum=2**31 - 1)
        elif kind == "base64url":
            schema["pattern"] = "^[A-Za-z0-9_-]*$"
        if "items" in described:
            schema["items"] = self._value(described["items"], False)
        if "additionalProperties" in described:
            schema["additionalProperties"] = self._value(
                described["additionalProperties"], False)
        if nullable:
            schema["type"] = [schema["type"], "null"]
        return schema
