# SPDX-License-Identifier: MIT
"""Where two answers differ: the recorded one and the emulator's.

Not compared are texts of messages (they differ between versions of the
service), ids and times. What else may differ is in EXCUSES, with the reason.
"""

from recording import identifier, item_name, item_version

CHOSEN = ("value", "contentType", "tags", "lifetimeActions")
CHOSEN_OF_KEY = ("kty", "crv")
CHOSEN_OF_POLICY = ("key_props", "secret_props", "x509_props", "issuer",
                    "lifetime_actions")
# Reckoned from the time of the request.
NOT_COMPARED = {"key.rotate": ("exp",)}
NEVER_THE_SAME = (".backup", ".encrypt", ".wrapkey", ".sign")
CHOSEN_ATTRIBUTES = ("enabled", "nbf", "exp", "recoveryLevel",
                     "expiryTime", "exportable")

SAS = "application/vnd.ms-sastoken-storage"

# (who alone has the member, member, when, why)
RECORDED, EMULATED = "recorded", "emulated"
EXCUSES = [
    (RECORDED, "attributes.recoverableDays",
     lambda exchange, _: api_version(exchange) in ("2016-10-01", "7.0"),
     "newer service versions also add it below 7.1, where it came"),
    (EMULATED, "attributes.recoverableDays",
     lambda exchange, _: "preview" in api_version(exchange),
     "a preview of 7.1 that was recorded before the member was added"),
    (RECORDED, "attributes.recoverylevel",
     lambda exchange, _: service_version(exchange) == "1.0.0.813",
     "that service version, of June 2017, spelt recoveryLevel so"),
    (EMULATED, "attributes.recoveryLevel",
     lambda exchange, _: service_version(exchange) == "1.0.0.813",
     "the other side of the line above"),
    (EMULATED, "attributes.created",
     lambda _, documents: documents[0].get("contentType") == SAS,
     "a storage account's token is made when it is read, and has no times"),
    (EMULATED, "attributes.updated",
     lambda _, documents: documents[0].get("contentType") == SAS,
     "as above"),
    (EMULATED, "attributes.exportable",
     lambda exchange, _: api_version(exchange).startswith("7.3"),
     "services of that time sent it only with keys that are exportable"),
    (RECORDED, "attributes.purgedisabled",
     lambda exchange, _: api_version(exchange) == "2016-10-01",
     "what recoveryLevel was before it was that"),
    (RECORDED, "key.crv",
     lambda _, documents: documents[0]["key"]["kty"] == "RSA",
     "an imported key got back what had been sent with it"),
    (RECORDED, "tags",
     lambda _, documents: documents[0]["tags"] == {},
     "the service sends an empty map in some places where there are none"),
    (EMULATED, "attributes.recoveryLevel",
     lambda exchange, _: service_version(exchange) in (
         "1.0.0.778", "1.0.0.781", "1.0.0.793", "1.0.0.800", "1.0.0.804"),
     "services up to June 2017 did not send it"),
    (EMULATED, "tags",
     lambda exchange, documents: (documents[1]["tags"] == {}
                                  or exchange.operation == "key.versions"),
     "as above; and of several versions it may be another that has some"),
    (EMULATED, "subject",
     lambda exchange, _: service_version(exchange).startswith("1.0."),
     "services up to 2018 did not send it"),
    (EMULATED, "policy.x509_props.sans",
     lambda exchange, _: exchange.operation == "cert.restore"
     and service_version(exchange) == "1.1.0.883",
     "that service version, of November 2019, lost names of users there"),
    (RECORDED, "sans",
     lambda _, documents: documents[0]["sans"] in ({}, {"dns_names": []}),
     "none, and said as the client had said it in the policy"),
    (EMULATED, "error",
     lambda exchange, _: exchange.status == 401 and not exchange.answer,
     "up to 2018 a 401 had no body"),
]


# Names that were others once.
RENAMED = {"SECP256K1": "P-256K"}


def api_version(exchange):
    return exchange.query.get("api-version", "")


def service_version(exchange):
    return exchange.headers.get("x-ms-keyvault-service-version", "")


