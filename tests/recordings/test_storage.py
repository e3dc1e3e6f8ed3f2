# SPDX-License-Identifier: MIT
"""Managed storage accounts: as recorded, and the tokens as documented.

The recordings have no bodies of requests: what an answer says was asked is
asked. Not compared are times, signatures, and the ids without a slash behind
the host, which the service of 2018 wrote.
"""

import base64
import hashlib
import hmac
import json
import re
import time
import urllib.parse

import pytest

from akv_emulator import Emulator
from recording import DATA

DELAY_S = 0.2
HOST = "accounts.vault.azure.net"
MADE = ("created", "updated")


def load():
    found = {}
    for path in sorted(DATA.glob("*-storage-accounts.jsonl")):
        with open(path, encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                if re.match("storage|secret", line["op"]):
                    found.setdefault(path.stem, []).append(line)
    return found


RECORDINGS = load()


@pytest.fixture
def emulator():
    seed = {"vaults": {"accounts": {}, "hard": {"softDelete": False}}}
    options = ["--soft-delete-delay-ms", str(int(DELAY_S * 1000))]
    with Emulator(seed, options=options) as started:
        yield started


def call(emulator, method, path, body=None, version="7.5", host=HOST,
         anonymous=False):
    return emulator.call(method, host, f"{path}?api-version={version}", body,
                         anonymous=anonymous)


def comparable(document):
    """Without what may differ."""
    if isinstance(document, list):
        return [comparable(item) for item in document]
    if not isinstance(document, dict):
        return document
    found = {}
    for key, value in document.items():
        if key in ("id", "sid"):
            value = re.sub(r"https://[^/]*?\.net/?", "/", value)
        elif key == "value" and isinstance(value, str):
            value = re.sub("(se|sig)=[^&]*", r"\1=", value)
        elif key == "exp" or key in MADE:
            value = "set"
        found[key] = comparable(value)
    return found


def asked(line):
    body = line["response"]["body"]
    if line["request"]["method"] not in ("PUT", "PATCH"):
        return None
    names = ("resourceId", "activeKeyName", "autoRegenerateKey",
             "regenerationPeriod", "templateUri", "sasType", "validityPeriod")
    return {name: body[name] for name in names if name in body}


@pytest.mark.parametrize("name", RECORDINGS)
def test_recording(emulator, name):
    wrong = []
    for line in RECORDINGS[name]:
        path = "/" + urllib.parse.urlsplit(
            line["request"]["uri"]).path.strip("/")
        recorded = line["response"]
        if line["op"] in ("storage.update", "storage.delete"):
            prepare(emulator, line, path)
        answer = call(emulator, line["request"]["method"], path, asked(line)
                      if recorded["status"] == 200 else None, "7.0",
                      host="hard.vault.azure.net",
                      anonymous=recorded["status"] == 401)
        if answer.status != recorded["status"]:
            wrong.append(f"{line['op']} {recorded['status']}: {answer}")
        elif recorded["body"] is not None and comparable(
                answer.json()) != comparable(recorded["body"]):
            wrong.append(f"{line['op']}: {recorded['body']} was recorded, "
                         f"{answer.json()} emulated")
    assert not wrong, "\n".join(wrong)


def prepare(emulator, line, path):
    """What other tests of the client had done to the account."""
    body = line["response"]["body"]
    before = {name: body[name] for name in (
        "resourceId", "activeKeyName", "autoRegenerateKey",
        "regenerationPeriod")}
    if line["op"] == "storage.update":
        before["activeKeyName"] = "key1"
    assert call(emulator, "PUT", path, before,
                host="hard.vault.azure.net").status == 200


# --- the tokens -------------------------------------------------------------

KEY = bytes(range(64))
ACCOUNT_TEMPLATE = ("sv=2018-03-28&ss=bfqt&srt=sco&sp=acdlpruw&"
                    "se=2020-01-01T00%3A00%3A00Z&spr=https&sig=REDACTED")
NEW_TEMPLATE = "sv=2022-11-02&ss=b&srt=sco&sp=rl&se=x&sip=10.0.0.1&sig=x"
BLOB_TEMPLATE = ("https://photos.blob.core.windows.net/album/a.jpg?"
                 "sv=2019-12-12&sr=b&sp=r&se=x&sig=x")


def seed_account(emulator, **definitions):
    emulator.seed({"vaults": {"accounts": {"storage": {"photos": {
        "activeKeyName": "key2", "key2": base64.b64encode(KEY).decode(),
        "sas": {name: {"templateUri": template, "validityPeriod": "PT2H",
                       "sasType": "service" if "//" in template else "account"}
                for name, template in definitions.items()}}}}}})


def read_token(emulator, definition, version="7.5"):
    answer = call(emulator, "GET", f"/secrets/photos-{definition}", None,
                  version)
    assert answer.status == 200, answer
    document = answer.json()
    token = document["value"]
    assert token.startswith("?")
    fields = dict(urllib.parse.parse_qsl(token[1:], keep_blank_values=True,
                                         strict_parsing=True))
    return document, fields


def signature(lines):
    digest = hmac.new(KEY, "\n".join(lines).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def test_account_token(emulator):
    """Its string to sign, as "Create an account SAS" has it."""
    seed_account(emulator, all=ACCOUNT_TEMPLATE, new=NEW_TEMPLATE)
    document, got = read_token(emulator, "all")
    assert document["contentType"] == "application/vnd.ms-sastoken-storage"
    assert document["managed"] is True
    assert abs(document["attributes"]["exp"] - time.time() - 7200) < 60
    assert got["sig"] == signature([
        "photos", got["sp"], got["ss"], got["srt"], "", got["se"], "",
        "https", got["sv"], ""])
    _, got = read_token(emulator, "new")
    assert got["sig"] == signature([
        "photos", "rl", "b", "sco", "", got["se"], "10.0.0.1", "",
        "2022-11-02", "", ""])


def test_blob_token(emulator):
    """Its string to sign, as "Create a service SAS" has it."""
    seed_account(emulator, blob=BLOB_TEMPLATE)
    _, got = read_token(emulator, "blob")
    assert got["sig"] == signature([
        "r", "", got["se"], "/blob/photos/album/a.jpg", "", "", "",
        "2019-12-12", "b", "", "", "", "", "", ""])


def test_each_read_is_a_fresh_token(emulator):
    seed_account(emulator, all=ACCOUNT_TEMPLATE)
    _, first = read_token(emulator, "all")
    emulator.advance(600)
    _, second = read_token(emulator, "all")
    assert first["se"] != second["se"] and first["sig"] != second["sig"]


def test_dropped_in_newer_versions(emulator):
    seed_account(emulator, all=ACCOUNT_TEMPLATE)
    for path in ("/storage", "/storage/photos", "/secrets/photos-all"):
        assert call(emulator, "GET", path, None, "2026-04-01").status == 404
        assert call(emulator, "GET", path, None, "2025-07-01").status == 200
    listed = call(emulator, "GET", "/secrets", None, "2026-04-01").json()
    assert listed["value"] == []


def test_regenerate_signs_anew(emulator):
    seed_account(emulator, all=ACCOUNT_TEMPLATE)
    answer = call(emulator, "POST", "/storage/photos/regeneratekey",
                  {"keyName": "key2"})
    assert answer.status == 200
    _, got = read_token(emulator, "all")
    assert got["sig"] != signature([
        "photos", got["sp"], got["ss"], got["srt"], "", got["se"], "",
        "https", got["sv"], ""])


# --- life -------------------------------------------------------------------

def test_delete_recover_purge_account(emulator):
    seed_account(emulator, all=ACCOUNT_TEMPLATE)
    deleted = call(emulator, "DELETE", "/storage/photos").json()
    assert deleted["recoveryId"].endswith("/deletedstorage/photos")
    assert call(emulator, "GET", "/secrets/photos-all").status == 404
    time.sleep(DELAY_S)
    listed = call(emulator, "GET", "/deletedstorage").json()["value"]
    assert [item["id"].rsplit("/", 1)[1] for item in listed] == ["photos"]
    assert call(emulator, "GET", "/deletedstorage/photos").status == 200
    assert call(emulator, "POST",
                "/deletedstorage/photos/recover").status == 200
    time.sleep(DELAY_S)
    read_token(emulator, "all")
    call(emulator, "DELETE", "/storage/photos")
    time.sleep(DELAY_S)
    assert call(emulator, "DELETE", "/deletedstorage/photos").status == 204


def test_delete_recover_definition(emulator):
    seed_account(emulator, all=ACCOUNT_TEMPLATE, other=ACCOUNT_TEMPLATE)
    deleted = call(emulator, "DELETE", "/storage/photos/sas/all").json()
    assert deleted["recoveryId"].endswith("/deletedstorage/photos/sas/all")
    assert call(emulator, "GET", "/secrets/photos-all").status == 404
    read_token(emulator, "other")
    time.sleep(DELAY_S)
    listed = call(emulator, "GET", "/deletedstorage/photos/sas").json()
    assert len(listed["value"]) == 1
    assert call(emulator, "POST",
                "/deletedstorage/photos/sas/all/recover").status == 200
    time.sleep(DELAY_S)
    read_token(emulator, "all")


def test_backup_restore(emulator):
    seed_account(emulator, all=ACCOUNT_TEMPLATE)
    blob = call(emulator, "POST", "/storage/photos/backup").json()
    assert call(emulator, "POST", "/storage/restore", blob).status == 409
    emulator.seed({"vaults": {"accounts": {"storage": {"photos": None}}}})
    assert call(emulator, "GET", "/secrets/photos-all").status == 404
    assert call(emulator, "POST", "/storage/restore", blob).status == 200
    _, got = read_token(emulator, "all")
    assert got["sig"] == signature([
        "photos", got["sp"], got["ss"], got["srt"], "", got["se"], "",
        "https", got["sv"], ""])


def test_the_secret_is_managed(emulator):
    seed_account(emulator, all=ACCOUNT_TEMPLATE)
    for method, body in (("PUT", {"value": "x"}), ("DELETE", None)):
        answer = call(emulator, method, "/secrets/photos-all", body)
        assert answer.status == 403
        assert answer.inner_code == "SecretManagedByKeyVault"
    items = call(emulator, "GET", "/secrets").json()["value"]
    assert [item["id"] for item in items] == [
        f"https://{HOST}/secrets/photos-all"]


@pytest.mark.parametrize("body", [
    {"activeKeyName": "key1", "autoRegenerateKey": True},
    {"resourceId": "x", "activeKeyName": "key1", "autoRegenerateKey": True},
    {"resourceId": "/x", "activeKeyName": "key3", "autoRegenerateKey": True},
    {"resourceId": "/x", "activeKeyName": "key1", "autoRegenerateKey": 1},
    {"resourceId": "/x", "activeKeyName": "key1", "autoRegenerateKey": True,
     "regenerationPeriod": "30 days"},
])
def test_wrong_accounts(emulator, body):
    answer = call(emulator, "PUT", "/storage/photos", body)
    assert (answer.status, answer.error_code) == (400, "BadParameter")
    assert call(emulator, "GET", "/storage/photos").status == 404


def test_wrong_definitions(emulator):
    seed_account(emulator)
    right = {"templateUri": ACCOUNT_TEMPLATE, "sasType": "account",
             "validityPeriod": "PT1H"}
    for wrong in ({"templateUri": 1}, {"sasType": "user"},
                  {"validityPeriod": "1h"}, {"validityPeriod": None}):
        answer = call(emulator, "PUT", "/storage/photos/sas/a",
                      {**right, **wrong})
        assert answer.status == 400, wrong
    assert call(emulator, "PUT", "/storage/photos/sas/a-b",
                right).status == 400
    assert call(emulator, "PUT", "/storage/nobody/sas/a", right).status == 404
