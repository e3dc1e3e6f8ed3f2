# SPDX-License-Identifier: MIT
"""akvfs doctor names cause and fix of what users fail at most.

Each case arranges one failure against the emulator, and what doctor prints, with
the parts that change replaced, is the text of its name in tests/mount/doctor.
With AKVFS_GOLDEN=write the texts are written anew, for somebody to read.

In no case does the output have a token, a value, a secret or a password.
"""

import base64
import contextlib
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile

import pytest

from akv_emulator import ROOT
from akvfs_mount import Mount
from azure_network import AzureNetwork

GOLDEN = pathlib.Path(__file__).with_name("doctor")
WRITE = os.environ.get("AKVFS_GOLDEN") == "write"

TENANT = "5e1f6d4c-2b3a-4c58-9d7e-8a9b0c1d2e3f"
OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
APP = "aaaaaaaa-0001-4000-8000-000000000001"
APP_OBJECT = "bbbbbbbb-0001-4000-8000-000000000001"
MACHINE = "aaaaaaaa-0002-4000-8000-000000000002"
MACHINE_OBJECT = "bbbbbbbb-0002-4000-8000-000000000002"
SECRET = "the-secret-of-the-application"
VALUE = "the-value-of-the-secret"
ISSUER = "https://token.actions.githubusercontent.com"
EXCHANGE = "api://AzureADTokenExchange"
VAULT = "https://vault.azure.net"
ARM = "https://management.azure.com"
HOST = "demo.vault.azure.net"

# One source of auth=auto, so that nothing else of this machine is looked at.
BY_APPLICATION = {"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
                  "AZURE_CLIENT_ID": APP, "AZURE_CLIENT_SECRET": SECRET}
NOBODY = {"AZURE_CLIENT_ID": None, "AZURE_CLIENT_SECRET": None,
          "PATH": "/nonexistent"}

CHANGING = [
    (re.compile(r"(?<=127\.0\.0\.1:)\d+"), "PORT"),
    (re.compile(r"(?<=proxy http://127\.0\.0\.1:)\d+"), "PORT"),
    (re.compile(r"/tmp/[^ ;\"]*/ca\.pem"), "CA-FILE"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"(request_id|correlation_id|trace_id|token_id)"
                r"(\"?:? \"?)[-\w.]+"), r"\1\2ID"),
    (re.compile(r"(remaining_s|ahead_s)(\"?:? \"?)-?\d+"), r"\1\2SECONDS"),
    (re.compile(r"port \d+ after \d+ ms"), "port PORT after N ms"),
]


def normal(text):
    for pattern, replacement in CHANGING:
        text = pattern.sub(replacement, text)
    return text


def seed(**vault):
    """The vault, an application that may read it, and its tenant."""
    vault = {"secrets": {"a": {"value": VALUE}}, **vault}
    vault.setdefault("principals", {
        APP: {"secret": SECRET, "permissions": {"secrets": ["get", "list"]}}})
    return {"vaults": {"demo": vault},
            "tenants": {TENANT: {"principals": {
                APP: {"objectId": APP_OBJECT, "secret": SECRET}}}}}


