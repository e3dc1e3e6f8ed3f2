# SPDX-License-Identifier: MIT
"""akvfs token: a token for each resource, and what is said of any token.

What it says of claims is compared with PyJWT's own decoding, and where it says
that a token works, with what the emulated vault does when it is shown that token.
"""

import json
import os
import pathlib
import re
import socket
import stat
import subprocess
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from akvfs_mount import BAD_LINES, SANITIZED, akvfs_binary

VAULT = "https://vault.azure.net"
VAULT_APP = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
ARM = "https://management.azure.com"
HOST = "demo.vault.azure.net"
PERSON = "33333333-4444-5555-6666-777777777777"
WORKLOAD = "22222222-3333-4444-5555-666666666666"
TIMEOUT_S = 60

# A word for --resource, and what the token is then for.
RESOURCES = {
    "vault": VAULT,
    "hsm": "https://managedhsm.azure.net",
    "arm": ARM,
    "graph": "https://graph.microsoft.com",
    "https://storage.azure.com": "https://storage.azure.com",
}

# Every audience that a token has been seen with, and its version. Whether the
# vault takes it is for the vault to say.
AUDIENCES = [
    (VAULT, "1.0"),
    (VAULT, "2.0"),
    (VAULT + "/", "1.0"),
    (VAULT + "//", "1.0"),
    (VAULT + "/.default", "1.0"),
    (VAULT + ":443", "1.0"),
    ("vault.azure.net", "1.0"),
    ("http://vault.azure.net", "1.0"),
    ("https://demo.vault.azure.net", "1.0"),
    ("https://demo.vault.azure.net/", "1.0"),
    ("https://demo.privatelink.vaultcore.azure.net", "1.0"),
    (VAULT_APP, "2.0"),
    (VAULT_APP, "1.0"),
    ("spn:" + VAULT_APP, "2.0"),
    ("7e7c393b-45d0-48b1-a35e-2905ddf8183c", "2.0"),
    ("https://vault.usgovcloudapi.net", "1.0"),
    ("https://vault.azure.cn", "1.0"),
    ("https://managedhsm.azure.net", "1.0"),
    (ARM, "1.0"),
    (ARM + "/", "1.0"),
    ("https://management.core.windows.net/", "1.0"),
    ("https://graph.microsoft.com", "1.0"),
    ("00000003-0000-0000-c000-000000000000", "1.0"),
    ("api://AzureADTokenExchange", "1.0"),
    ("https://vault.azure.net.evil.example", "1.0"),
    (" " + VAULT, "1.0"),
    (VAULT + " ", "1.0"),
]


class Asker:
    """Calls akvfs token as a mount of @emulator would sign in."""

    def __init__(self, vault, emulator):
        self.vault = vault
        self.emulator = emulator

    def __call__(self, *words, options="", given=None, env=None, connect=None):
        mount = self.vault.unmounted(self.emulator, options, env=env,
                                     connect=connect)
        ended = subprocess.run(
            [akvfs_binary(), "token", "-o", mount.option_list(), *words],
            input=given if given is not None else b"", capture_output=True,
            env=mount.environment(), timeout=TIMEOUT_S, check=False)
        assert not BAD_LINES.search(ended.stderr), ended.stderr
        return ended

    def facts(self, *words, **more):
        ended = self("--json", *words, **more)
        assert ended.returncode == 0, ended
        return json.loads(ended.stdout)


@pytest.fixture
def asker(vault):
    return Asker(vault, vault.emulator({"a": "the value"}))


# Making an emulator takes longer than all that is asked of it, so tests that
# differ in a word share one.


def said(ended):
    return ended.stderr.decode()


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


