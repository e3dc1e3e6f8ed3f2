# SPDX-License-Identifier: MIT
"""The recorded exchanges about secrets, keys and the like, taken apart.

tests/data/recordings/README.md says where they come from and what the
recorders did to them. A Recording is what one test of one of Microsoft's
clients said and heard; a file holds many, one after the other.
"""

import json
import pathlib
import re
import urllib.parse

# Of a collection, as paths have it: what its operations begin with.
OPERATIONS = {"secrets": "secret.", "keys": "key.", "certificates": "cert."}
# Not objects, but in a place where the names of such are.
PLACES = ("restore", "contacts", "issuers")

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "recordings"


class Exchange:
    """One request and the service's answer to it."""

    def __init__(self, line):
        request, response = line["request"], line["response"]
        uri = urllib.parse.urlsplit(request["uri"])
        self.operation = line["op"]
        self.seq = line["seq"]
        self.method = request["method"]
        self.host = uri.hostname
        self.path = uri.path
        self.query = dict(urllib.parse.parse_qsl(uri.query,
                                                 keep_blank_values=True))
        self.sent = request["body"]
        self.status = response["status"]
        self.answer = response["body"]
        self.headers = {name.lower(): value
                        for name, value in response["headers"].items()}
        parts = self.path.strip("/").split("/")
        named = [part for part in parts[1:] if part not in PLACES]
        self.name = named[0] if named else None
        is_version = len(parts) > 2 and re.fullmatch("[0-9a-f]{32}", parts[2])
        self.version = parts[2] if is_version else None

    @property
    def document(self):
        """The answer's JSON object; {} if it has none."""
        return self.answer if isinstance(self.answer, dict) else {}

    @property
    def items(self):
        """Of a list; up to 2018 a list of keys could be null."""
        return self.document["value"] or []

    @property
    def error_code(self):
        return (self.document.get("error") or {}).get("code")

    @property
    def inner_code(self):
        error = self.document.get("error") or {}
        return (error.get("innererror") or {}).get("code")

    def __str__(self):
        return f"{self.seq} {self.method} {self.path} -> {self.status}"


class Recording:
    def __init__(self, file, source):
        self.file = file
        self.source = source
        self.exchanges = []

    def __str__(self):
        test = self.source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        return f"{self.file}-{test}"[:110]

    def attribute(self, name, host):
        """The first that any answer of @host has for it, or None."""
        for exchange in self.exchanges:
            if exchange.host != host:
                continue
            documents = [exchange.document]
            listed = exchange.document.get("value")
            documents += listed if isinstance(listed, list) else []
            for document in documents:
                attributes = document.get("attributes") or {}
                for key, value in attributes.items():
                    if key.lower() == name.lower():
                        return value
        return None

    def is_hsm(self, host):
        """Whether it is a managed HSM, which has its own ways.

        Its name may have been replaced, but it does not tell its version.
        """
        return "managedhsm" in host or any(
            exchange.host == host and (
                exchange.operation == "key.rng" or exchange.status == 200
                and "x-ms-keyvault-service-version" not in exchange.headers)
            for exchange in self.exchanges)

    def has_soft_delete(self, host):
        """As far as its answers tell."""
        level = self.attribute("recoveryLevel", host)
        deleted = [exchange for exchange in self.exchanges
                   if exchange.host == host and exchange.status == 200
                   and re.fullmatch(r"[a-z]+\.delete", exchange.operation)]
        return level != "Purgeable" and all(
            "recoveryId" in exchange.document for exchange in deleted)

    def values(self):
        """What was read or written, by version and by name (the last one)."""
        found = {}
        for exchange in self.exchanges:
            document = exchange.document
            if isinstance(document.get("value"), str) and document.get("id"):
                found[item_name(document["id"])] = document["value"]
                found[item_version(document["id"])] = document["value"]
        return found


def load(collection):
    """Every recording in which an object of @collection is asked for."""
    recordings = []
    prefix = OPERATIONS[collection]
    for path in sorted(DATA.glob(f"*-{collection}.jsonl")):
        previous = None
        with open(path, encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                if not line["op"].removeprefix("deleted").startswith(prefix):
                    continue
                key = (line["source"], line["commit"])
                if (previous is None or key != previous[0]
                        or line["seq"] <= previous[1]):
                    recordings.append(Recording(path.stem, line["source"]))
                previous = (key, line["seq"])
                recordings[-1].exchanges.append(Exchange(line))
    return recordings


def identifier(document):
    """The id in a bundle or an item of a list; None if it has none."""
    return (document.get("id") or document.get("kid")
            or (document.get("key") or {}).get("kid"))


def item_name(identifier_):
    """The object that an id names, whatever the recorder did to its host.

    The ids of SAS tokens lacked the slash after the host.
    """
    return re.search(r"/?(?:deleted)?(?:secrets|keys|certificates)/([^/']+)",
                     identifier_).group(1)


def item_version(identifier_):
    """The version in an id, or None."""
    found = re.search(
        r"/(?:secrets|keys|certificates)/[^/]+/([0-9a-f]{32})", identifier_)
    return found.group(1) if found else None
