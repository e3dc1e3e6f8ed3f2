# SPDX-License-Identifier: MIT
"""The management plane answers what the service answered.

Each recording is replayed in a subscription of its own, whose vaults and
resource groups are made as the recording needs them. Managed HSMs are not
served, so their exchanges are left out. Not compared are times, texts of
messages, and what is in ALLOWED, with the reason.
"""

import collections
import json
import re
import time
import urllib.parse
import uuid

import pytest

from akv_emulator import Emulator
from recording import DATA

DELAY_S = 0.2
ARM = "management.azure.com"
REPLAYED_AT_LEAST = 0.9
TENANT = "54826b22-38d6-4fb2-bad9-b7b93a3e9c5a"
counts = collections.Counter()

# Members whose values are made by whoever answers.
MADE = ("createdBy", "createdByType", "createdAt", "lastModifiedBy",
        "lastModifiedByType", "lastModifiedAt", "deletionDate",
        "scheduledPurgeDate", "created", "updated", "message",
        "createdDateTime", "lastActionDateTime", "secretUriWithVersion",
        "nextLink")


class Line:
    def __init__(self, text):
        line = json.loads(text)
        uri = urllib.parse.urlsplit(line["request"]["uri"])
        self.source = (line["source"], line["commit"])
        self.seq = line["seq"]
        self.operation = line["op"]
        self.method = line["request"]["method"]
        self.path = re.sub("//+", "/", uri.path)
        self.query = dict(urllib.parse.parse_qsl(uri.query))
        self.sent = line["request"]["body"]
        self.status = line["response"]["status"]
        self.answer = line["response"]["body"]

    def __str__(self):
        return f"{self.seq} {self.method} {self.path} -> {self.status}"


def load():
    """Lists of lines, one per recording."""
    found = {}
    for path in sorted(DATA.glob("*-arm.jsonl")):
        with open(path, encoding="utf-8") as file:
            for text in file:
                line = Line(text)
                if "hsm" in line.path.lower():
                    continue
                # A recording that was made again starts over.
                key = (path.stem, *line.source)
                lists = found.setdefault(key, [[]])
                if lists[-1] and line.seq <= lists[-1][-1].seq:
                    lists.append([])
                lists[-1].append(line)
    return [(f"{key[0]}-{key[1].rsplit('/', 1)[-1]}-{i}", lines)
            for key, lists in found.items() for i, lines in enumerate(lists)]


RECORDINGS = load()


@pytest.fixture
def emulator():
    options = ["--soft-delete-delay-ms", str(int(DELAY_S * 1000))]
    with Emulator({"vaults": {}}, options=options) as started:
        yield started