class Doctor:
    """akvfs doctor for the vault of one emulator."""

    def __init__(self, vaults):
        self._vaults = vaults
        self.emulator = None
        self.given = []

    def begin(self, document=None, options=(), **more):
        made = self._vaults.emulator(seed=document or seed(), options=options,
                                     **more)
        self.emulator = made
        return made

    @property
    def metadata(self):
        """The instance metadata service, in clear, as an option."""
        found = re.search(rb"metadata on (\S+)",
                          self.emulator.log_file.read_bytes())
        return "pod_identity_host=http://" + found.group(1).decode()

    def control(self, method, path, body=None):
        """Without a token, which call() would get itself for a vault."""
        answer = self.emulator.call(method, HOST, "/_emulator/" + path, body,
                                    anonymous=True)
        assert answer.status == 200, answer
        return answer.json()

    def now(self):
        return self.control("GET", "clock")["now_s"]

    def token(self, **claims):
        """One that Entra has signed, of these claims."""
        now = self.now()
        full = {"aud": VAULT, "iss": f"https://sts.windows.net/{TENANT}/",
                "tid": TENANT, "appid": APP, "oid": APP_OBJECT,
                "idtyp": "app", "ver": "1.0", "iat": now, "nbf": now,
                "exp": now + 3600, "uti": "uti", **claims}
        self.given.append(self.control("POST", "tokens", {
            "claims": full})["token"])
        return self.given[-1]

    def mount(self, options="", env=None, source="demo", **more):
        return Mount(self.emulator, options, source=source,
                     env={**BY_APPLICATION, **(env or {})}, **more)

    def run(self, *words, options="", env=None, source="demo", stdin="",
            **more):
        mount = self.mount(options, env, source, **more)
        mount.clear()
        ended = subprocess.run(
            [mount.program, "doctor", "-o", mount.option_list(), *words,
             source], input=stdin.encode(), capture_output=True, check=False,
            env=mount.environment(), timeout=60)
        text = ended.stdout.decode("ascii")
        assert ended.stderr == b"", ended
        self.check_no_secret(text)
        return ended.returncode, text

    def check_no_secret(self, text):
        """Nor the parts of a token, nor the secret as Basic would have it."""
        secrets = [SECRET, VALUE, self.emulator.env["AZURE_CLIENT_SECRET"],
                   base64.b64encode(SECRET.encode()).decode(), "eyJ"]
        for token in self.given:
            secrets += token.split(".")
        for secret in secrets:
            assert secret not in text

    def check(self, name, code, *words, **more):
        """It ends with @code, and prints what is kept under @name."""
        ended, text = self.run(*words, **more)
        suffix = "json" if "--json" in words else "txt"
        if suffix == "json":
            assert json.loads(text)["exit_code"] == code
        compare(f"{name}.{suffix}", normal(text))
        assert ended == code
        return text


def compare(name, text):
    path = GOLDEN / name
    if WRITE:
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, encoding="ascii")
    assert text == path.read_text(encoding="ascii")


@pytest.fixture
def doctor(vault):
    return Doctor(vault)


def explanation(text):
    """What is said at the end: the sentence, and the command or None."""
    parts = text.rstrip("\n").split("\n\n")
    if len(parts) == 2:
        return parts[1], None
    assert len(parts) == 3, text
    return parts[1], parts[2].strip()


# All is well

def test_healthy(doctor):
    doctor.begin()
    doctor.check("healthy", 0, "--secret", "a")


def test_healthy_json(doctor):
    doctor.begin()
    text = doctor.check("healthy", 0, "--json")
    assert json.loads(text)["failure"] is None


def test_reads_and_writes_nothing_more(doctor):
    """One list of one, one secret; no name, and no other method than GET."""
    emulator = doctor.begin()
    _, text = doctor.run("--secret", "a")
    asked = [request for request in emulator.requests()
             if request["host"] == HOST]
    assert {request["method"] for request in asked} == {"GET"}
    assert {request["path"] for request in asked} == {"/secrets", "/secrets/a"}
    assert all("maxresults=1" in request["query"] for request in asked
               if request["path"] == "/secrets")
    assert "/secrets/a" not in text


# The 15 failures that users meet most

def test_01_owner_without_a_role(doctor):
    doctor.begin(seed(rbac=True, principals={
        APP: {"secret": SECRET, "permissions": {}, "arm": "read"}},
        roleAssignments=[{"principalId": APP_OBJECT, "role": "Owner"}]))
    doctor.check("01-no-role", 4)


def test_02_just_after_granting(doctor):
    """The management plane has the role, and the vault does not know it yet."""
    emulator = doctor.begin(seed(rbac=True, principals={
        APP: {"secret": SECRET, "permissions": {}, "arm": "read"}},
        roleAssignments=[{"principalId": APP_OBJECT,
                          "role": "Key Vault Secrets User"}]))
    # The first request is the one without a token.
    emulator.fault({"host": HOST, "count": 1}, delay_ms=1)
    emulator.fault({"host": HOST}, status=403, body={"error": {
        "code": "Forbidden", "innererror": {"code": "ForbiddenByRbac"},
        "message": "Caller is not authorized to perform action on resource."
                   "\r\nIf role assignments, deny assignments or role "
                   "definitions were changed recently, please observe "
                   f"propagation time.\r\nCaller: appid={APP};oid="
                   f"{APP_OBJECT};iss=https://sts.windows.net/{TENANT}/"}})
    doctor.check("02-new-role", 4)


