# SPDX-License-Identifier: MIT
"""What is only said about secrets. replay.py has the rest."""

from recording import identifier, item_version
from replay import Replay, Vault, attributes_like

CHOSEN = ("value", "contentType", "tags")


def body_like(document):
    """What a client sends to set a secret that is then answered so."""
    body = {key: document[key] for key in CHOSEN if key in document}
    if not isinstance(body.get("value"), str):
        body["value"] = "x"
    chosen = attributes_like(document)
    return {**body, "attributes": chosen} if chosen else body


class SecretVault(Vault):
    collection = "secrets"
    disabled = "SecretDisabled"

    def __init__(self, emulator, host, recording):
        super().__init__(emulator, host)
        self.values = recording.values()

    def content(self, name, like):
        content = body_like(like)
        known = self.values.get(item_version(identifier(like) or ""),
                                self.values.get(name))
        if known is not None:
            content["value"] = known
        content.update({key: like[key] for key in ("managed", "kid")
                        if key in like})
        return content


class SecretReplay(Replay):
    collection = "secrets"
    noun = "secret"

    def before_set(self, vault, exchange, name):
        self.before_write(vault, exchange, name)

    def before_get(self, vault, exchange, name):
        if exchange.inner_code == "SecretDisabled":
            version = exchange.version
            vault.write(name, {"attributes": {"enabled": False}, "id":
                               version and f"/secrets/{name}/{version}"})
            return
        super().before_get(vault, exchange, name)

    def body(self, vault, exchange):
        operation = self.operation(exchange)
        if operation == "restore":
            return vault.blobs[self.restored_name(exchange)]
        if operation not in ("set", "update"):
            return None
        if isinstance(exchange.sent, dict):
            return exchange.sent
        body = body_like(exchange.document)
        if operation == "update":
            del body["value"]
        return body
