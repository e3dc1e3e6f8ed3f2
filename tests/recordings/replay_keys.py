# SPDX-License-Identifier: MIT
"""What is only said about keys. replay.py has the rest.

The recorded keys are not known but for their public parts: others take their
place, of the same type and size. What they had encrypted and signed is
encrypted and signed anew, before the emulator is asked to decrypt and verify.
"""

import base64
import functools

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from recording import identifier, item_name, item_version
from replay import CannotRebuild, Replay, Vault, attributes_like

NO_GET = ("00000000-2222-4333-8444-555555555555", "no-get-secret")
PRINCIPALS = {NO_GET[0]: {"secret": NO_GET[1], "permissions": {
    "keys": ["create", "import", "delete", "encrypt", "decrypt", "sign",
             "verify", "wrapKey", "unwrapKey"]}}}
POLICY_VERSION = "7.5"
CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1,
          "P-256K": ec.SECP256K1, "SECP256K1": ec.SECP256K1}
DIGEST_SIZES = {"256": 32, "384": 48, "512": 64, "256K": 32}
CURVE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521",
            "ES256K": "P-256K"}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode_number(number, size=None):
    return encode(number.to_bytes(size or (number.bit_length() + 7) // 8,
                                  "big"))


@functools.lru_cache(maxsize=None)
def rsa_key(bits):
    """One for all keys of that size: making them takes long."""
    return rsa.generate_private_key(65537, bits)


def bits_of(key):
    return int.from_bytes(decode(key["n"]), "big").bit_length()


def private_jwk(key):
    """Of the type, size and operations of the public one @key."""
    if key["kty"].startswith("RSA"):
        numbers = rsa_key(bits_of(key)).private_numbers()
        public = numbers.public_numbers
        parts = {"n": public.n, "e": public.e, "d": numbers.d,
                 "p": numbers.p, "q": numbers.q, "dp": numbers.dmp1,
                 "dq": numbers.dmq1, "qi": numbers.iqmp}
        jwk = {name: encode_number(part) for name, part in parts.items()}
    else:
        made = ec.generate_private_key(CURVES[key["crv"]]())
        size = (made.key_size + 7) // 8
        numbers = made.private_numbers()
        jwk = {"crv": key["crv"],
               "x": encode_number(numbers.public_numbers.x, size),
               "y": encode_number(numbers.public_numbers.y, size),
               "d": encode_number(numbers.private_value, size)}
    return {"kty": key["kty"], "key_ops": key["key_ops"], **jwk}


class KeyVault(Vault):
    collection = "keys"

    def __init__(self, emulator, host, recording):
        super().__init__(emulator, host)
        self.policies = set()  # names of keys that have one
        # What is recorded of a key somewhere, by its version and its name.
        self.known = {}
        for exchange in recording.exchanges:
            document = exchange.document
            if "key" in document:
                kid = document["key"]["kid"]
                self.known.setdefault(item_name(kid), document)
                self.known.setdefault(item_version(kid), document)

    def content(self, name, like):
        version = item_version(identifier(like) or "")
        key = like.get("key") or self.known.get(version, self.known.get(
            name, {})).get("key", {})
        if "key" not in like:
            like = {**self.known.get(version, {}), **like}
        kty = key.get("kty", "EC")
        content = {"key_ops": key.get("key_ops", []),
                   "hsm": kty.endswith("-HSM")}
        if kty.startswith("RSA"):
            bits = bits_of(key) if "n" in key else 2048
            content["pem"] = rsa_key(bits).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()).decode()
        else:
            content.update(kty=kty, crv=key.get("crv", "P-256"))
        content.update({member: like[member] for member in
                        ("tags", "managed", "release_policy")
                        if member in like})
        chosen = attributes_like(like)
        if (like.get("attributes") or {}).get("exportable"):
            if "release_policy" not in like:
                raise CannotRebuild("a release policy that was not recorded")
            chosen["exportable"] = True
        if chosen:
            content["attributes"] = chosen
        return content

    def use(self, exchange, operation, algorithm, value):
        """The value that an operation has for a result."""
        version = self.versions.get(exchange.version, exchange.version or "")
        answer = self.must(
            "POST", self.path(exchange.name, f"/{version}/{operation}"),
            {"alg": algorithm, "value": value})
        return answer["value"]