def test_03_a_policy_that_lacks_a_verb(doctor):
    doctor.begin(seed(principals={APP: {
        "secret": SECRET, "permissions": {"secrets": ["get", "set"]},
        "arm": "read"}}))
    doctor.check("03-policy-verb", 4)


def test_03_a_policy_for_the_wrong_object(doctor):
    """The application's id stands where its object's has to."""
    doctor.begin(seed(
        principals={APP: {"secret": SECRET, "permissions": {}, "arm": "read"}},
        properties={"accessPolicies": [{
            "tenantId": TENANT, "objectId": APP,
            "permissions": {"secrets": ["get", "list"]}}]}))
    doctor.check("03-policy-object", 4)


def machine(**more):
    """A vault without a place for the identity of the machine."""
    document = seed(**more)
    document["tenants"][TENANT]["principals"][MACHINE] = {
        "objectId": MACHINE_OBJECT, "assigned": "system",
        "resourceId": "/subscriptions/s/resourcegroups/g/providers/"
                      "Microsoft.Compute/virtualMachines/one"}
    return document


def test_04_another_identity_than_one_thinks(doctor):
    """A secret without an id is nobody's, so the chain goes on to the machine."""
    doctor.begin(machine(), ["--metadata", "127.0.0.1:0"])
    doctor.check("04-other-identity", 4, options=doctor.metadata, env={
        "AZURE_TOKEN_CREDENTIALS": None, "AZURE_CLIENT_ID": None,
        "PATH": "/nonexistent"})


SEED_SENTENCE = (
    "The token is for Azure Resource Manager (aud %s), the vault wants "
    "https://vault.azure.net: request that resource.")


def test_05_a_token_for_the_management_plane(doctor):
    """Managing vaults works with it, and reading gives 401: word for word."""
    doctor.begin()
    text = doctor.check("05-arm-token", 2, "--token-stdin",
                        stdin=doctor.token(aud=ARM + "/"))
    assert explanation(text)[0] == SEED_SENTENCE % (ARM + "/")


def test_05_asked_for_the_management_plane(doctor):
    doctor.begin()
    text = doctor.check("05-arm-resource", 2, options="resource=" + ARM)
    assert explanation(text)[0] == SEED_SENTENCE % ARM


SLASH_SENTENCE = ("The token's audience ends in '/', Key Vault requires none: "
                  "use https://vault.azure.net.")


def test_06_a_resource_with_a_slash(doctor):
    """Entra issues such a token gladly, and the vault refuses it."""
    doctor.begin()
    text = doctor.check("06-slash", 2, options="resource=" + VAULT + "/")
    assert explanation(text)[0] == SLASH_SENTENCE


def test_06_a_token_with_a_slash(doctor):
    doctor.begin()
    text = doctor.check("06-slash-token", 2, "--token-stdin",
                        stdin=doctor.token(aud=VAULT + "/"))
    assert explanation(text)[0] == SLASH_SENTENCE


def test_06_the_vaults_own_url(doctor):
    """The metadata service gives a token for that, too."""
    doctor.begin(machine(), ["--metadata", "127.0.0.1:0"])
    doctor.check("06-own-url", 2, env=NOBODY, options=(
        f"auth=managed,resource=https://{HOST},{doctor.metadata}"))


def tool(folder, text, code=0, name="az"):
    file = folder / name
    file.write_text(f"#!/bin/sh\n/bin/cat <<'END'{' >&2' if code else ''}\n"
                    f"{text}\nEND\nexit {code}\n")
    file.chmod(0o700)
    return {**NOBODY, "PATH": str(folder)}


