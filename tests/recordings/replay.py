# SPDX-License-Identifier: MIT
"""Say to the emulator what a recording says, and compare what it answers.

A recording is not whole: exchanges were left out, request bodies were not
always kept, and what was in the vault before is unknown. So before a request
is sent, the vault is brought into the state that the recorded answer shows it
was in: the object that was read is there, the one that was purged is deleted.
The delays of the service are played with the emulator's clock, which stands
still until an answer shows that the time had passed.

Requests are compared after that: status, error codes, the members of the
answer at every depth, and the values of those that a client chooses.
"""

from recording import identifier, item_name, item_version

DELAY_S = 60
ADMIN_VERSION = "7.5"
FILLERS = 30
CHOSEN = ("value", "contentType", "tags")
CHOSEN_ATTRIBUTES = ("enabled", "nbf", "exp")


class CannotRebuild(Exception):
    """What was there before this request cannot be made in the emulator."""


class Vault:
    """One emulated vault, and the ways to bring it into a state.

    A subclass is for one collection, and knows what its objects are made of.
    """
    collection = None  # as in paths
    disabled = None    # innererror of what is disabled and cannot be read

    def __init__(self, emulator, host):
        self.emulator = emulator
        self.host = host
        self.is_settled = True
        self.versions = {}  # recorded version id: emulated one
        self.blobs = {}     # name: its last backup

    def content(self, name, like):
        """A seed's description of a version like that document."""
        raise NotImplementedError

    def admin(self, method, path, body=None):
        return self.emulator.call(
            method, self.host, f"{path}?api-version={ADMIN_VERSION}", body)

    def must(self, method, path, body=None):
        answer = self.admin(method, path, body)
        if answer.status >= 300:
            raise CannotRebuild(f"{method} {path}: {answer}")
        return answer.json() if answer.body else None

    def path(self, name, rest=""):
        return f"/{self.collection}/{name}{rest}"

    def deleted_path(self, name, rest=""):
        return f"/deleted{self.collection}/{name}{rest}"

    def settle(self):
        """Let everything that was begun come to its end."""
        if not self.is_settled:
            self.emulator.advance(DELAY_S + 1)
            self.is_settled = True

    def is_there(self, path):
        answer = self.admin("GET", path)
        return answer.status == 200 or (
            answer.status == 403 and answer.inner_code == self.disabled)

    def is_live(self, name):
        return self.is_there(self.path(name))

    def is_deleted(self, name):
        return self.is_there(self.deleted_path(name))

    def make_writable(self, name):
        """Live or not there at all."""
        if self.is_live(name):
            return
        self.settle()
        if self.is_deleted(name):
            self.must("DELETE", self.deleted_path(name))
            self.is_settled = False
            self.settle()

    def make_live(self, name, like=None):
        """Live; if it has to be made, then with the content of @like."""
        if not self.is_live(name):
            self.settle()
        if self.is_live(name):
            return
        if self.is_deleted(name):
            self.must("POST", self.deleted_path(name, "/recover"))
            self.is_settled = False
            self.settle()
            return
        self.write(name, like or {})

    def write(self, name, like):
        """A new version, with the content of @like and its id."""
        content = self.content(name, like)
        version = item_version(identifier(like) or "")
        if version and version not in self.versions:
            content["version"] = version
            self.versions[version] = version
        self.emulator.seed({"vaults": {self.host.split(".")[0]: {
            self.collection: {name: content}}}})

    def must_list(self, path, api_version=ADMIN_VERSION, pending="false"):
        answer = self.emulator.call(
            "GET", self.host,
            f"{path}?api-version={api_version}&includePending={pending}")
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
            self.must("DELETE", self.path(name))
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
        self.must("PATCH", self.path(name, "/"),
                  {"attributes": {"enabled": enabled}})


def attributes_like(document):
    """The attributes of a document that a client chose."""
    attributes = document.get("attributes") or {}
    return {key: attributes[key] for key in CHOSEN_ATTRIBUTES
            if attributes.get(key) is not None}


def target_of(link):
    """Path and query of a URL."""
    return "/" + link.split("/", 3)[3]