class Forger:
    """Signs any claims, with the emulated authority's own key."""

    def __init__(self, emulator):
        self.key = serialization.load_pem_private_key(
            (emulator.state_dir / "token-key.pem").read_bytes(), None)
        model = emulator.token()
        self.header = jwt.get_unverified_header(model)
        self.claims = claims_of(model)

    def __call__(self, **changes):
        claims = {**self.claims, **changes}
        if claims.get("ver") == "2.0":
            claims["iss"] = (f"https://login.microsoftonline.com/"
                             f"{claims['tid']}/v2.0")
            claims["azp"] = claims.pop("appid")
        return jwt.encode(claims, self.key, "RS256", self.header).encode()


@pytest.fixture
def forge(asker):
    return Forger(asker.emulator)


def vault_takes(emulator, token):
    answer = emulator.call(
        "GET", HOST, "/secrets/a?api-version=7.4",
        headers={"Authorization": "Bearer " + token.decode()})
    assert answer.status in (200, 401), answer
    return answer.status == 200


# Asking for one

@pytest.mark.parametrize("options", ["", "token_v1=on"])
def test_the_token_alone_is_printed(asker, options):
    for word, audience in RESOURCES.items():
        ended = asker("--resource", word, options=options)
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert ended.stdout.endswith(b"\n")
        token = ended.stdout[:-1]
        assert re.fullmatch(rb"[\w-]+\.[\w-]+\.[\w-]+", token)
        assert claims_of(token)["aud"] == audience


def test_it_can_be_shown_to_the_vault(asker):
    assert vault_takes(asker.emulator, asker("demo").stdout[:-1])
    assert not vault_takes(asker.emulator,
                           asker("--resource", "arm").stdout[:-1])


def test_a_slash_is_never_asked_for(asker):
    for end in ("/", "//", "//.default", "/.default", ""):
        ended = asker("--resource", VAULT + end)
        assert claims_of(ended.stdout[:-1])["aud"] == VAULT
        assert ("without the slash" in said(ended)) == end.endswith("/")
        assert vault_takes(asker.emulator, ended.stdout[:-1])
    ended = asker(options=f"resource={VAULT}/")
    assert claims_of(ended.stdout[:-1])["aud"] == VAULT


def test_resource_of_a_custom_cloud(asker):
    facts = asker.facts(options="resource=https://storage.azure.com")
    assert facts["claims_unverified"]["aud"] == "https://storage.azure.com"
    assert facts["data_plane"] and "why" not in facts


def test_the_vaults_own_url_is_explained(asker):
    ended = asker("--resource", "https://" + HOST)
    assert ended.returncode == 2
    assert "a vault's own URL" in said(ended)
    assert "AADSTS500011" in said(ended) and ended.stdout == b""


def test_what_is_no_resource(asker):
    for bad in ("", "/", "https://a b", "-x", "a" * 300, "https://ä",
                "/.default"):
        ended = asker("--resource", bad)
        assert ended.returncode == 1 and "resource" in said(ended), bad
    assert not asker.emulator.requests()


def test_the_vault_says_which_tenant(asker):
    nobody = {"AZURE_TENANT_ID": None}
    facts = asker.facts("demo", env=nobody)
    assert (facts["claims_unverified"]["tid"]
            == asker.emulator.env["AZURE_TENANT_ID"])
    ended = asker(env=nobody)
    assert ended.returncode == 1 and "AZURE_TENANT_ID" in said(ended)
    # It is told by the first answer, which is worth no token.
    asker.emulator.fault({"host": HOST}, status=403, headers={}, body="")
    ended = asker("demo", env=nobody)
    assert ended.returncode == 4 and "tenant" in said(ended)


