# SPDX-License-Identifier: MIT
"""What is only said about certificates. replay.py has the rest.

A certificate that the recording did not make is made as its answers have it:
with an operation if they have "pending", else without; waiting still if they
have no "cer". Its key is one on a curve, and its policy is put there after
that: keys of RSA take long. Where the private key of an import was not kept,
another certificate, which says the same, is imported.
"""

import base64
import collections
import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from compare import CHOSEN_OF_POLICY, service_version
from recording import identifier, item_name, item_version
from replay import CannotRebuild, Replay, Vault
from replay_keys import CURVES, rsa_key

SELF, UNKNOWN = "Self", "Unknown"
OWN_ISSUERS = ("self", "unknown")
PEM = "application/x-pem-file"
NAMES = {"CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME,
         "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "C": NameOID.COUNTRY_NAME,
         "ST": NameOID.STATE_OR_PROVINCE_NAME, "S": NameOID.
         STATE_OR_PROVINCE_NAME, "L": NameOID.LOCALITY_NAME,
         "E": NameOID.EMAIL_ADDRESS}
USAGES = {"digitalSignature": "digital_signature",
          "nonRepudiation": "content_commitment",
          "keyEncipherment": "key_encipherment",
          "dataEncipherment": "data_encipherment",
          "keyAgreement": "key_agreement", "keyCertSign": "key_cert_sign",
          "cRLSign": "crl_sign", "encipherOnly": "encipher_only",
          "decipherOnly": "decipher_only"}
QUICK = {"policy": {"x509_props": {"subject": "CN=x"},
                    "key_props": {"kty": "EC", "crv": "P-256"},
                    "issuer": {"name": SELF}}}


def is_whole(body):
    text = json.dumps(body)
    return "REDACTED" not in text and "CLIPPED" not in text


def is_waiting(document):
    return "attributes" in document and "x5t" not in document


def same_issuer(one, other):
    return one["issuer"]["name"].lower() == other["issuer"]["name"].lower()


def policy_of(document):
    policy = document.get("policy") or {}
    return {key: policy[key] for key in CHOSEN_OF_POLICY if key in policy}


# Certificates like others

def private_key(properties):
    kty = properties.get("kty", "RSA")
    if kty.startswith("RSA"):
        return rsa_key(properties.get("key_size", 2048))
    return ec.generate_private_key(CURVES[properties.get("crv", "P-256")]())


def subject_name(text):
    pairs = [part.split("=", 1) for part in reversed(text.split(", "))]
    return x509.Name([x509.NameAttribute(NAMES[name.upper()], value)
                      for name, value in pairs])


def make_certificate(policy, public_key, signer, issuer=None):
    """Of which the service would say @policy."""
    properties = policy["x509_props"]
    now = datetime.datetime.now(datetime.timezone.utc).replace(day=1)
    # The service counts the month that has begun, too.
    months = now.month - 1 + properties.get("validity_months", 12) - 1
    until = now.replace(year=now.year + months // 12, month=months % 12 + 1)
    name = subject_name(properties["subject"])
    builder = (
        x509.CertificateBuilder().subject_name(name)
        .issuer_name(issuer or name).public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(until + datetime.timedelta(hours=1)))
    sans = properties.get("sans") or {}
    names = [x509.DNSName(each) for each in sans.get("dns_names", ())]
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(names), critical=False)
    usage = properties.get("key_usage") or ()
    if usage:
        builder = builder.add_extension(x509.KeyUsage(**{
            member: word in usage for word, member in USAGES.items()}),
            critical=True)
    ekus = properties.get("ekus") or ()
    if ekus:
        builder = builder.add_extension(x509.ExtendedKeyUsage(
            [x509.ObjectIdentifier(each) for each in ekus]), critical=False)
    basic = properties.get("basic_constraints")
    if basic:
        builder = builder.add_extension(x509.BasicConstraints(
            ca=basic.get("ca", False), path_length=None), critical=True)
    return builder.sign(signer, hashes.SHA256())


def import_like(document):
    """"value" and "pwd" of an import that is then answered so."""
    policy = policy_of(document)
    key = private_key(policy["key_props"])
    made = make_certificate(policy, key.public_key(), key)
    if policy["secret_props"]["contentType"] == PEM:
        none = serialization.NoEncryption()
        return {"value": (key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            none) + made.public_bytes(serialization.Encoding.PEM)).decode()}
    packed = pkcs12.serialize_key_and_certificates(
        b"x", key, made, None, serialization.BestAvailableEncryption(b"y"))
    return {"value": base64.b64encode(packed).decode(), "pwd": "y"}


