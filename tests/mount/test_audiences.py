# SPDX-License-Identifier: MIT
"""What a token is for: what a vault takes, and what akvfs asks for.

A vault compares the audience to the letter, and an audience is what was asked
for, so that one slash too many is a token that nobody takes. What is asked for
is read off the wire here, for each cloud, at the host that it was sent to.
"""

import json
import os
import time

import pytest

from akv_emulator import Emulator
from akvfs_mount import Mount, seed_of
from hostile_server import TENANT, HostileServer, http, token_of
from witness import Witness

APP = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
APP_USGOV = "7e7c393b-45d0-48b1-a35e-2905ddf8183c"

# name: (authority, suffix of vaults, of HSMs, management plane, Key Vault's
# application id)
CLOUDS = {
    "public": ("login.microsoftonline.com", "vault.azure.net",
               "managedhsm.azure.net", "management.azure.com", APP),
    "usgov": ("login.microsoftonline.us", "vault.usgovcloudapi.net",
              "managedhsm.usgovcloudapi.net",
              "management.usgovcloudapi.net", APP_USGOV),
    "china": ("login.chinacloudapi.cn", "vault.azure.cn",
              "managedhsm.azure.cn", "management.chinacloudapi.cn", None),
    "germany": ("login.microsoftonline.de", "vault.microsoftazure.de",
                "managedhsm.microsoftazure.de",
                "management.microsoftazure.de", None),
    "bleu": ("login.sovcloud-identity.fr", "vault.sovcloud-api.fr",
             "managedhsm.sovcloud-api.fr", None, None),
    "delos": ("login.sovcloud-identity.de", "vault.sovcloud-api.de",
              "managedhsm.sovcloud-api.de", None, None),
}
GRAPH_APP = "00000003-0000-0000-c000-000000000000"


# What a vault takes

@pytest.fixture(scope="module")
def emulator():
    with Emulator(seed_of({"a": "1"})) as made:
        yield made


def signed(emulator, audience, version):
    """A token that Entra could have given the seeded principal."""
    client, tenant = (emulator.env["AZURE_CLIENT_ID"],
                      emulator.env["AZURE_TENANT_ID"])
    now_s = int(time.time())
    claims = {
        "aud": audience, "oid": client, "tid": tenant, "ver": version,
        "nbf": now_s, "iat": now_s, "exp": now_s + 3600, **(
            {"azp": client,
             "iss": f"https://login.microsoftonline.com/{tenant}/v2.0"}
            if version == "2.0" else
            {"appid": client, "iss": f"https://sts.windows.net/{tenant}/"})}
    answer = emulator.call("POST", "localhost", "/_emulator/tokens",
                           {"claims": claims})
    assert answer.status == 200, answer
    return answer.json()["token"]


def said_to(emulator, token, suffix):
    return emulator.call("GET", f"demo.{suffix}",
                         "/secrets/a?api-version=7.4",
                         headers={"Authorization": f"Bearer {token}"})


def check_refused(emulator, token, cloud, audience):
    login, suffix = CLOUDS[cloud][:2]
    answer = said_to(emulator, token, suffix)
    assert answer.status == 401, audience
    assert answer.json()["error"]["message"] == (
        f"AKV10022: Invalid audience. Expected https://{suffix}, found: "
        f"{audience}.")
    challenge = answer.headers["WWW-Authenticate"]
    assert f'authorization="https://{login}/' in challenge
    assert f'resource="https://{suffix}"' in challenge


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_a_vault_takes(emulator, cloud):
    _, suffix, _, _, app = CLOUDS[cloud]
    taken = [(f"https://{suffix}", "1.0"), (f"https://{suffix}", "2.0")]
    if app:
        taken.append((app, "2.0"))
    for audience, version in taken:
        answer = said_to(emulator, signed(emulator, audience, version), suffix)
        assert answer.status == 200, (audience, version, answer)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_a_vault_refuses(emulator, cloud, version):
    _, suffix, hsm, arm, app = CLOUDS[cloud]
    own = f"https://demo.{suffix}"
    refused = [f"https://{suffix}/", f"https://{suffix}//", f"http://{suffix}",
               f"HTTPS://{suffix}", f"https://{suffix.upper()}", suffix,
               f"https://{suffix}/.default", own, own + "/",
               f"https://{hsm}", "https://management.core.windows.net/",
               "https://graph.microsoft.com", GRAPH_APP, f"spn:{APP}",
               f"spn:{APP_USGOV}", f"spn:https://{suffix}", f"api://{APP}",
               APP.upper()]
    for other in CLOUDS.values():
        refused += [f"https://{host}{end}" for host in (other[1], other[3])
                    if host and host != suffix for end in ("", "/")]
        # By its application id in tokens of the other format only.
        if other[4] and (other[4] != app or version == "1.0"):
            refused.append(other[4])
    assert arm is None or f"https://{arm}/" in refused
    for audience in refused:
        check_refused(emulator, signed(emulator, audience, version), cloud,
                      audience)