def test_who_signed_in(asker, tmp_path):
    """az is run, and files are read, without a launcher."""
    tool = tmp_path / "az"
    tool.write_text(f"""#!/bin/sh
printf '%s\\n' "$@" >{tmp_path}/arguments
env >{tmp_path}/environment
cat <<'END'
{json.dumps({"accessToken": asker.emulator.token(), "tokenType": "Bearer",
             "expires_on": int(time.time()) + 3600})}
END
""")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    path = f"{tmp_path}:{os.environ['PATH']}"
    facts = asker.facts(options="auth=cli", env={
        "PATH": path, "AZURE_TENANT_ID": None, "AZURE_CLIENT_ID": None})
    assert facts["signed_in_by"] == "Azure CLI" and facts["data_plane"]
    arguments = (tmp_path / "arguments").read_text().split("\n")
    assert VAULT in arguments and "--tenant" not in arguments
    assert "AZURE_CLIENT_SECRET" not in (tmp_path / "environment").read_text()
    facts = asker.facts("demo")
    assert facts["signed_in_by"] == "client secret"
    assert facts["identity"] == asker.emulator.env["AZURE_CLIENT_ID"]
    tool.write_text("#!/bin/sh\necho \"Please run 'az login'.\" >&2\nexit 1\n")
    ended = asker(options="auth=cli", env={"PATH": path})
    assert ended.returncode == 2 and "az login" in said(ended)


def test_a_workloads_file(asker, tmp_path):
    """Its name may be relative: it is read where the caller is."""
    issuer, subject = "https://token.actions.githubusercontent.com", "repo:a/b"
    exchange = "api://AzureADTokenExchange"
    emulator = asker.emulator
    emulator.seed({"tenants": {emulator.env["AZURE_TENANT_ID"]: {
        "principals": {WORKLOAD: {"federated": [{
            "issuer": issuer, "subject": subject, "audience": exchange}]}}}}})
    given = emulator.call("POST", HOST, "/_emulator/tokens", {
        "issuer": issuer, "subject": subject, "audience": exchange}).json()
    (tmp_path / "oidc").write_text(given["token"])
    (tmp_path / "empty").write_text("")
    mount = asker.vault.unmounted(emulator, env={
        "AZURE_CLIENT_ID": WORKLOAD, "AZURE_CLIENT_SECRET": None})
    for name, code in (("oidc", 0), ("empty", 2), ("absent", 2)):
        ended = subprocess.run(
            [akvfs_binary(), "token", "--json", "-o", mount.option_list(),
             "-o", f"auth=workload,token_file={name}"], cwd=tmp_path,
            stdin=subprocess.DEVNULL, capture_output=True, check=False,
            env=mount.environment(), timeout=TIMEOUT_S)
        assert ended.returncode == code, ended
        if code == 0:
            facts = json.loads(ended.stdout)
            assert facts["identity"] == WORKLOAD
            assert facts["claims_unverified"]["appidacr"] == "2"


def test_a_code_is_shown_beside_the_token(asker):
    """The token is alone on standard output, whoever has to be asked."""
    emulator = asker.emulator
    control = "/_emulator/device-codes"
    emulator.seed({"tenants": {emulator.env["AZURE_TENANT_ID"]: {
        "principals": {PERSON: {"user": "ada@example.com",
                                "objectId": PERSON}}}}})
    assert emulator.call("POST", HOST, control, {
        "interval_s": 1}).status == 204
    mount = asker.vault.unmounted(emulator, "auth=device,timeout=60",
                                  env={"AZURE_CLIENT_SECRET": None})
    with subprocess.Popen(
            [akvfs_binary(), "token", "-o", mount.option_list()],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=mount.environment()) as process:
        shown = process.stderr.readline().decode()
        code = re.search(r"enter the code ([A-Z0-9]+) to", shown)
        answer = emulator.call("POST", HOST, control, {
            "user_code": code[1] if code else "", "action": "approve",
            "user": "ada@example.com"})
        if answer.status != 204:
            process.kill()
        output, errors = process.communicate(timeout=TIMEOUT_S)
    assert answer.status == 204, answer
    assert (process.returncode, errors) == (0, b"")
    assert claims_of(output[:-1])["aud"] == VAULT


def test_the_program_that_mounts_speaks_no_http():
    """What asks the network is another, which akvfs becomes."""
    def libraries(name):
        return subprocess.run(
            ["ldd", pathlib.Path(akvfs_binary()).with_name(name)],
            capture_output=True, check=True, text=True).stdout
    for library in ("libcurl", "libcjson", "libssl"):
        assert library in libraries("akvfs-doctor")
        assert library not in libraries("akvfs")