def test_07_az_is_in_another_tenant(doctor, tmp_path):
    doctor.begin()
    token = doctor.token(tid=OTHER_TENANT, appid="az", idtyp="user",
                         iss=f"https://sts.windows.net/{OTHER_TENANT}/",
                         upn="ada@contoso.example")
    env = tool(tmp_path, json.dumps({
        "accessToken": token, "tokenType": "Bearer",
        "expires_on": doctor.now() + 3600}))
    text = doctor.check("07-other-tenant", 2, options="auth=cli", env={
        **env, "AZURE_TENANT_ID": None})
    assert explanation(text) == (
        f"You are signed in to tenant {OTHER_TENANT}, vault belongs to "
        f"{TENANT}: az login --tenant {TENANT}.",
        f"az login --tenant {TENANT}")
    assert "ada@contoso" not in text


def test_08_the_vaults_url_as_a_resource(doctor):
    doctor.begin()
    doctor.check("08-no-such-resource", 2,
                 options=f"resource=https://{HOST}")


def test_09_no_public_access(doctor):
    doctor.begin(seed(properties={"publicNetworkAccess": "Disabled"}))
    doctor.check("09-no-public-access", 4)


def test_10_several_identities(doctor):
    document = seed()
    for i in range(1, 3):
        document["tenants"][TENANT]["principals"][
                f"cccccccc-000{i}-4000-8000-000000000001"] = {
            "assigned": "user", "resourceId":
            "/subscriptions/s/resourcegroups/g/providers/Microsoft."
            f"ManagedIdentity/userAssignedIdentities/one{i}"}
    doctor.begin(document, ["--metadata", "127.0.0.1:0"])
    doctor.check("10-several-identities", 2, env=NOBODY,
                 options="auth=managed," + doctor.metadata)


# Nothing listens on it, and nobody but root could.
CLOSED = "127.0.0.1:1"


def test_11_no_metadata_service(doctor):
    doctor.begin()
    doctor.check("11-no-metadata", 3, env=NOBODY, options=(
        f"timeout=1,auth=managed,pod_identity_host=http://{CLOSED}"))


def test_11_a_proxy_before_the_metadata_service(doctor):
    emulator = doctor.begin(machine(), ["--metadata", "127.0.0.1:0"])
    emulator.fault({"path": "/metadata/*"}, status=502, body="proxy")
    doctor.check("11-bad-gateway", 3, env=NOBODY, options=(
        "timeout=1,auth=managed," + doctor.metadata))


def test_11_nothing_to_sign_in_with(doctor):
    doctor.begin()
    doctor.check("11-nothing", 2, options=(
        f"pod_identity_host=http://{CLOSED}"), env={
            **NOBODY, "AZURE_TOKEN_CREDENTIALS": None})


@pytest.mark.parametrize("name, change", [
    ("subject", {"subject": "repo:shop/Site:ref:refs/heads/main"}),
    ("audience", {"audience": "api://another"}),
    ("issuer", {"issuer": "https://oidc.prod-aks.azure.com/id/"}),
])
def test_12_a_federated_credential_that_does_not_match(doctor, tmp_path, name,
                                                       change):
    document = seed()
    document["tenants"][TENANT]["principals"][APP]["federated"] = [{
        "issuer": ISSUER, "subject": "repo:shop/site:ref:refs/heads/main",
        "audience": EXCHANGE}]
    doctor.begin(document)
    doctor.given.append(doctor.control("POST", "tokens", {
        "issuer": ISSUER, "audience": EXCHANGE,
        "subject": "repo:shop/site:ref:refs/heads/main", **change})["token"])
    file = tmp_path / "token"
    file.write_text(doctor.given[-1])
    doctor.check(f"12-federated-{name}", 2, options="auth=workload", env={
        "AZURE_CLIENT_SECRET": None, "AZURE_TOKEN_CREDENTIALS": None,
        "AZURE_FEDERATED_TOKEN_FILE": str(file)})


def test_13_an_expired_secret(doctor):
    document = seed()
    document["tenants"][TENANT]["principals"][APP]["secretExpired"] = True
    doctor.begin(document)
    doctor.check("13-expired-secret", 2)


def test_13_a_wrong_secret(doctor):
    doctor.begin()
    doctor.check("13-wrong-secret", 2, env={
        "AZURE_CLIENT_SECRET": "cccccccc-the-id-of-the-secret"})