class CertificateVault(Vault):
    collection = "certificates"

    def __init__(self, emulator, host, recording):
        super().__init__(emulator, host)
        # How many versions were made of a name that no answer has shown yet.
        self.begun = collections.Counter()
        self.issuers = {}    # what is there, by name
        self.contacts = None
        # What is recorded of a certificate somewhere, by version and name.
        self.known = {}
        for exchange in recording.exchanges:
            document = exchange.document
            if "policy" in document and identifier(document):
                name = item_name(identifier(document))
                self.known.setdefault(name, document)
                self.known.setdefault(
                    item_version(identifier(document)), document)

    def known_policy(self, name, like):
        version = item_version(identifier(like) or "")
        for document in (like, self.known.get(version, {}),
                         self.known.get(name, {})):
            if policy_of(document):
                return policy_of(document)
        return {}

    # Issuers and contacts

    def have_issuer(self, name, like=None):
        like = like or {"provider": "Test"}
        if name.lower() in OWN_ISSUERS or (
                name in self.issuers and self.issuers[name] == like):
            return
        self.must("PUT", self.path("issuers", f"/{name}"), {
            key: like[key] for key in ("provider", "credentials",
                                       "org_details") if key in like})
        self.issuers[name] = like

    def lose_issuer(self, name):
        if self.admin("GET", self.path("issuers", f"/{name}")).status == 200:
            self.must("DELETE", self.path("issuers", f"/{name}"))
        self.issuers.pop(name, None)

    def have_contacts(self, contacts):
        if contacts is None:
            self.admin("DELETE", self.path("contacts"))
        elif contacts != self.contacts:
            self.must("PUT", self.path("contacts"), {"contacts": contacts})
        self.contacts = contacts

    # Operations

    def operation(self, name):
        """The JSON of what is or was pending; None if there is nothing."""
        answer = self.admin("GET", self.path(name, "/pending"))
        return answer.json() if answer.status == 200 else None

    def is_busy(self, name):
        operation = self.operation(name)
        return bool(operation) and operation["status"] == "inProgress"

    def make_idle(self, name):
        """Nothing is in progress; what would come to its end has done so."""
        if self.is_busy(name):
            self.settle()
        if self.is_busy(name):
            self.must("DELETE", self.path(name, "/pending"))

    def forget_operation(self, name):
        if self.operation(name):
            self.must("DELETE", self.path(name, "/pending"))

    def begin(self, name, issuer, policy=None):
        """Ask for a certificate that is not there yet."""
        self.make_writable(name)
        self.make_idle(name)
        self.have_issuer(issuer)
        policy = policy or QUICK["policy"]
        self.must("POST", self.path(name, "/create"), {
            "policy": {**policy, "issuer": {**policy.get("issuer", {}),
                                            "name": issuer}},
            "tags": self.known.get(name, {}).get("tags") or {}})
        self.is_settled = False

    def have_operation(self, name, like):
        """As the JSON of an operation has it."""
        mine = self.operation(name) if self.is_live(name) else None
        same = ("status", "cancellation_requested")
        if like["status"] != "inProgress" and mine and (
                mine["status"] == "inProgress"):
            self.settle()
            mine = self.operation(name)
        if mine and same_issuer(mine, like) and all(
                mine[key] == like[key] for key in same):
            return
        self.begin(name, like["issuer"]["name"], self.known_policy(name, {}))
        if like["cancellation_requested"]:
            self.must("PATCH", self.path(name, "/pending"),
                      {"cancellation_requested": True})
        if like["status"] != "inProgress":
            self.settle()

    # Certificates

    def make_gone_at_all(self, name):
        """As if it had never been there."""
        self.emulator.seed({"vaults": {self.host.split(".")[0]: {
            self.collection: {name: None}}}})

    def have_policy(self, name, policy):
        if "issuer" in policy:
            self.have_issuer(policy["issuer"]["name"])
        if policy:
            self.must("PATCH", self.path(name, "/policy"), policy)

    def dress(self, name, like):
        """What a client chose: policy, tags, whether it is enabled."""
        self.have_policy(name, self.known_policy(name, like))
        enabled = (like.get("attributes") or {}).get("enabled", True)
        self.must("PATCH", self.path(name, "/"), {
            "tags": like.get("tags") or {},
            "attributes": {"enabled": enabled}})

    def write(self, name, like):
        """A new version, with what @like has of the issue's result."""
        version = item_version(identifier(like) or "")
        if is_waiting(like):
            self.make_gone_at_all(name)
            policy = self.known_policy(name, like)
            self.begin(name, policy.get("issuer", {}).get("name", SELF))
        elif "pending" in like:
            self.begin(name, SELF)
            self.settle()
        else:
            self.seed(name, version)
        self.dress(name, like)
        if version:
            self.versions[version] = item_version(identifier(
                self.current(name)))

    def seed(self, name, version):
        content = dict(QUICK)
        if version and version not in self.versions:
            content["version"] = version
        self.emulator.seed({"vaults": {self.host.split(".")[0]: {
            self.collection: {name: content}}}})

    def current(self, name):
        return self.must("GET", self.path(name))

    def learn_begun(self, name, recorded):
        """The id of what the recording had made; is it known now?"""
        if self.begun[name] == 0:
            return False
        mine = item_version(identifier(self.current(name)))
        if mine in self.versions.values():
            self.settle()
            mine = item_version(identifier(self.current(name)))
        if mine in self.versions.values():
            return False
        self.versions[recorded] = mine
        self.begun[name] -= 1
        return True

    def have(self, name, like):
        """A live certificate of which a GET says what @like does."""
        self.make_live(name, like)
        recorded = item_version(identifier(like))
        if is_waiting(like):
            if not is_waiting(self.current(name)):
                self.write(name, like)
            self.versions[recorded] = item_version(identifier(
                self.current(name)))
            return
        if is_waiting(self.current(name)):
            self.settle()
        if is_waiting(self.current(name)):
            self.write(name, like)
        if recorded not in self.versions and not self.learn_begun(
                name, recorded):
            self.write(name, like)
        current = self.current(name)
        if item_version(identifier(current)) != self.versions[recorded]:
            return
        if "policy" not in like:
            return
        if "pending" in current and "pending" not in like:
            self.forget_operation(name)
        elif "pending" in like and "pending" not in current:
            self.write(name, like)