class Replay:
    """Runs the exchanges of one recording. A subclass is for one collection."""
    collection = None
    noun = None

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
            {"Content-Type": "application/json"}, anonymous=anonymous,
            principal=self.principal(exchange))
        self.learn(vault, exchange, answer)
        return answer

    def operation(self, exchange):
        """The part after the noun, with "deleted" before it: "deleted.get"."""
        return exchange.operation.replace(self.noun + ".", ".").lstrip(".")

    def principal(self, _exchange):
        """Who asks; None is who may do everything."""
        return None

    def body(self, vault, exchange):
        raise NotImplementedError

    # What was there before

    def prepare(self, vault, exchange):
        operation = self.operation(exchange).replace(".", "_")
        getattr(self, "before_" + operation)(vault, exchange, exchange.name)

    def before_write(self, vault, exchange, name):
        """A new version is made; or refused, for what happens to the name."""
        if exchange.status == 200:
            vault.make_writable(name)
        elif exchange.inner_code == "ObjectIsDeletedButRecoverable":
            vault.make_deleted(name)
        elif exchange.status == 409:
            vault.make_deleting(name)

    def before_get(self, vault, exchange, name):
        if exchange.status == 404:
            if exchange.version is None:
                vault.make_missing(name)
            return
        like = exchange.document
        vault.make_live(name, like)
        recorded = exchange.version or item_version(identifier(like) or "")
        if recorded not in vault.versions:
            vault.write(name, like)

    def before_update(self, vault, exchange, name):
        self.before_get(vault, exchange, name)

    def before_delete(self, vault, exchange, name):
        if exchange.path.count("/") > 2:
            raise CannotRebuild("a path that is no more")
        if exchange.status == 200:
            vault.make_live(name, exchange.document)
        elif exchange.status == 404:
            vault.make_missing(name)
        else:
            vault.write(name, {"managed": True})

    def before_list(self, vault, exchange, _):
        self.have_page(vault, exchange)
        for item in exchange.items:
            name = item_name(identifier(item))
            if name not in self.written:
                vault.write(name, item)
            vault.make_live(name)

    def before_versions(self, vault, exchange, name):
        self.have_page(vault, exchange)
        for item in exchange.items:
            if item_version(identifier(item)) not in vault.versions:
                vault.write(name, item)

    def before_backup(self, vault, exchange, name):
        if exchange.status == 200:
            vault.make_live(name)
        elif exchange.status == 404:
            vault.make_missing(name)
        elif exchange.status == 405:
            raise CannotRebuild("a preview of 7.0 that had no backup yet")

    def before_restore(self, vault, exchange, _):
        if exchange.status == 400:
            return
        name = self.restored_name(exchange)
        if name not in vault.blobs:
            vault.make_writable(name)
            vault.write(name, exchange.document)
            vault.blobs[name] = vault.must("POST",
                                           vault.path(name, "/backup"))
        if exchange.status == 200:
            vault.settle()
            vault.make_missing(name)
            vault.settle()
            vault.make_writable(name)
        elif vault.is_settled:
            vault.make_live(name)

    def restored_name(self, exchange):
        """From the answer, or from the error's text, which has the id."""
        return item_name(identifier(exchange.document)
                         or exchange.document["error"]["message"])

    def before_deleted_get(self, vault, exchange, name):
        if exchange.status == 404:
            vault.make_gone(name)
            return
        vault.make_deleted(name, exchange.document)
        if exchange.status == 403:
            vault.make_live(name)
            vault.set_enabled(name, False)
            vault.make_deleted(name)

    def before_deleted_list(self, vault, exchange, _):
        self.have_page(vault, exchange)
        for item in exchange.items:
            vault.make_deleted(item_name(identifier(item)), item)

    def before_deleted_purge(self, vault, exchange, name):
        if exchange.status == 204:
            vault.make_deleted(name)
        elif exchange.status == 409:
            if vault.is_deleted(name):
                vault.make_live(name)
            vault.make_deleting(name)
        else:
            vault.make_gone(name)

    def before_deleted_recover(self, vault, exchange, name):
        if exchange.status == 200:
            vault.make_deleted(name, exchange.document)
        elif exchange.status == 409:
            vault.make_deleting(name)
        elif exchange.status == 404:
            vault.make_writable(name)
            vault.make_missing(name)
            vault.settle()
            vault.make_writable(name)
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
            elif kind.startswith("deleted"):
                vault.make_missing(name)
        vault.settle()
        document = vault.must("GET", exchange.path)
        self.links[exchange.path] = document["nextLink"]
        assert document["nextLink"], exchange

    # The request

    def target(self, vault, exchange):
        path = exchange.path
        if exchange.version:
            path = path.replace(exchange.version, vault.versions.get(
                exchange.version, exchange.version))
        query = dict(exchange.query)
        if "$skiptoken" in query and exchange.status != 401:
            return target_of(self.links.pop(path))
        query.setdefault("api-version", self.api_version(exchange))
        return path + "?" + "&".join(f"{key}={value}"
                                     for key, value in query.items())

    def api_version(self, exchange):
        """Where the recorder dropped the query: by what the answers have."""
        days = self.recording.attribute("recoverableDays", exchange.host)
        return exchange.query.get("api-version",
                                  "7.0" if days is None else "7.1")

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
        if exchange.operation.endswith(".backup"):
            vault.blobs[exchange.name] = document
        made = identifier(document)
        if made and item_version(made) and not exchange.version:
            vault.versions[item_version(identifier(exchange.document))] = (
                item_version(made))
        link = document.get("nextLink")
        if link:
            self.links[exchange.path] = link