def test_14_a_managed_identity_in_a_group(doctor):
    """Its token is of before it joined, and is kept for a day."""
    emulator = doctor.begin(machine(rbac=True), ["--metadata", "127.0.0.1:0"])
    now = doctor.now()
    token = doctor.token(
        appid=MACHINE, oid=MACHINE_OBJECT, iat=now - 7200, nbf=now - 7200,
        exp=now + 79200, xms_mirid="/subscriptions/s/resourcegroups/g/"
        "providers/Microsoft.Compute/virtualMachines/one")
    emulator.fault({"path": "/metadata/*"}, status=200, body={
        "access_token": token, "expires_in": "79200", "token_type": "Bearer",
        "expires_on": str(now + 79200), "resource": VAULT})
    doctor.check("14-group", 4, env=NOBODY,
                 options="auth=managed," + doctor.metadata)


def test_15_a_challenge_for_another_domain(doctor):
    emulator = doctor.begin()
    emulator.fault({"host": HOST}, headers={"WWW-Authenticate": (
        f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", '
        'resource="https://vault.evil.example"')})
    doctor.check("15-challenge", 2)
    # Nothing was shown to it.
    assert {request["principal"] for request in emulator.requests()
            if request["host"] == HOST} == {""}


@contextlib.contextmanager
def network(names, addresses=()):
    """One of its own, with this machine at @addresses, and a name server that
    knows @names; None: it has none."""
    with AzureNetwork([]), tempfile.NamedTemporaryFile("w") as file:
        for address in addresses:
            subprocess.run(["ip", "address", "add", address + "/32", "dev",
                            "lo"], check=True)
        file.write("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        file.flush()
        os.chmod(file.name, 0o644)
        subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"],
                       check=True)
        if names is None:
            yield
            return
        with subprocess.Popen(
                [sys.executable, "-I", "-S", ROOT / "tests/lib/dns_server.py",
                 "53", json.dumps(names)], stdout=subprocess.PIPE) as server:
            assert server.stdout.readline() == b"listening\n"
            yield
            server.kill()


def test_09_the_firewall(doctor):
    """The machine comes from an address of its own, which is told."""
    with network({HOST: "203.0.113.7"}, ["203.0.113.7"]):
        doctor.begin(seed(properties={"networkAcls": {
            "defaultAction": "Deny", "ipRules": [{"value": "203.0.113.9"}]}}),
            port=443, address="0.0.0.0")
        text = doctor.check("09-firewall", 4, connect="")
    assert explanation(text) == (
        "The vault sees you as 203.0.113.7 and its firewall does not list it.",
        "az keyvault network-rule add --name demo --ip-address 203.0.113.7")


def test_15_a_name_that_does_not_resolve(doctor):
    with network({}):
        doctor.begin(port=443)
        doctor.check("15-no-name", 3, connect="")


def test_15_no_name_server(doctor):
    with network(None):
        doctor.begin(port=443)
        doctor.check("15-no-name-server", 3, connect="")


LINK = "demo.privatelink.vaultcore.azure.net"


@pytest.mark.parametrize("name, address", [
    ("private-link", "10.0.0.5"), ("private-zone-missing", "20.50.1.2")])
def test_15_a_private_endpoint(doctor, name, address):
    """Through the alias of a private link, with its zone and without."""
    with network({HOST: LINK, LINK: address}, [address]):
        doctor.begin(port=443, address="0.0.0.0")
        text = doctor.check("15-" + name, 0, connect="")
    assert f"alias {LINK}; addresses {address}" in text


# What comes next

@pytest.mark.parametrize("name, ahead_s, code", [
    ("clock-ahead", 420, 2), ("clock-behind", -86400, 2),
    ("clock-off", 120, 0)])
def test_the_clock(doctor, name, ahead_s, code):
    emulator = doctor.begin()
    date = subprocess.run(
        ["date", "-u", "-R", "-d", f"{-ahead_s} seconds"], check=True,
        capture_output=True, text=True,
        env={**os.environ, "LC_ALL": "C"}).stdout.strip()
    emulator.fault({"host": HOST, "count": 1},
                   headers={"Date": date.replace("+0000", "GMT")})
    text = doctor.check(name, code)
    if code:
        assert explanation(text)[0].startswith(
            "Your clock is 7 min ahead" if ahead_s > 0
            else "Your clock is 24 h behind")