class Replay:
    def __init__(self, emulator, lines):
        self.emulator = emulator
        self.lines = lines
        self.subscription = str(uuid.uuid4())
        self.location = None   # of the purge that is under way
        self.links = {}
        self.is_settled = True
        token = emulator.sign_in(
            emulator.env["AZURE_CLIENT_ID"], emulator.env["AZURE_CLIENT_SECRET"],
            resource="https://management.azure.com").json()["access_token"]
        self.headers = {"Authorization": "Bearer " + token}
        groups = {match.group(1) for line in lines for match in [re.search(
            "/resourcegroups/([^/]+)", line.path, re.IGNORECASE)] if match}
        emulator.seed({"subscriptions": {self.subscription: {
            "resourceGroups": sorted(groups)}}})

    def call(self, method, target, body=None):
        return self.emulator.call(method, ARM, target, body,
                                  dict(self.headers))

    def admin(self, method, path, body=None):
        return self.call(method, path + "?api-version=2023-07-01", body)

    def rename(self, text):
        """The recording's vaults and subscription are ours."""
        text = re.sub("(/subscriptions/)[^/]+", r"\g<1>" + self.subscription,
                      text)
        return text

    def run(self, line):
        self.prepare(line)
        self.settle(line)
        query = dict(line.query)
        target = self.rename(line.path)
        if "operationResults" in target:
            target = self.operation_target(line)
        elif "$skiptoken" in query and target in self.links:
            target = self.links[target]
        else:
            target += "?" + urllib.parse.urlencode(query)
        answer = self.call(line.method, target, self.body(line))
        location = answer.headers.get("Location")
        if location:
            self.location = location
        if line.method == "PUT":
            self.is_settled = False
        self.learn(line, answer)
        return answer

    def settle(self, line):
        """Wait until names are registered, unless they were not yet."""
        state = ((line.answer or {}).get("properties") or {}).get(
            "provisioningState")
        if not self.is_settled and state != "RegisteringDns":
            time.sleep(DELAY_S)
            self.is_settled = True

    def operation_target(self, line):
        """Ours. A recorded end comes when ours has come, too."""
        if line.status == 200:
            time.sleep(DELAY_S)
        return "/" + self.location.split("/", 3)[3]

    def body(self, line):
        if line.method not in ("PUT", "PATCH", "POST"):
            return None
        if line.operation == "arm.vault.put" and line.sent is None:
            return {key: line.answer[key] for key in
                    ("location", "tags", "properties") if key in line.answer}
        return json.loads(self.rename(json.dumps(line.sent)))

    def learn(self, line, answer):
        if answer.status == 200 and answer.body:
            link = answer.json().get("nextLink")
            if link:
                self.links[self.rename(line.path)] = (
                    "/" + link.split("/", 3)[3])

    # What was there before

    def vault_exists(self, path):
        return self.admin("GET", path).status == 200

    def make_missing(self, path):
        if self.vault_exists(path):
            assert self.admin("DELETE", path).status == 200
        self.purge(path.rsplit("/", 1)[1])

    def deleted(self):
        return self.admin(
            "GET", f"/subscriptions/{self.subscription}/providers/"
            "Microsoft.KeyVault/deletedVaults").json()["value"]

    def purge(self, name):
        for item in self.deleted():
            if item["name"].lower() == name.lower():
                assert self.admin("POST",
                                  item["id"] + "/purge").status == 202

    def make(self, path, like):
        """As the document @like has it, and ready."""
        self.make_missing(path)
        body = {"location": like["location"], "tags": like.get("tags", {}),
                "properties": like.get("properties") or {
                    "tenantId": TENANT, "accessPolicies": [],
                    "sku": {"family": "A", "name": "standard"}}}
        answer = self.admin("PUT", path, body)
        assert answer.status == 200, answer
        self.is_settled = False

    def prepare(self, line):
        match = re.match(r"(/subscriptions/[^/]+/resourcegroups/[^/]+/"
                         "providers/microsoft.keyvault/vaults/[^/]+)(.*)",
                         self.rename(line.path), re.IGNORECASE)
        if match:
            path, child = match.groups()
            self.prepare_vault(line, path, child)
        elif line.operation.startswith("arm.deletedvault"):
            self.prepare_deleted(line)
        elif line.operation == "arm.vault.list":
            self.prepare_list(line)
        elif line.operation == "arm.checkname":
            self.prepare_name(line)

    def prepare_vault(self, line, path, child):
        if line.operation == "arm.vault.put":
            fresh = "vaultUri" in (line.answer["properties"]) and not (
                line.answer["properties"]["vaultUri"].endswith("/"))
            if fresh:
                self.make_missing(path)
            elif not self.vault_exists(path):
                self.make(path, line.answer)
            return
        if line.status == 404:
            self.make_missing(path)
            return
        if line.operation == "arm.vault.get":
            has = self.admin("GET", path)
            if has.status != 200:
                self.make(path, line.answer)
            return
        if not self.vault_exists(path):
            self.make(path, {"location": "eastus"})
        if child.startswith("/secrets/") and line.method != "PUT":
            if self.admin("GET", path + child).status != 200:
                self.admin("PUT", path + child,
                           {"properties": {"value": "x"}})

    def prepare_list(self, line):
        for item in (line.answer or {}).get("value", []):
            path = self.rename(item["id"])
            group, = re.findall("/resource[gG]roups/([^/]+)", path)
            self.emulator.seed({"subscriptions": {self.subscription: {
                "resourceGroups": [group]}}})
            if not self.vault_exists(path):
                self.make(path, item)

    def prepare_deleted(self, line):
        name = line.path.rstrip("/").split("/")
        name = name[-2] if name[-1] == "purge" else name[-1]
        items = ([line.answer] if line.operation == "arm.deletedvault.get"
                 else (line.answer or {}).get("value", []))
        if line.status == 404:
            self.purge(name)
            return
        if line.operation == "arm.deletedvault.purge":
            items = []
            if not any(d["name"] == name for d in self.deleted()):
                self.emulator.seed({"subscriptions": {self.subscription: {
                    "resourceGroups": ["purged"]}}})
                items = [{"name": name, "properties": {
                    "location": line.path.split("/")[6], "vaultId":
                    f"/subscriptions/x/resourceGroups/purged/providers/"
                    f"Microsoft.KeyVault/vaults/{name}"}}]
        known = {d["name"].lower() for d in self.deleted()}
        for item in items:
            if item["name"].lower() not in known:
                self.make_deleted(item)

    def make_deleted(self, item):
        facts = item["properties"]
        path = self.rename(facts["vaultId"])
        group, = re.findall("/resource[gG]roups/([^/]+)", path)
        self.emulator.seed({"subscriptions": {self.subscription: {
            "resourceGroups": [group]}}})
        self.make(path, {
            "location": facts["location"], "tags": facts.get("tags", {}),
            "properties": {
                "tenantId": TENANT, "accessPolicies": [],
                "sku": {"family": "A", "name": "standard"},
                **({"enablePurgeProtection": True}
                   if facts.get("purgeProtectionEnabled") else {})}})
        assert self.admin("DELETE", path).status == 200

    def prepare_name(self, line):
        if line.answer["nameAvailable"]:
            return
        path = (f"/subscriptions/{self.subscription}/resourceGroups/named/"
                f"providers/Microsoft.KeyVault/vaults/{line.sent['name']}")
        self.emulator.seed({"subscriptions": {self.subscription: {
            "resourceGroups": ["named"]}}})
        taken = self.admin("POST", f"/subscriptions/{self.subscription}/"
                           "providers/Microsoft.KeyVault/"
                           "checkNameAvailability", line.sent).json()
        if taken["nameAvailable"]:
            self.make(path, {"location": "eastus"})