# What goes wrong

def test_a_wrong_secret(asker):
    ended = asker(env={"AZURE_CLIENT_SECRET": "not the right one"})
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert "AADSTS7000215" in said(ended)
    assert "AZURE_CLIENT_SECRET takes the secret's value" in said(ended)
    assert said(ended).count("\n") == 1


def test_nobody_is_there(asker):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        connect = f"connect_to=127.0.0.1:{closed.getsockname()[1]}"
        ended = asker(connect=connect)
        assert ended.returncode == 3 and "cannot be reached" in said(ended)
        ended = asker("demo", connect=connect, env={"AZURE_TENANT_ID": None})
        assert ended.returncode == 3 and "cannot be reached" in said(ended)


def test_the_authority_is_busy(asker):
    asker.emulator.fault({"host": "login.*"}, status=503, headers={}, body="")
    assert asker().returncode == 3


def test_usage(asker):
    for words in (
            ["--what"], ["a", "b"], ["--resource"],
            ["--stdin", "--resource", "arm"], ["-o", "nonsense"],
            ["-o", "cloud=mars"], ["-o", "tenant_id=a/b"], ["not a vault"],
            ["-o", "cafile=/nowhere"], ["-o", "config=/nowhere"]):
        ended = asker(*words)
        assert ended.returncode == 1 and said(ended), ended
    assert not asker.emulator.requests()


def test_nothing_to_sign_in_with(asker):
    ended = asker(options="auth=secret", env={"AZURE_CLIENT_SECRET": None})
    assert ended.returncode == 2 and "AZURE_CLIENT_SECRET" in said(ended)


def test_what_cannot_be_printed(asker):
    mount = asker.vault.unmounted(asker.emulator)
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [akvfs_binary(), "token", "-o", mount.option_list()],
            stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
            env=mount.environment(), timeout=TIMEOUT_S, check=False)
    assert ended.returncode == 1 and "standard output" in said(ended)


# Decoding

NAMES = ["aud", "iss", "tid", "appid", "oid", "idtyp", "appidacr", "ver",
         "uti", "iat", "nbf", "exp", "xms_mirid", "scp"]


def test_claims_are_those_of_pyjwt(asker):
    for word in RESOURCES:
        token = asker("--resource", word).stdout[:-1]
        theirs = claims_of(token)
        facts = asker.facts("--stdin", given=token)
        ours = facts["claims_unverified"]
        assert {name: theirs[name] for name in NAMES if name in theirs} == {
            name: ours[name] for name in NAMES if name in ours}
        assert {"aud", "appid", "exp", "uti"} <= set(ours)
        assert facts["expires"] == theirs["exp"]
        left_s = theirs["exp"] - time.time()
        assert left_s <= facts["remaining_s"] <= left_s + TIMEOUT_S
        assert "signed_in_by" not in facts


def test_all_claims_that_are_shown(asker, forge):
    token = forge(
        roles=["a", "b"], wids=["c"], xms_cc=["CP1"], scp="user_impersonation",
        xms_mirid="/subscriptions/s/resourcegroups/r", idtyp="user",
        upn="anna.nowak@contoso.com", name="Anna Nowak", unique_name="anna",
        ipaddr="203.0.113.7", secret="no claim of ours")
    ended = asker("--stdin", given=token)
    text = ended.stdout.decode()
    assert "Claims (unverified):" in text
    for line in ("roles            2", "directory roles  1",
                 "capabilities     CP1", "scopes           user_imperson",
                 "managed identity /subscriptions/s/resourcegroups/r",
                 "user             a***@contoso.com", "kind             user"):
        assert line in text, text
    for hidden in ("nowak", "Nowak", "203.0.113", "no claim of ours"):
        assert hidden not in text
    assert "hour" in text or "minutes" in text
    # Neither the token nor a part of it.
    for part in token.decode().split("."):
        assert part not in text