class CertificateReplay(Replay):
    collection = "certificates"
    noun = "cert"

    def before_create(self, vault, exchange, name):
        if exchange.status == 409 and not exchange.inner_code:
            if not vault.is_busy(name):
                vault.begin(name, UNKNOWN)
            return
        self.before_write(vault, exchange, name)
        if exchange.status == 202:
            vault.make_writable(name)
            vault.make_idle(name)
            policy = self.policy_sent(vault, exchange)
            vault.have_issuer(policy["issuer"]["name"])

    def before_import(self, vault, exchange, name):
        self.before_write(vault, exchange, name)
        vault.make_idle(name)

    def before_get(self, vault, exchange, name):
        if exchange.status == 404:
            if exchange.version is None or exchange.version in vault.versions:
                vault.make_missing(name)
            return
        vault.have(name, exchange.document)

    def before_delete(self, vault, exchange, name):
        if exchange.status == 200:
            vault.have(name, exchange.document)
        else:
            super().before_delete(vault, exchange, name)

    def before_backup(self, vault, exchange, name):
        """Still waiting, if what is said of it next is that it waits."""
        vault.make_live(name)
        at = self.recording.exchanges.index(exchange)
        following = [later.document for later in
                     self.recording.exchanges[at:] if later.name == name
                     and "attributes" in later.document]
        if following and not is_waiting(following[0]):
            vault.make_idle(name)

    def before_versions(self, vault, exchange, name):
        self.have_page(vault, exchange)
        vault.make_idle(name)
        unknown = [item for item in exchange.items
                   if item_version(identifier(item)) not in vault.versions]
        mine = [] if not vault.is_live(name) else [
            item for item in vault.must_list(vault.path(name, "/versions"))
            if item_version(identifier(item)) not in vault.versions.values()]
        for items in (unknown, mine):
            items.sort(key=lambda item: item["attributes"]["created"])
        for item in unknown:
            if mine:
                vault.versions[item_version(identifier(item))] = (
                    item_version(identifier(mine.pop(0))))
            else:
                version = item_version(identifier(item))
                vault.write(name, vault.known.get(version, item))

    def before_list(self, vault, exchange, _):
        self.have_page(vault, exchange)
        for item in exchange.items:
            name = item_name(identifier(item))
            if not vault.is_live(name):
                vault.settle()
            if not vault.is_live(name):
                vault.write(name, item)
            elif not is_waiting(item):
                vault.make_idle(name)

    def before_policy_get(self, vault, exchange, name):
        vault.make_live(name, {"policy": exchange.document})
        vault.have_policy(name, policy_of({"policy": exchange.document}))

    def before_policy_patch(self, vault, exchange, name):
        vault.make_live(name, {"policy": exchange.document})

    # What is pending

    def before_pending_get(self, vault, exchange, name):
        if exchange.status == 404:
            if vault.is_live(name):
                vault.forget_operation(name)
            return
        if not exchange.document:
            raise CannotRebuild("an answer that was not kept")
        vault.have_operation(name, exchange.document)

    before_pending_delete = before_pending_get

    def before_pending_patch(self, vault, exchange, name):
        vault.have_operation(name, {**exchange.document,
                                    "cancellation_requested": False})

    def before_pending_merge(self, vault, exchange, name):
        if exchange.status == 400 and not (
                isinstance(exchange.sent, dict) and is_whole(exchange.sent)):
            raise CannotRebuild("certificates that were not kept")
        vault.have_operation(name, {
            "issuer": {"name": UNKNOWN}, "status": "inProgress",
            "cancellation_requested": False})

    # Issuers and contacts

    def before_contacts_get(self, vault, exchange, _):
        if exchange.status == 200:
            vault.have_contacts(exchange.document["contacts"])
        else:
            vault.have_contacts(None)

    before_contacts_delete = before_contacts_get

    def before_contacts_put(self, vault, exchange, _):
        vault.contacts = (exchange.document.get("contacts")
                          if exchange.status == 200 else None)

    def before_issuers_put(self, vault, exchange, name):
        vault.issuers.pop(name, None)

    def before_issuers_patch(self, vault, exchange, name):
        """With what the change does not say as it is afterwards."""
        sent = exchange.sent if isinstance(exchange.sent, dict) else {}
        vault.have_issuer(name, {
            key: value for key, value in exchange.document.items()
            if key == "provider" or key not in sent})
        vault.issuers.pop(name)

    def before_issuers_get(self, vault, exchange, name):
        if exchange.status == 200:
            vault.have_issuer(name, exchange.document)
        else:
            vault.lose_issuer(name)

    before_issuers_delete = before_issuers_get

    def before_issuers_list(self, vault, exchange, _):
        for item in exchange.items:
            name = identifier(item).rsplit("/", 1)[-1]
            if name not in vault.issuers:
                vault.have_issuer(name, item)

    # The request

    def target(self, vault, exchange):
        """With what the recorder dropped: whether what waits is listed."""
        if not exchange.query and isinstance(
                exchange.document.get("value"), list) and any(
                    map(is_waiting, exchange.items)):
            exchange.query["includePending"] = "true"
        return super().target(vault, exchange)

    def policy_sent(self, vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent["policy"]
        policy = vault.known_policy(exchange.name, {})
        policy = {**QUICK["policy"], **policy}
        return {**policy, "issuer": exchange.document.get(
            "issuer", policy["issuer"])}

    def body(self, vault, exchange):
        operation = self.operation(exchange)
        if operation == "restore":
            return (exchange.sent if exchange.status == 400
                    else vault.blobs[self.restored_name(exchange)])
        make = getattr(self, "body_" + operation.replace(".", "_"), None)
        if make:
            return make(vault, exchange)
        return exchange.sent if isinstance(exchange.sent, dict) else None

    def body_create(self, vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        return {"policy": self.policy_sent(vault, exchange)}

    def body_import(self, vault, exchange):
        sent = exchange.sent if isinstance(exchange.sent, dict) else {}
        if exchange.status != 200 or ("value" in sent and is_whole(sent)):
            return sent
        document = exchange.document
        made = {**sent, **import_like(document)}
        if not sent:
            made["policy"] = {
                key: document["policy"][key]
                for key in ("secret_props", "lifetime_actions")}
            made["tags"] = document.get("tags") or {}
        return made

    def body_update(self, vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        document = exchange.document
        return {"tags": document.get("tags") or {}, "attributes": {
            "enabled": document["attributes"]["enabled"]}}

    def body_pending_patch(self, _vault, exchange):
        return {"cancellation_requested":
                exchange.document["cancellation_requested"]}

    def body_pending_merge(self, vault, exchange):
        """What waits, signed by an authority of ours."""
        if exchange.status != 201:
            return exchange.sent
        operation = vault.operation(exchange.name)
        request = x509.load_der_x509_csr(base64.b64decode(operation["csr"]))
        authority = ec.generate_private_key(ec.SECP256R1())
        made = make_certificate(policy_of(exchange.document),
                                request.public_key(), authority,
                                subject_name("CN=authority"))
        encoded = base64.b64encode(made.public_bytes(
            serialization.Encoding.DER)).decode()
        sent = exchange.sent if isinstance(exchange.sent, dict) else {}
        return {**sent, "x5c": [encoded]}

    def body_contacts_put(self, _vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        return {"contacts": exchange.document["contacts"]}

    def body_issuers_put(self, _vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        document = exchange.document
        return {key: document[key] for key in (
            "provider", "credentials", "org_details") if key in document}

    body_issuers_patch = body_issuers_put

    def body_policy_patch(self, _vault, exchange):
        if isinstance(exchange.sent, dict):
            return exchange.sent
        return policy_of({"policy": exchange.document})

    def api_version(self, exchange):
        """Versions of the service from 2021 on came with 7.2."""
        if "api-version" not in exchange.query and service_version(
                exchange).startswith("1.2."):
            return "7.2"
        return super().api_version(exchange)

    def learn(self, vault, exchange, answer):
        super().learn(vault, exchange, answer)
        if exchange.operation == "cert.create" and answer.status == 202:
            vault.begun[exchange.name] += 1
