# SPDX-License-Identifier: MIT
"""The emulator answers about certificates what the service answered.

Each recorded exchange is asked by itself, of a name of its own that is first
brought into the state in which the service had it. Compared are status, error
codes, the members of the answer at every depth, and the policy, which is what a
client chooses.
"""

import json
import re
import urllib.parse

import pytest

from akv_emulator import Emulator
from compare import members
from recording import DATA

HOST = "recorded.vault.azure.net"
DELAY_S = 60
UNKNOWN = {"policy": {"x509_props": {"subject": "CN=x"}, "key_props": {
    "kty": "EC"}, "issuer": {"name": "Unknown"}}}
CHOSEN = ("key_props", "secret_props", "x509_props", "issuer",
          "lifetime_actions")
# Not members of the answer's form: what the service had not or not yet.
LOOSE = {"attributes.recoverableDays", "attributes.recoverylevel",
         "attributes.recoveryLevel", "tags", "pending", "pending.id"}
ASKED = {"cert.create": 202, "cert.import": 200, "cert.contacts.put": 200,
         "cert.issuers.put": 200, "cert.pending.patch": 200,
         "cert.pending.delete": 200, "cert.get": 200}


def load():
    """(label, line) of exchanges that differ in what they say or answer."""
    seen = {}
    for path in sorted(DATA.glob("*-certificates.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            operation, status = line["op"], line["response"]["status"]
            document = line["response"]["body"]
            if not is_asked(line, operation, status, document):
                continue
            key = json.dumps([operation, status, line["request"]["body"],
                              document.get("policy", {}).get("x509_props"),
                              sorted(members(document))])
            seen.setdefault(key, (f"{path.stem}-{operation}-{status}-"
                                  f"{len(seen)}", line))
    return list(seen.values())


def is_asked(line, operation, status, document):
    if not isinstance(document, dict) or "CLIPPED" in json.dumps(
            line["request"]["body"]):
        return False
    if status in (404, 409):
        return re.match(r"cert\.(create|get|delete|pending\.get|issuers\.get|"
                        r"contacts\.get)$|deletedcert\.(get|recover)$",
                        operation)
    sent = line["request"]["body"]
    if operation == "cert.pending.merge" and status == 400:
        return isinstance(sent, dict)
    if operation == "cert.get":
        policy = document.get("policy")
        return (status == 200 and "cer" in document and policy
                and policy["issuer"]["name"] == "Self"
                and "CN=" in policy["x509_props"]["subject"].upper())
    if operation == "cert.import" and "REDACTED" in json.dumps(sent):
        return False
    if document.get("status", "inProgress") != "inProgress":
        return False
    return ASKED.get(operation) == status and (
        isinstance(sent, dict) or operation == "cert.pending.delete")


RECORDED = load()


@pytest.fixture(scope="module")
def emulator():
    with Emulator({"vaults": {"recorded": {}}}, options=[
            "--soft-delete-delay-ms", str(DELAY_S * 1000)]) as started:
        yield started


def prepare(emulator, line, name):
    operation, status = line["op"], line["response"]["status"]
    if operation.startswith("cert.pending.") and status != 404:
        answer = emulator.call(
            "POST", HOST, f"/certificates/{name}/create?api-version=7.3",
            UNKNOWN)
        assert answer.status == 202, answer
    elif operation == "cert.create" and status == 409:
        prepare(emulator, {**line, "op": "cert.pending.patch",
                           "response": {"status": 200}}, name)
    elif operation == "cert.get" and status == 200:
        policy = line["response"]["body"]["policy"]
        emulator.seed({"vaults": {"recorded": {"certificates": {
            name: {"policy": {key: policy[key] for key in CHOSEN}}}}}})


@pytest.mark.parametrize("line", [line for _, line in RECORDED],
                         ids=[label for label, _ in RECORDED])
def test_exchange(emulator, line, request):
    request_, response = line["request"], line["response"]
    number = [id(each) for _, each in RECORDED].index(id(line))
    uri = urllib.parse.urlsplit(request_["uri"])
    parts = uri.path.strip("/").split("/")
    at = 2 if parts[1] == "issuers" else 1
    if parts[1] != "contacts":
        parts[at] = f"n{number}"
        if line["op"] == "cert.get" and len(parts) > 2:
            del parts[2:]
    prepare(emulator, line, parts[at] if len(parts) > at else "")
    version = dict(urllib.parse.parse_qsl(uri.query)).get(
        "api-version", "7.1")
    answer = emulator.call(request_["method"], HOST,
                           f"/{'/'.join(parts)}?api-version={version}",
                           request_["body"])
    recorded = response["body"]
    assert answer.status == response["status"], answer
    error = recorded.get("error") or {}
    assert answer.error_code == error.get("code")
    assert answer.inner_code == (error.get("innererror") or {}).get("code")
    mine = answer.json()
    if line["op"] == "cert.contacts.put":
        emulator.call("DELETE", HOST,
                      "/certificates/contacts?api-version=7.3")
    assert members(mine) - LOOSE == members(recorded) - LOOSE
    for key in CHOSEN:
        if "policy" in recorded:
            assert mine["policy"][key] == recorded["policy"][key]


def test_enough_is_recorded():
    assert len(RECORDED) > 100
    assert {line["op"] for _, line in RECORDED} >= set(ASKED)