def granted(emulator, login, path, **form):
    answer = emulator.call(
        "POST", login, f"/{emulator.env['AZURE_TENANT_ID']}{path}",
        "&".join(f"{name}={value}" for name, value in {
            "grant_type": "client_credentials",
            "client_id": emulator.env["AZURE_CLIENT_ID"],
            "client_secret": emulator.env["AZURE_CLIENT_SECRET"],
            **form}.items()).encode(),
        {"Content-Type": "application/x-www-form-urlencoded"})
    return answer


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_slash(emulator, cloud):
    """Entra gives a token for the resource with it, which no vault takes."""
    login, suffix, _, arm, _ = CLOUDS[cloud]
    slash = f"https://{suffix}/"
    for path, form in (("/oauth2/token", {"resource": slash}),
                       ("/oauth2/v2.0/token", {"scope": slash + "/.default"})):
        answer = granted(emulator, login, path, **form)
        assert answer.status == 200, answer
        check_refused(emulator, answer.json()["access_token"], cloud, slash)
    for path, form in (
            ("/oauth2/token", {"resource": slash[:-1]}),
            ("/oauth2/v2.0/token", {"scope": slash + ".default"})):
        answer = granted(emulator, login, path, **form)
        assert said_to(emulator, answer.json()["access_token"],
                       suffix).status == 200
    if arm:
        # The management plane's token, and its slash that does no harm there.
        answer = granted(emulator, login, "/oauth2/token",
                         resource=f"https://{arm}/")
        token = answer.json()["access_token"]
        check_refused(emulator, token, cloud, f"https://{arm}/")
        assert emulator.call(
            "GET", arm, "/subscriptions?api-version=2022-12-01",
            headers={"Authorization": f"Bearer {token}"}).status == 200


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_vaults_own_url_is_no_resource(emulator, cloud):
    login, suffix = CLOUDS[cloud][:2]
    for end in ("", "/"):
        answer = granted(emulator, login, "/oauth2/token",
                         resource=f"https://demo.{suffix}{end}")
        assert answer.status == 400
        assert "AADSTS500011" in answer.json()["error_description"]


# What akvfs asks for

@pytest.fixture(scope="module")
def server():
    with HostileServer() as made:
        yield made


def read_by(server, host, options="", **env):
    """Mount what is at @host, have it asked, and see what was sent."""
    server.forget()
    with Mount(server, options, source=f"https://{host}",
               env={"AZURE_TENANT_ID": TENANT, **env}) as mount:
        os.listdir(mount.path)
        if options != "arm=off":
            os.listxattr(mount.path)
    return list(server.seen)


def at_vault(seen, host, resource):
    """Each request there had the token for that resource, but for a probe."""
    asked = [request for request in seen if request.host == host]
    assert asked
    for request in asked:
        assert request.sni == host
        assert request.headers["authorization"] == (
            "Bearer " + token_of(resource))


def asked_of(seen, login, path):
    """The forms that were sent to a token endpoint, by resource or scope."""
    asked = [request for request in seen
             if request.path.endswith(("/token", "/authorize"))]
    assert asked
    for request in asked:
        assert (request.host, request.sni) == (login, login)
        assert request.path == f"/{TENANT}{path}"
    return [request.form() for request in asked]


HOSTS = [pytest.param(cloud, hsm, id=cloud + ("-hsm" if hsm else ""))
         for cloud in CLOUDS for hsm in (False, True)]


def place(cloud, hsm):
    login, vault, pool, arm, _ = CLOUDS[cloud]
    suffix = pool if hsm else vault
    return login, f"demo.{suffix}", f"https://{suffix}", arm


@pytest.mark.parametrize("cloud, hsm", HOSTS)
def test_scope(server, cloud, hsm):
    """The v2 endpoint: the resource, a slash, ".default"; of ARM, too."""
    login, host, resource, arm = place(cloud, hsm)
    seen = read_by(server, host)
    forms = asked_of(seen, login, "/oauth2/v2.0/token")
    scopes = [form["scope"] for form in forms]
    assert all("resource" not in form for form in forms)
    assert scopes[0] == f"{resource}/.default"
    assert set(scopes[1:]) <= {f"https://{arm}/.default"}
    if not hsm:
        assert bool(arm) == bool(scopes[1:])
    at_vault(seen, host, resource)
    for request in seen:
        if request.host == arm:
            assert request.headers["authorization"] == (
                "Bearer " + token_of(f"https://{arm}"))


