# SPDX-License-Identifier: MIT
"""Say to the emulator what a recording says, and compare what it answers.

A recording is not whole: exchanges were left out, request bodies were not
always kept, and what was in the vault before is unknown. So before a request
is sent, the vault is brought into the state that the recorded answer shows it
was in: the secret that was read is there, the one that was purged is deleted.
The delays of the service are played with the emulator's clock, which stands
still until an answer shows that the time had passed.

Requests are compared after that: status, error codes, the members of the
answer at every depth, and the values of those that a client chooses.
"""

from recording import item_name, item_version

DELAY_S = 60
ADMIN_VERSION = "7.5"
FILLERS = 30
CHOSEN = ("value", "contentType", "tags")
CHOSEN_ATTRIBUTES = ("enabled", "nbf", "exp")


class CannotRebuild(Exception):
    """What was there before this request cannot be made in the emulator."""


class Vault:
    """One emulated vault, and the ways to bring it into a state."""

    def __init__(self, emulator, host, recording):
        self.emulator = emulator
        self.host = host
        self.values = recording.values()
        self.is_settled = True
        self.versions = {}  # recorded version id: emulated one
        self.blobs = {}     # name: its last backup

    def admin(self, method, path, body=None):
        return self.emulator.call(
            method, self.host, f"{path}?api-version={ADMIN_VERSION}", body)

    def must(self, method, path, body=None):
        answer = self.admin(method, path, body)
        if answer.status >= 300:
            raise CannotRebuild(f"{method} {path}: {answer}")
        return answer.json() if answer.body else None

    def settle(self):
        """Let everything that was begun come to its end."""
        if not self.is_settled:
            self.emulator.advance(DELAY_S + 1)
            self.is_settled = True

    def is_live(self, name):
        answer = self.admin("GET", f"/secrets/{name}")
        return answer.status == 200 or answer.inner_code == "SecretDisabled"

    def is_deleted(self, name):
        answer = self.admin("GET", f"/deletedsecrets/{name}")
        return answer.status == 200 or answer.inner_code == "SecretDisabled"

    def make_writable(self, name):
        """Live or not there at all."""
        if self.is_live(name):
            return
        self.settle()
        if self.is_deleted(name):
            self.must("DELETE", f"/deletedsecrets/{name}")
            self.is_settled = False
            self.settle()

    def make_live(self, name, like=None):
        """Live; if it has to be made, then with the content of @like."""
        if not self.is_live(name):
            self.settle()
        if self.is_live(name):
            return
        if self.is_deleted(name):
            self.must("POST", f"/deletedsecrets/{name}/recover")
            self.is_settled = False
            self.settle()
            return
        self.write(name, like or {})

    def write(self, name, like):
        """A new version, with the content of @like and its id."""
        content = body_like(like)
        known = self.values.get(item_version(like.get("id") or ""),
                                self.values.get(name))
        if known is not None:
            content["value"] = known
        content.update({key: like[key] for key in ("managed", "kid")
                        if key in like})
        version = item_version(like.get("id") or "")
        if version:
            content["version"] = version
            self.versions[version] = version
        self.emulator.seed({"vaults": {self.host.split(".")[0]: {
            "secrets": {name: content}}}})

    def must_list(self, path, api_version=ADMIN_VERSION):
        answer = self.emulator.call("GET", self.host,
                                    f"{path}?api-version={api_version}")
        items = []
        while True:
            document = answer.json()
            items += document["value"]
            link = document["nextLink"]
            if not link:
                return items
            answer = self.emulator.call("GET", self.host, target_of(link))

    def make_missing(self, name):
        """Not live; deleted, or not there."""
        if self.is_live(name):
            self.must("DELETE", f"/secrets/{name}")
            self.is_settled = False

    def make_deleting(self, name, like=None):
        """Deleted just now, and not yet to be seen among the deleted."""
        self.make_live(name, like)
        self.make_missing(name)

    def make_deleted(self, name, like=None):
        self.settle()
        if not self.is_deleted(name):
            self.make_deleting(name, like)
            self.settle()

    def make_gone(self, name):
        """Not among the deleted, at least not yet."""
        if self.is_deleted(name):
            self.make_writable(name)

    def set_enabled(self, name, enabled):
        self.must("PATCH", f"/secrets/{name}/",
                  {"attributes": {"enabled": enabled}})