def test_an_expired_token(doctor):
    doctor.begin()
    now = doctor.now()
    doctor.check("expired-token", 2, "--token-stdin", stdin=doctor.token(
        iat=now - 7200, nbf=now - 7200, exp=now - 3600))


def test_a_token_for_another_service_goes_nowhere(doctor):
    """A token for Graph is shown to the vault that was named, and no more."""
    emulator = doctor.begin()
    doctor.check("graph-token", 2, "--token-stdin", stdin=doctor.token(
        aud="https://graph.microsoft.com"))
    hosts = {request["host"] for request in emulator.requests()
             if "_emulator" not in request["path"]}
    assert hosts == {HOST}


def test_text_of_a_token_on_a_terminal(doctor):
    doctor.begin()
    _, text = doctor.run("--token-stdin", stdin=doctor.token(
        appid="\x1b[2J\r\nfailed", oid="\u202e\u0007"))
    assert not re.search(r"[^\n -~]", text)


def test_text_of_a_vault_on_a_terminal(doctor):
    emulator = doctor.begin()
    emulator.fault({"host": HOST, "count": 1}, headers={
        "x-ms-keyvault-region": "west\u202eeurope",
        "x-ms-keyvault-service-version": "1" * 2000,
        "x-ms-keyvault-network-info": "conn_type=Ipv4;addr=1.2.3.4$(reboot)"})
    emulator.fault({"host": HOST}, status=403, body={"error": {
        "code": "\x1b[31mForbidden", "message": "\x1b]0;title\x07" * 100,
        "innererror": {"code": "Forbidden\r\nByRbac"}}})
    for words in ([], ["--json"]):
        code, text = doctor.run(*words)
        assert code == 4
        assert not re.search(r"[^\n -~]|\\u|reboot", text)


def test_an_opaque_token(doctor):
    doctor.begin()
    doctor.given.append("an-opaque-token")
    doctor.check("opaque-token", 3, "--token-stdin", stdin="an-opaque-token")


def test_a_login_that_is_over(doctor, tmp_path):
    doctor.begin()
    doctor.check("login-over", 2, options="auth=cli", env=tool(
        tmp_path, "ERROR: AADSTS700082: The refresh token has expired due to "
        "inactivity.", code=1))


def test_an_inspecting_proxy(doctor):
    doctor.begin()
    doctor.check("inspected", 3, options="cafile=")


def test_no_connection(doctor):
    doctor.begin()
    doctor.check("no-connection", 3, connect=f"connect_to={CLOSED}")


def test_a_proxy_that_is_not_there(doctor):
    doctor.begin()
    text = doctor.check("no-proxy", 3, env={
        "HTTPS_PROXY": f"http://user:pass-word@{CLOSED}"})
    assert "pass-word" not in text and "user" not in text


def test_get_without_list(doctor):
    """Reading by name works so: no failure, where a name is given."""
    doctor.begin(seed(principals={APP: {
        "secret": SECRET, "permissions": {"secrets": ["get"]}}}))
    doctor.check("no-list", 0, "--secret", "a")
    assert doctor.run()[0] == 4


def test_a_secret_that_is_disabled(doctor):
    doctor.begin(seed(secrets={"off": {
        "value": VALUE, "attributes": {"enabled": False}}}))
    doctor.check("disabled", 4, "--secret", "off")


def test_a_secret_that_is_not_there(doctor):
    doctor.begin()
    doctor.check("absent", 4, "--secret", "nothere")


def test_a_source_that_is_none(doctor):
    doctor.begin()
    doctor.check("no-source", 1, source="demo.privatelink.vaultcore.azure.net")


def test_a_way_that_is_none(doctor):
    doctor.begin()
    doctor.check("no-way", 1, options="auth=magic")


@pytest.mark.parametrize("name, code, arrange", [
    ("role", 4, {"rbac": True, "principals": {
        APP: {"secret": SECRET, "permissions": {}}}}),
    ("firewall", 4, {"properties": {"networkAcls": {
        "defaultAction": "Deny"}}})])