class KeyReplay(Replay):
    collection = "keys"
    noun = "key"
    before_create = Replay.before_write

    def principal(self, exchange):
        return NO_GET if exchange.inner_code == "ForbiddenByPolicy" else None

    def before_import(self, vault, exchange, name):
        sent = (exchange.sent or {}).get("key") or {}
        if "key_hsm" in sent:
            raise CannotRebuild("wrapped for an HSM whose key nobody has")
        if sent.get("kty") == "RSA" and "crv" in sent:
            raise CannotRebuild("private parts that are not of one key")
        self.before_write(vault, exchange, name)

    def have_page(self, vault, exchange):
        if exchange.name and "$skiptoken" in exchange.query and (
                exchange.path not in self.links):
            raise CannotRebuild("a later page of versions not recorded")
        super().have_page(vault, exchange)

    def before_update(self, vault, exchange, name):
        """A change before this one may not have been recorded."""
        if exchange.status == 400:
            vault.make_live(name)
            return
        super().before_update(vault, exchange, name)
        if exchange.status != 200 or not isinstance(exchange.sent, dict):
            return
        document = exchange.document
        was = {"key_ops": document["key"]["key_ops"],
               "tags": document.get("tags") or {}}
        missed = {member: was[member] for member in was
                  if not exchange.sent.get(member)}
        version = vault.versions.get(exchange.version, exchange.version or "")
        if missed.get("tags") or "key_ops" in missed:
            vault.must("PATCH", vault.path(name, f"/{version}"),
                       {member: value for member, value in missed.items()
                        if value})

    def before_delete(self, vault, exchange, name):
        """Of several keys that the recorder gave one name, the right one."""
        super().before_delete(vault, exchange, name)
        if exchange.status == 200:
            self.make_current(vault, exchange, name)

    def before_get(self, vault, exchange, name):
        super().before_get(vault, exchange, name)
        if exchange.status == 200 and not exchange.version:
            self.make_current(vault, exchange, name)

    def make_current(self, vault, exchange, name):
        current = vault.must("GET", vault.path(name))
        recorded = item_version(identifier(exchange.document))
        mine = vault.versions.get(recorded)
        if item_version(identifier(current)) == mine:
            return
        if mine:
            raise CannotRebuild("a version that is no more the current one")
        vault.write(name, exchange.document)

    def before_restore(self, vault, exchange, name):
        """Made anew, as changes before the backup may not be recorded."""
        if exchange.status == 200:
            vault.blobs.pop(self.restored_name(exchange), None)
        super().before_restore(vault, exchange, name)

    def before_use(self, vault, exchange, name):
        """A key that the algorithm is for, of the version that was used."""
        recorded = exchange.version or item_version(
            identifier(exchange.document) or "")
        if vault.is_live(name) and (recorded in vault.versions
                                    or recorded is None):
            return
        algorithm = self.algorithm(exchange)
        key = {"kid": f"/keys/{name}/{recorded}", "kty": "RSA"}
        if algorithm in CURVE_OF:
            key.update(kty="EC", crv=CURVE_OF[algorithm])
        vault.make_writable(name)
        vault.write(name, {"key": key})

    before_encrypt = before_decrypt = before_use
    before_wrapkey = before_unwrapkey = before_use
    before_sign = before_verify = before_use

    def before_rotate(self, vault, exchange, name):
        vault.make_live(name, {"key": exchange.document["key"]})
        attributes = exchange.document["attributes"]
        if "exp" in attributes and name not in vault.policies:
            days = (attributes["exp"] - attributes["created"]) // 86400
            vault.must("PUT", vault.path(name, "/rotationpolicy"), {
                "attributes": {"expiryTime": f"P{days}D"}})

    def before_rotationpolicy_put(self, vault, _exchange, name):
        vault.make_live(name)
        vault.policies.add(name)

    def before_rotationpolicy_get(self, vault, exchange, name):
        vault.make_live(name)
        if exchange.document.get("attributes") and name not in vault.policies:
            self.before_rotationpolicy_put(vault, exchange, name)
            vault.must("PUT", vault.path(name, "/rotationpolicy"),
                       exchange.document)

    # The request

    def algorithm(self, exchange):
        """As it was asked for; if that was not kept, one that may have."""
        sent = exchange.sent if isinstance(exchange.sent, dict) else {}
        operation = self.operation(exchange)
        return sent.get("alg") or (
            "RS256" if operation in ("sign", "verify") else "RSA-OAEP")

    def body(self, vault, exchange):
        operation = self.operation(exchange)
        if operation == "restore":
            return (exchange.sent if exchange.status == 400
                    else vault.blobs[self.restored_name(exchange)])
        make = getattr(self, "body_" + operation.replace(".", "_"), None)
        if make:
            return make(vault, exchange)
        return exchange.sent if isinstance(exchange.sent, dict) else None

    def chosen(self, exchange):
        document = exchange.document
        body = {member: document[member] for member in
                ("tags", "release_policy") if member in document}
        body["attributes"] = attributes_like(document)
        return body

    def body_create(self, _vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        key = exchange.document.get("key")
        if not key:
            return {"kty": "EC"}
        body = {member: key[member] for member in ("kty", "crv", "key_ops")
                if member in key}
        if "n" in key:
            body["key_size"] = bits_of(key)
        return {**self.chosen(exchange), **body}

    def body_import(self, _vault, exchange):
        sent = exchange.sent if isinstance(exchange.sent, dict) else {}
        if exchange.status != 200 or "d" in (sent.get("key") or {}):
            return sent
        key = exchange.document["key"]
        return {**self.chosen(exchange), **sent, "key": private_jwk(key)}

    def body_update(self, _vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        return {**self.chosen(exchange),
                "key_ops": exchange.document["key"]["key_ops"]}

    def body_rotationpolicy_put(self, _vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        document = exchange.document
        return {"lifetimeActions": document["lifetimeActions"], "attributes": {
            "expiryTime": document["attributes"]["expiryTime"]}}

    def body_encrypt(self, _vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        return {"alg": self.algorithm(exchange), "value": encode(b"akvfs")}

    body_wrapkey = body_encrypt

    def body_opened(self, vault, exchange, seal):
        algorithm = self.algorithm(exchange)
        sealed = vault.use(exchange, seal, algorithm,
                           exchange.document["value"])
        return {"alg": algorithm, "value": sealed}

    def body_decrypt(self, vault, exchange):
        return self.body_opened(vault, exchange, "encrypt")

    def body_unwrapkey(self, vault, exchange):
        return self.body_opened(vault, exchange, "wrapkey")

    def digest(self, exchange, member):
        sent = exchange.sent if isinstance(exchange.sent, dict) else {}
        if member in sent:
            return sent[member]
        return encode(bytes(DIGEST_SIZES[self.algorithm(exchange)[2:]]))

    def body_sign(self, _vault, exchange):
        return {"alg": self.algorithm(exchange),
                "value": self.digest(exchange, "value")}

    def body_verify(self, vault, exchange):
        algorithm = self.algorithm(exchange)
        digest = self.digest(exchange, "digest")
        signature = vault.use(exchange, "sign", algorithm, digest)
        if exchange.document["value"] is False:
            signature = signature[::-1]
        return {"alg": algorithm, "digest": digest, "value": signature}