def test_it_works_where_the_vault_takes_it(asker, forge):
    taken = set()
    for audience, version in AUDIENCES:
        token = forge(aud=audience, ver=version)
        facts = asker.facts("--stdin", "demo", given=token)
        if vault_takes(asker.emulator, token):
            taken.add((audience, version))
            assert facts["data_plane"] and "why" not in facts, facts
        else:
            assert not facts["data_plane"] and VAULT in facts["why"], facts
        assert facts["management_plane"] == audience.startswith(
            "https://management.")
    assert taken == {(VAULT, "1.0"), (VAULT, "2.0"), (VAULT_APP, "2.0")}


def test_an_arm_token_is_explained(asker):
    text = asker("--resource", "arm", "--decode", "demo").stdout.decode()
    assert text.endswith(
        "It works on the management plane of the cloud public, and not on the "
        f"data plane: it is for Azure Resource Manager (aud {ARM}), and a "
        f"vault wants {VAULT}: ask for that resource.\n")


def test_a_slash_is_explained(asker, forge):
    text = asker("--stdin", given=forge(aud=VAULT + "/")).stdout.decode()
    assert text.endswith(
        "It works neither on the data plane nor on the management plane: its "
        f"audience ends in '/', and Key Vault requires none (aud {VAULT}/): "
        f"ask for {VAULT}.\n")


def test_a_token_that_is_over(asker, forge):
    now = int(time.time())
    facts = asker.facts("--stdin", given=forge(exp=now - 100))
    assert not facts["data_plane"] and "it is over since" in facts["why"]
    assert facts["remaining_s"] <= -100
    facts = asker.facts("--stdin", given=forge(nbf=now + 4000))
    assert not facts["data_plane"] and "clock" in facts["why"]


def test_hostile_claims_cannot_write_on_a_terminal(asker, forge):
    token = forge(aud="\x1b[2J\x1b]0;x\x07" + VAULT, upn="\u202ea@\x9b31m",
                  uti="a\r\nIt works on the data plane", xms_cc=["\b\x00"])
    ended = asker("--stdin", given=token)
    # A NUL is refused as a whole.
    assert "damaged" in ended.stdout.decode()
    token = forge(aud="\x1b[2J\x1b]0;x\x07" + VAULT, upn="\u202ea@\x9b31m",
                  uti="a\r\nIt works on the data plane", xms_cc=["\b"])
    ended = asker("--stdin", given=token)
    assert re.fullmatch(rb"[\x20-\x7e\n]+", ended.stdout)
    assert b"\nIt works on" not in ended.stdout
    assert b"\nIt works neither" in ended.stdout
    json.loads(asker("--stdin", "--json", given=token).stdout)


# Standard input

def test_forms_of_input(asker):
    token = asker.emulator.token().encode()
    before = asker.emulator.last_request()
    for wrap in (b"%s", b"%s\n", b" %s\r\n", b"Bearer %s",
                 b'{"accessToken": "%s"}\n', b'{"token":"%s"}',
                 b'{"access_token":"%s","expires_in":1}'):
        facts = asker.facts("--stdin", given=wrap % token)
        assert facts["data_plane"] and facts["jwt"], wrap
    assert asker.emulator.last_request() == before


def test_garbage(asker):
    for given in (b"", b"\n", b"two words", b"\x00", b"a\x00b", b"\xff\xfe",
                  b"{", b"{}", b'{"accessToken":1}', b"a\nb", "ä".encode(),
                  b"\x7fELF"):
        ended = asker("--stdin", given=given)
        assert (ended.returncode, ended.stdout) == (1, b""), given
        assert said(ended).startswith("akvfs: standard input: ")
        assert said(ended).count("\n") == 1


def test_an_opaque_token(asker):
    for given in (b"EwBwA8l6BAAUbDba3x2OMJElkF7gJ4z", b"a.b", b"a.b.c.d.e"):
        ended = asker("--stdin", given=given)
        assert ended.returncode == 0 and b"it is opaque" in ended.stdout
        facts = asker.facts("--stdin", given=given)
        assert facts["jwt"] is False and not facts["data_plane"]