# --- comparison -------------------------------------------------------------

def allowed(line, path, recorded, emulated):
    """Why these two may differ, or None."""
    name = path.rsplit(".", 1)[-1]
    if name == "location" and isinstance(recorded, str):
        if recorded.replace(" ", "").lower() == emulated:
            return "an older service kept the location as it was written"
    if name == "vaultUri" and str(recorded).rstrip("/").lower() == str(
            emulated).rstrip("/").lower():
        return "it gets its slash some time while the name is registered"
    if name == "provisioningState" and line.method == "GET":
        return "how long a name is being registered differs"
    if name == "requiredZoneNames" and recorded is None:
        return "the zone was not named until 2020"
    if name == "tags" and not recorded and not emulated:
        return "an empty map"
    if (name == "id" and isinstance(recorded, str)
            and recorded.lower() == str(emulated).lower()):
        return "case of what the recorder replaced"
    return None


def differences(replay, line, recorded, emulated, path=""):
    if isinstance(recorded, dict) and isinstance(emulated, dict):
        for key in sorted({*recorded, *emulated}):
            if key in MADE:
                if (key in recorded) != (key in emulated):
                    if key not in ("nextLink", "lastActionDateTime"):
                        yield f"{path}.{key}: only one has it"
                continue
            yield from differences(replay, line, recorded.get(key),
                                   emulated.get(key), f"{path}.{key}")
        return
    if isinstance(recorded, str):
        recorded = replay.rename(recorded)
    if isinstance(recorded, list) and isinstance(emulated, list) and len(
            recorded) == len(emulated):
        for i, (a, b) in enumerate(zip(recorded, emulated)):
            yield from differences(replay, line, a, b, f"{path}.{i}")
        return
    if recorded != emulated and not allowed(line, path, recorded, emulated):
        yield f"{path}: {recorded!r} was recorded, {emulated!r} emulated"


def list_differences(replay, line, recorded, emulated):
    """By id: other things of the recording may be there too."""
    ours = {item["id"].lower(): item for item in emulated["value"]}
    for item in recorded["value"]:
        found = ours.get(replay.rename(item["id"]).lower())
        if not found:
            yield f"{item['id']} is not listed"
        else:
            yield from differences(replay, line, item, found, item["name"])


def compare(replay, line, answer):
    if line.status != answer.status:
        return [f"{line.status} was recorded, {answer}"]
    recorded = line.answer
    if not answer.body or recorded is None:
        return [] if bool(answer.body) == bool(recorded) else [
            "only one has a body"]
    emulated = answer.json()
    if isinstance(recorded.get("value"), list):
        return list(list_differences(replay, line, recorded, emulated))
    return list(differences(replay, line, recorded, emulated))


@pytest.mark.parametrize("lines", [lines for _, lines in RECORDINGS],
                         ids=[name for name, _ in RECORDINGS])
def test_recording(emulator, lines):
    replay = Replay(emulator, lines)
    wrong = []
    for line in lines:
        counts["recorded"] += 1
        answer = replay.run(line)
        counts["replayed"] += 1
        wrong += [f"{line}: {difference}"
                  for difference in compare(replay, line, answer)]
    assert not wrong, "\n".join(wrong)


def test_enough_was_replayed():
    if counts["recorded"]:
        assert counts["replayed"] / counts["recorded"] >= REPLAYED_AT_LEAST