def differences(exchange, answer, whole_list):
    """Texts; none if the answer is as recorded.

    @whole_list are all items of the list that was asked for: its pages need
    not be cut as the recorded ones were.
    """
    found = []
    for what, recorded, emulated in (
            ("status", exchange.status, answer.status),
            ("code", exchange.error_code, answer.error_code),
            ("innererror", exchange.inner_code, answer.inner_code)):
        if recorded != emulated and not (
                exchange.status == 401 and not exchange.answer
                and what == "code"):
            found.append(f"{what} is {emulated}, recorded {recorded}")
    if found:
        return found + [repr(answer)]
    document = answer.json() if answer.body else {}
    if isinstance(document.get("value"), list):
        found += list_differences(exchange, document, whole_list)
    else:
        found += member_differences(exchange, exchange.document, document)
        if not exchange.operation.endswith(NEVER_THE_SAME):
            found += value_differences(exchange.operation, exchange.document,
                                       document)
    return found


def list_differences(exchange, document, whole_list):
    found = member_differences(
        exchange, {**exchange.document, "value": None},
        {**document, "value": None})
    if not whole_list and exchange.items:
        found.append("the list is empty")
    for item in exchange.items:
        name, version = (item_name(identifier(item)),
                         item_version(identifier(item)))
        same = [mine for mine in whole_list
                if item_name(identifier(mine)).lower() == name.lower()]
        if not same:
            found.append(f"{name} is not in the list")
        elif bool(item_version(identifier(same[0]))) != bool(version):
            found.append(f"only one id of {name} has a version")
        elif all(member_differences(exchange, item, mine) for mine in same):
            # Of several versions any may be the one that was recorded.
            found += member_differences(exchange, item, same[0])
    return found


def members(document, prefix=""):
    """Paths of all members; what is inside tags is the client's."""
    paths = set()
    for key, value in (document or {}).items():
        paths.add(prefix + key)
        if isinstance(value, dict) and key != "tags":
            paths |= members(value, f"{prefix}{key}.")
    return paths


def member_differences(exchange, recorded, emulated):
    mine, theirs = members(emulated), members(recorded)
    found = []
    for who, only in ((RECORDED, theirs - mine), (EMULATED, mine - theirs)):
        for path in sorted(only):
            if not is_excused(exchange, who, path, (recorded, emulated)):
                found.append(f"only {who}: {path}")
    return found


def is_excused(exchange, who, path, documents):
    return any(who == whose and (path == member
                                 or path.startswith(member + "."))
               and when(exchange, documents)
               for whose, member, when, _ in EXCUSES)


def same_name(value):
    return RENAMED.get(value, value) if isinstance(value, str) else value


def value_differences(operation, recorded, emulated):
    """In what a client chooses, where both have it."""
    found = []
    attributes = (recorded.get("attributes") or {},
                  emulated.get("attributes") or {})
    keys = recorded.get("key") or {}, emulated.get("key") or {}
    if set(keys[0].get("key_ops", ())) != set(keys[1].get("key_ops", ())):
        found.append(f"key_ops are {keys[1]}, recorded {keys[0]}")
    if all("exp" in each and "created" in each for each in attributes) and (
            len({each["exp"] - each["created"] for each in attributes}) == 1):
        # Reckoned from the time of the request.
        attributes = ({**attributes[0], "exp": attributes[1]["exp"]},
                      attributes[1])
    if operation.removeprefix("deleted").startswith("cert."):
        # From the certificate; no client chooses them.
        for each in attributes:
            each.pop("nbf", None)
            each.pop("exp", None)
    for chosen, (theirs, mine) in ((CHOSEN, (recorded, emulated)),
                                   (CHOSEN_OF_KEY, keys),
                                   (CHOSEN_ATTRIBUTES, attributes)):
        for key in chosen:
            if key in theirs and key in mine and key not in NOT_COMPARED.get(
                    operation, ()) and (
                    same_name(theirs[key]) != same_name(mine[key])):
                found.append(f"{key} is {mine[key]!r:.80}, recorded "
                             f"{theirs[key]!r:.80}")
    return found + policy_differences(recorded, emulated)


def policy_differences(recorded, emulated):
    """Of what both have: the form has been compared."""
    if "policy" not in recorded and "x509_props" not in recorded:
        return []
    mine, theirs = (flat(each.get("policy") or each)
                    for each in (emulated, recorded))
    return [f"{path} is {mine[path]!r:.80}, recorded {theirs[path]!r:.80}"
            for path in sorted(mine.keys() & theirs.keys())
            if path.startswith(CHOSEN_OF_POLICY)
            and mine[path] != theirs[path]]


def flat(document, prefix=""):
    """The values of all members, by their paths."""
    values = {}
    for key, value in document.items():
        if isinstance(value, dict):
            values.update(flat(value, f"{prefix}{key}."))
        else:
            values[prefix + key] = value
    return values