def test_a_damaged_token(asker):
    token = asker.emulator.token().encode()
    head, payload, signature = token.split(b".")
    for given in (head + b"." + payload[:-9] + b"." + signature,
                  head + b"." + payload + b"=." + signature,
                  head + b"..", b"a.%%.b", b".."):
        ended = asker("--stdin", given=given)
        assert ended.returncode == 0 and b"damaged" in ended.stdout


def test_a_huge_token(asker):
    for size in (64 * 1024 + 1, 10 * 1024 * 1024):
        ended = asker("--stdin", given=b"a" * size)
        assert ended.returncode == 1 and "64 KiB" in said(ended)
        assert b"aaaa" not in ended.stderr


def test_the_longest_token(asker, forge):
    short = len(forge(pad=""))
    token = forge(pad="a" * ((64 * 1024 - short) * 3 // 4 - 8))
    assert 65000 < len(token) <= 64 * 1024
    assert asker.facts("--stdin", given=token)["data_plane"]


# What nobody may see

def wait_for(process, condition):
    """Until @condition(folder) of /proc holds, while the program still runs."""
    folder = pathlib.Path("/proc", str(process.pid))
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if condition(folder):
            return
        time.sleep(0.01)
    raise AssertionError("it was never so")


class Waiting:
    """A call that waits for the authority, until it is let go."""

    def __init__(self, asker):
        asker.emulator.fault({"host": "login.*", "count": 1}, hang=True)
        mount = asker.vault.unmounted(asker.emulator, "debug,timeout=5m")
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [akvfs_binary(), "token", "-o", mount.option_list()],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=mount.environment())

    def __enter__(self):
        return self.process

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def test_proc_shows_no_secret(asker):
    """Once it waits for the authority, that is: a shell gave it before."""
    secret = asker.emulator.env["AZURE_CLIENT_SECRET"].encode()

    def is_clean(folder):
        environment = (folder / "environ").read_bytes()
        return (b"akvfs-doctor" in (folder / "cmdline").read_bytes()
                and b"AZURE_CLIENT_ID=" in environment
                and secret not in environment)

    def leaves_no_core(folder):
        return re.search(r"Max core file size +0 +0",
                         (folder / "limits").read_text())

    with Waiting(asker) as process:
        wait_for(process, is_clean)
        wait_for(process, leaves_no_core)
        assert secret not in pathlib.Path(
            f"/proc/{process.pid}/cmdline").read_bytes()


@pytest.mark.skipif(SANITIZED, reason="what is traced cannot look for leaks")
def test_nothing_is_written_but_the_token(asker, tmp_path):
    keys = tmp_path / "keys"
    trace = tmp_path / "trace"
    mount = asker.vault.unmounted(asker.emulator, "debug",
                                  env={"SSLKEYLOGFILE": str(keys)})
    ended = subprocess.run(
        ["strace", "-f", "-o", trace, "-e", "trace=open,openat,creat,mkdir,"
         "mknod,rename,link,symlink", akvfs_binary(), "token", "-o",
         mount.option_list()], stdin=subprocess.DEVNULL, capture_output=True,
        env=mount.environment(), timeout=TIMEOUT_S, check=False)
    token = ended.stdout.strip()
    assert ended.returncode == 0 and token.count(b".") == 2
    for part in token.split(b"."):
        assert part not in ended.stderr
    secret = asker.emulator.env["AZURE_CLIENT_SECRET"].encode()
    assert secret not in ended.stderr
    calls = trace.read_text().splitlines()
    assert len(calls) > 10
    written = [call for call in calls
               if re.search(r"O_(WRONLY|RDWR|CREAT)|^\d+ +(creat|mk|rename|"
                            r"link|symlink)", call)
               and not re.search(r'"/(dev|proc)/', call)]
    assert not written
    assert not keys.exists()