def test_json(doctor, name, code, arrange):
    doctor.begin(seed(**arrange))
    text = doctor.check(name, code, "--json")
    document = json.loads(text)
    failed = [stage for stage in document["stages"]
              if stage["state"] == "failed"]
    assert document["failure"]["code"] == failed[0]["code"]


def test_json_of_the_seed_case(doctor):
    doctor.begin()
    text = doctor.check("arm-token", 2, "--json", "--token-stdin",
                        stdin=doctor.token(aud=ARM))
    failure = json.loads(text)["failure"]
    assert failure["code"] == "token-audience-arm"
    assert failure["sentence"] == SEED_SENTENCE % ARM


@pytest.mark.parametrize("allowed", [None, OTHER_TENANT])
def test_tenants_that_are_allowed(doctor, allowed):
    """Its token is of the tenant that is configured; a mount goes on from that
    to one that is allowed, where the application is not known here."""
    doctor.begin(seed(tenant=OTHER_TENANT))
    _, text = doctor.run("--json", env={
        "AZURE_TENANT_ID": TENANT,
        "AZURE_ADDITIONALLY_ALLOWED_TENANTS": allowed})
    document = json.loads(text)
    stages = {stage["stage"]: stage["code"] for stage in document["stages"]}
    assert stages["vault"] == "vault-tenant"
    assert (stages["token"] == "token-tenant") == (allowed is None)
    assert document["exit_code"] == 2


def test_a_tenant_that_cannot_be(doctor):
    doctor.begin()
    doctor.check("no-tenant", 1, env={"AZURE_TENANT_ID": "adfs"})


# Usage, and a terminal

@pytest.mark.parametrize("words", [
    ["doctor"], ["doctor", "a", "b"], ["doctor", "--secret", "a/b", "demo"],
    ["doctor", "--nonsense", "demo"], ["doctor", "-o", "nonsense=1", "demo"]])
def test_usage(doctor, words):
    doctor.begin()
    mount = doctor.mount()
    mount.clear()
    ended = subprocess.run([mount.program, *words], check=False,
                           capture_output=True, env=mount.environment())
    assert ended.returncode == 1
    assert ended.stdout == b"" and ended.stderr != b""


def on_a_terminal(doctor, env):
    mount = doctor.mount(env=env)
    mount.clear()
    ours, theirs = pty.openpty()
    # pylint: disable=consider-using-with
    process = subprocess.Popen(
        [mount.program, "doctor", "-o", mount.option_list(), "demo"],
        stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
        env=mount.environment())
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(ours)
    assert process.wait(60) == 0
    return text.decode("ascii").replace("\r\n", "\n")


def test_colors(doctor):
    doctor.begin()
    text = on_a_terminal(doctor, {"TERM": "xterm", "NO_COLOR": None})
    assert "\x1b[32mok" in text
    for env in ({"TERM": "xterm", "NO_COLOR": "1"},
                {"TERM": "dumb", "NO_COLOR": None},
                {"TERM": None, "NO_COLOR": None}):
        assert "\x1b" not in on_a_terminal(doctor, env)


def test_lines_fit_a_terminal(doctor):
    doctor.begin()
    text = on_a_terminal(doctor, {"TERM": "dumb"})
    words = [line for line in text.splitlines() if " " in line.strip()]
    assert words and max(map(len, words)) <= 60


def test_each_code_is_described():
    """In docs/doctor.md and akvfs(8), and nothing else is."""
    said = set()
    for folder in ("auth", "vault", "fs"):
        for file in (ROOT / folder).glob("doctor*.c"):
            said.update(re.findall(
                r'"((?:config|dns|connect|tls|clock|vault|sign-in|token|'
                r'access|arm)-[a-z-]+)"', file.read_text(encoding="utf-8")))
    said.remove("token-stdin")  # an option
    page = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")
    manual = (ROOT / "packaging/man/akvfs.8").read_text(encoding="utf-8")
    assert said == set(re.findall(r"\| `([a-z-]+)` \|", page))
    assert said == set(re.findall(
        r"^\.It Cm ([a-z]+-[a-z-]+)$", manual.split("Codes of doctor\n")[1],
        re.MULTILINE))