@pytest.mark.parametrize("cloud, hsm", HOSTS)
def test_resource(server, cloud, hsm):
    """The v1 endpoint: the resource, and no slash."""
    login, host, resource, _ = place(cloud, hsm)
    seen = read_by(server, host, "token_v1=on,arm=off")
    forms = asked_of(seen, login, "/oauth2/token")
    assert {form["resource"] for form in forms} == {resource}
    assert all("scope" not in form for form in forms)
    at_vault(seen, host, resource)


def managed(resource):
    """App Service's endpoint, which gives a token for that resource."""
    return http(json.dumps({
        "access_token": token_of(resource), "token_type": "Bearer",
        "resource": resource, "expires_on": str(int(time.time()) + 3600)}))


@pytest.mark.parametrize("cloud, hsm", HOSTS)
def test_managed_identity(server, cloud, hsm):
    _, host, resource, _ = place(cloud, hsm)
    with Witness(managed(resource)) as endpoint:
        seen = read_by(server, host, "auth=managed,arm=off",
                       AZURE_CLIENT_ID=None, AZURE_CLIENT_SECRET=None,
                       IDENTITY_ENDPOINT=endpoint.url + "/msi/token",
                       IDENTITY_HEADER="the header")
        escaped = resource.replace(":", "%3A").replace("/", "%2F")
        assert endpoint.conversations()
        for said in endpoint.conversations():
            target = said.split(b" ", 2)[1].decode()
            assert target == (
                f"/msi/token?api-version=2019-08-01&resource={escaped}")
    assert {request.host for request in seen} == {host}
    at_vault(seen, host, resource)


def tool(folder, name, text):
    """A program that notes its arguments and prints @text."""
    file = folder / name
    file.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" "
                    f">{folder}/arguments\ncat <<'END'\n{text}\nEND\n")
    file.chmod(0o755)


@pytest.mark.parametrize("cloud, hsm", HOSTS)
def test_tools(server, tmp_path, cloud, hsm):
    """az takes a resource, azd a scope."""
    _, host, resource, _ = place(cloud, hsm)
    end_s = int(time.time()) + 3600
    for name, auth, said, option, asked in (
            ("az", "cli", {"accessToken": token_of(resource),
                           "tokenType": "Bearer", "expires_on": end_s},
             "--resource", resource),
            ("azd", "azd", {"token": token_of(resource), "expiresOn":
                            time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                          time.gmtime(end_s))},
             "--scope", f"{resource}/.default")):
        tool(tmp_path, name, json.dumps(said))
        seen = read_by(server, host, f"auth={auth},arm=off",
                       AZURE_CLIENT_ID=None, AZURE_CLIENT_SECRET=None,
                       PATH=f"{tmp_path}:{os.environ['PATH']}")
        arguments = (tmp_path / "arguments").read_text().splitlines()
        assert arguments[arguments.index(option) + 1] == asked
        assert {request.host for request in seen} == {host}
        at_vault(seen, host, resource)


# A cloud that is in no table

CUSTOM = ("vault_suffix=vault.example.org,resource=https://vault.example.org,"
          "authority=https://login.example.org")


@pytest.mark.parametrize("options, path, name, value", [
    ("", "/oauth2/v2.0/token", "scope", "https://vault.example.org/.default"),
    ("token_v1=on,", "/oauth2/token", "resource", "https://vault.example.org"),
], ids=["scope", "resource"])
def test_a_cloud_that_is_stated(server, options, path, name, value):
    host = "demo.vault.example.org"
    seen = read_by(server, host, options + CUSTOM)
    assert [form[name] for form in asked_of(
        seen, "login.example.org", path)] == [value]
    at_vault(seen, host, "https://vault.example.org")
    assert {request.host for request in seen} == {host, "login.example.org"}


@pytest.mark.parametrize("options, said", [
    ("resource=https://vault.azure.net/", "ends in '/'"),
    ("resource=https://vault.azure.net/.default", "is a scope"),
    (CUSTOM.partition(",")[0], "needs resource= and authority="),
    (CUSTOM.replace("https://vault.example.org", "https://vault.azure.net"),
     "must not go to these"),
    (CUSTOM + "/evil", "without a path"),
    ("authority=http://login.microsoftonline.com", "expected https://"),
    ("authority=login.microsoftonline.com", "expected https://"),
    (CUSTOM, "not below vault_suffix="),
    (CUSTOM + ",cloud=public", "leave one of them out"),
    (CUSTOM.replace("suffix=vault.example.org", "suffix=azure.net"),
     'is the cloud "public"'),
])
def test_options_that_would_send_a_token_astray(server, options, said):
    """Refused in a sentence, and nobody is asked for anything."""
    server.forget()
    source = "https://demo.vault.azure.net"
    if "/evil" in options:
        source = "https://demo.vault.example.org"
    mount = Mount(server, options, source=source)
    try:
        done = mount.attempt()
    finally:
        mount.clear()
    text = done.stderr.decode()
    assert done.returncode == 1, text
    assert said in text and text.count("\n") == 1
    assert server.received() == []