def body_like(document):
    """What a client sends to set a secret that is then answered so."""
    body = {key: document[key] for key in CHOSEN if key in document}
    if not isinstance(body.get("value"), str):
        body["value"] = "x"
    attributes = document.get("attributes") or {}
    chosen = {key: attributes[key] for key in CHOSEN_ATTRIBUTES
              if attributes.get(key) is not None}
    return {**body, "attributes": chosen} if chosen else body


def target_of(link):
    """Path and query of a URL."""
    return "/" + link.split("/", 3)[3]


class Replay:
    def __init__(self, emulator, recording, vaults):
        self.emulator = emulator
        self.recording = recording
        self.vaults = vaults  # Vault by recorded host
        self.written = set()  # names set by the recording itself
        self.links = {}       # path of a list: the link to its next page

    def run(self, exchange):
        """Returns the emulator's answer. Raises CannotRebuild."""
        vault = self.vaults[exchange.host]
        anonymous = exchange.status == 401
        body = None
        if not anonymous:
            self.prepare(vault, exchange)
            body = self.body(vault, exchange)
        answer = self.emulator.call(
            exchange.method, vault.host, self.target(vault, exchange), body,
            {"Content-Type": "application/json"}, anonymous=anonymous)
        self.learn(vault, exchange, answer)
        return answer

    # What was there before

    def prepare(self, vault, exchange):
        operation = exchange.operation.replace(".", "_")
        getattr(self, "before_" + operation)(vault, exchange, exchange.name)

    def before_secret_set(self, vault, exchange, name):
        if exchange.status == 200:
            vault.make_writable(name)
        elif exchange.inner_code == "ObjectIsDeletedButRecoverable":
            vault.make_deleted(name)
        else:
            vault.make_deleting(name)

    def before_secret_get(self, vault, exchange, name):
        if exchange.status == 404:
            if exchange.version is None:
                vault.make_missing(name)
            return
        if exchange.inner_code == "SecretDisabled":
            version = exchange.version
            vault.write(name, {"attributes": {"enabled": False}, "id":
                               version and f"/secrets/{name}/{version}"})
            return
        like = exchange.document
        vault.make_live(name, like)
        recorded = exchange.version or item_version(like["id"])
        if recorded not in vault.versions:
            vault.write(name, like)

    def before_secret_update(self, vault, exchange, name):
        self.before_secret_get(vault, exchange, name)

    def before_secret_delete(self, vault, exchange, name):
        if exchange.status == 200:
            vault.make_live(name, exchange.document)
        elif exchange.status == 404:
            vault.make_missing(name)
        else:
            vault.write(name, {"managed": True})

    def before_secret_list(self, vault, exchange, _):
        self.have_page(vault, exchange)
        for item in exchange.document["value"]:
            name = item_name(item["id"])
            if name not in self.written:
                vault.write(name, item)
            vault.make_live(name)

    def before_secret_versions(self, vault, exchange, name):
        self.have_page(vault, exchange)
        for item in exchange.document["value"]:
            if item_version(item["id"]) not in vault.versions:
                vault.write(name, item)

    def before_secret_backup(self, vault, exchange, name):
        if exchange.status == 200:
            vault.make_live(name)
        elif exchange.status == 404:
            vault.make_missing(name)
        elif exchange.status == 405:
            raise CannotRebuild("a preview of 7.0 that had no backup yet")

    def before_secret_restore(self, vault, exchange, _):
        name = self.restored_name(exchange)
        if name not in vault.blobs:
            vault.make_live(name, exchange.document)
            vault.blobs[name] = vault.must("POST", f"/secrets/{name}/backup")
        if exchange.status == 200:
            vault.settle()
            vault.make_missing(name)
            vault.settle()
            vault.make_writable(name)
        elif vault.is_settled:
            vault.make_live(name)

    def restored_name(self, exchange):
        """From the answer, or from the error's text, which has the id."""
        text = exchange.document.get("id") or exchange.document["error"][
            "message"]
        return item_name(text)

    def before_deletedsecret_get(self, vault, exchange, name):
        if exchange.status == 404:
            vault.make_gone(name)
            return
        vault.make_deleted(name, exchange.document)
        if exchange.status == 403:
            vault.make_live(name)
            vault.set_enabled(name, False)
            vault.make_deleted(name)

    def before_deletedsecret_list(self, vault, exchange, _):
        self.have_page(vault, exchange)
        for item in exchange.document["value"]:
            vault.make_deleted(item_name(item["id"]), item)

    def before_deletedsecret_purge(self, vault, exchange, name):
        if exchange.status == 204:
            vault.make_deleted(name)
        elif exchange.status == 409:
            if vault.is_deleted(name):
                vault.make_live(name)
            vault.make_deleting(name)
        else:
            vault.make_gone(name)

    def before_deletedsecret_recover(self, vault, exchange, name):
        if exchange.status == 200:
            vault.make_deleted(name, exchange.document)
        elif exchange.status == 409:
            vault.make_deleting(name)
        else:
            vault.make_live(name)

    def have_page(self, vault, exchange):
        """A request for a later page needs the link to one."""
        if "$skiptoken" not in exchange.query:
            return
        kind = exchange.path.strip("/").split("/")[0]
        if exchange.path in self.links:
            return
        for i in range(FILLERS):
            name = exchange.name or f"filler-{i}"
            vault.make_live(name)
            if exchange.name:
                vault.write(name, {})
            elif kind == "deletedsecrets":
                vault.make_missing(name)
        vault.settle()
        document = vault.must("GET", exchange.path)
        self.links[exchange.path] = document["nextLink"]

    # The request

    def target(self, vault, exchange):
        path = exchange.path
        if exchange.version:
            path = path.replace(exchange.version, vault.versions.get(
                exchange.version, exchange.version))
        query = dict(exchange.query)
        if "$skiptoken" in query:
            return target_of(self.links.pop(path))
        query.setdefault("api-version", self.api_version(exchange))
        return path + "?" + "&".join(f"{key}={value}"
                                     for key, value in query.items())

    def api_version(self, exchange):
        """Where the recorder dropped the query: by what the answers have."""
        days = self.recording.attribute("recoverableDays", exchange.host)
        return exchange.query.get("api-version",
                                  "7.0" if days is None else "7.1")

    def body(self, vault, exchange):
        if exchange.operation == "secret.restore":
            return vault.blobs[self.restored_name(exchange)]
        if exchange.operation not in ("secret.set", "secret.update"):
            return None
        if isinstance(exchange.sent, dict):
            return exchange.sent
        if exchange.operation == "secret.set":
            return body_like(exchange.document)
        body = body_like(exchange.document)
        del body["value"]
        return body

    def learn(self, vault, exchange, answer):
        """What later requests of the recording refer to."""
        if answer.status >= 300:
            return
        if exchange.method in ("DELETE", "POST"):
            vault.is_settled = False
        if not answer.body or exchange.status >= 300:
            return
        self.written.add(exchange.name)
        document = answer.json()
        if exchange.operation == "secret.backup":
            vault.blobs[exchange.name] = document
        if exchange.operation in ("secret.set", "secret.restore"):
            vault.versions[item_version(exchange.document["id"])] = (
                item_version(document["id"]))
        link = document.get("nextLink")
        if link:
            self.links[exchange.path] = link
