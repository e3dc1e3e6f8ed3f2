# SPDX-License-Identifier: MIT
"""Attempts to get a token, a client secret or an assertion, by name.

Each is a function of a Stage (test_token_attacks.py), whose server says what
the attack says; it makes mounts and uses them. Who wins or loses is judged
there, the same way for all: by what each host has received.
"""

import base64
import contextlib
import json
import os

from hostile_server import (LOGIN_HOST, TENANT, VAULT_HOST, http,
                            token_answer, token_of)

VERSION = "0123456789abcdef0123456789abcdef"
VAULT = f"https://{VAULT_HOST}"
RESOURCE = "https://vault.azure.net"
ARM = "https://management.azure.com"
ARM_HOST, GRAPH_HOST = "management.azure.com", "graph.microsoft.com"
EVIL = "https://evil.example"
FOREIGN = "203.0.113.66"
METADATA = "169.254.169.254"
TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"
SUBSCRIPTION = "12345678-1234-4234-8234-123456789abc"
VAULT_ID = (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/"
            "Microsoft.KeyVault/vaults/demo")
QUERY_PATH = "/providers/Microsoft.ResourceGraph/resources"
ROLES_PATH = (VAULT_ID + "/providers/Microsoft.Authorization/roleAssignments")
NAMES_PATH = "/v1.0/directoryObjects/getByIds"
PERSON = "abcdefab-1234-4234-8234-123456789abc"
STATUSES = ("301 Moved", "302 Found", "303 See Other", "307 Temporary",
            "308 Permanent")
GOOD = (f'Bearer authorization="https://{LOGIN_HOST}/{TENANT}", '
        f'resource="{RESOURCE}"')
WITHOUT_SECRET = {"AZURE_CLIENT_SECRET": None, "AZURE_CLIENT_ID": None}

ATTACKS = {}


def attack(name):
    def add(play):
        assert name not in ATTACKS
        ATTACKS[name] = play
        return play
    return add


# What is said

def secret(name="a", identity=None, **more):
    return json.dumps({
        "value": "ok", "id": identity or f"{VAULT}/secrets/{name}/{VERSION}",
        "attributes": {"enabled": True, "created": 1700000000,
                       "updated": 1700000000}, **more})


def page(link):
    return http(json.dumps({"value": [], "nextLink": link}))


def redirect(status, location):
    return http(status=status, headers=[f"Location: {location}"])


def unauthorized(*challenges, body=""):
    return http(body, "401 Unauthorized", [
        f"WWW-Authenticate: {text}" for text in challenges])


def without_token(reply, otherwise):
    """@reply to who has no token yet."""
    def answer(_, request):
        return otherwise if "authorization" in request.headers else reply
    return answer


EMPTY = http('{"value":[],"nextLink":null}')


def read(mount):
    """Read one secret, one key and a list, whatever becomes of it."""
    for look in (lambda: mount.read("a"),
                 lambda: os.listdir(mount.path / "secrets")):
        with contextlib.suppress(OSError):
            look()


def look_at_root(mount):
    for name in os.listxattr(mount.path):
        os.getxattr(mount.path, name)


# Redirects: from the vault, from where one signs in

for _status in STATUSES:
    @attack(f"redirect-{_status[:3]}-by-vault")
    def _play(stage, status=_status):
        stage.server.answer("/secrets/a", redirect(
            status, f"{EVIL}/secrets/a?api-version=7.4"))
        stage.mount(read)

    @attack(f"redirect-{_status[:3]}-by-authority")
    def _play(stage, status=_status):
        stage.server.answer(TOKEN_PATH, redirect(
            status, f"{EVIL}/{TENANT}/oauth2/v2.0/token"))
        stage.mount()

    @attack(f"redirect-{_status[:3]}-by-arm")
    def _play(stage, status=_status):
        stage.server.answer(QUERY_PATH, redirect(status, EVIL + QUERY_PATH))
        stage.server.answer("/subscriptions", redirect(
            status, EVIL + "/subscriptions"))
        stage.mount(look_at_root)
        stage.must_meet(ARM_HOST)

    @attack(f"redirect-{_status[:3]}-by-metadata")
    def _play(stage, status=_status):
        stage.metadata(redirect(status, f"http://{FOREIGN}/metadata"))
        stage.mount(options="auth=managed", env=WITHOUT_SECRET)

    @attack(f"redirect-{_status[:3]}-by-app-service")
    def _play(stage, status=_status):
        stage.mount(options="auth=managed", env={
            **WITHOUT_SECRET, **stage.app_service(redirect(
                status, f"http://{FOREIGN}/msi/token"))})

for _status in STATUSES[3:]:
    @attack(f"redirect-{_status[:3]}-with-assertion")
    def _play(stage, status=_status):
        """These two would have the form sent again, the assertion in it."""
        stage.server.answer(TOKEN_PATH, redirect(
            status, f"{EVIL}/{TENANT}/oauth2/v2.0/token"))
        stage.mount(options="auth=workload", env=stage.workload())
        stage.must_meet(LOGIN_HOST)

for _name, _place in {
        "port": f"https://{VAULT_HOST}:8443/secrets/a",
        "clear": f"http://{VAULT_HOST}/secrets/a",
        "other-vault": "https://evil.vault.azure.net/secrets/a",
        "userinfo": f"https://{VAULT_HOST}@evil.example/secrets/a",
        "no-scheme": "//evil.example/secrets/a",
        "authority": f"https://{LOGIN_HOST}/secrets/a"}.items():
    @attack(f"redirect-to-{_name}")
    def _play(stage, location=_place):
        stage.server.answer("/secrets/a", redirect("307 Temporary", location))
        stage.mount(read)

for _name, _reply in {
        "location-on-200": http(secret(), headers=[
            f"Location: {EVIL}/secrets/a"]),
        "location-on-401": http(status="401 Unauthorized", headers=[
            f"Location: {EVIL}/secrets/a", f"WWW-Authenticate: {GOOD}"]),
        "location-on-202": http(secret(), status="202 Accepted", headers=[
            f"Location: {EVIL}/secrets/a", f"Operation-Location: {EVIL}/o",
            f"Azure-AsyncOperation: {EVIL}/o", "Retry-After: 0"]),
        "location-on-429": http(status="429 Too Many", headers=[
            f"Location: {EVIL}/secrets/a", "Retry-After: 0"]),
        "refresh-header": http(secret(), headers=[
            f"Refresh: 0; url={EVIL}/secrets/a"]),
        "link-header": http(secret(), headers=[
            f'Link: <{EVIL}/secrets/a>; rel="next"']),
        "content-location": http(secret(), headers=[
            f"Content-Location: {EVIL}/secrets/a"]),
        "alt-svc": http(secret(), headers=[
            'Alt-Svc: h2="evil.example:443", h3="evil.example:443"'])}.items():
    @attack(_name)
    def _play(stage, reply=_reply):
        stage.server.answer("/secrets/a", reply)

        def look(mount):
            read(mount)
            read(mount)
        stage.mount(look, options="ttl=0,negative_ttl=0")


# Links to the next page

for _name, _link in {
        "host": f"{EVIL}/secrets?n=1",
        "suffix": f"{VAULT}.evil.example/secrets?n=1",
        "prefix": f"https://evil{VAULT_HOST}/secrets?n=1",
        "lookalike": "https://evilvault.azure.net/secrets?n=1",
        "parent": f"{RESOURCE}/secrets?n=1",
        "other-vault": "https://evil.vault.azure.net/secrets?n=1",
        "port": f"{VAULT}:8443/secrets?n=1",
        "port-0": f"{VAULT}:0/secrets?n=1",
        "clear": f"http://{VAULT_HOST}/secrets?n=1",
        "clear-443": f"http://{VAULT_HOST}:443/secrets?n=1",
        "websocket": f"wss://{VAULT_HOST}/secrets?n=1",
        "ftp": f"ftp://{VAULT_HOST}/secrets?n=1",
        "gopher": "gopher://evil.example/secrets?n=1",
        "userinfo": f"https://{VAULT_HOST}@evil.example/secrets?n=1",
        "user": f"https://user:word@{VAULT_HOST}/secrets?n=1",
        "two-at": f"https://{VAULT_HOST}@{VAULT_HOST}@evil.example/secrets",
        "backslash": f"https://evil.example\\@{VAULT_HOST}/secrets?n=1",
        "backslashes": f"https:\\\\evil.example\\secrets?n=1&x={VAULT_HOST}",
        "fragment": f"{EVIL}#@{VAULT_HOST}/secrets?n=1",
        "question": f"{EVIL}?@{VAULT_HOST}/secrets?n=1",
        "tab": f"{VAULT}\t.evil.example/secrets?n=1",
        "newline": f"{VAULT}\n.evil.example/secrets?n=1",
        "blank": f"{VAULT} .evil.example/secrets?n=1",
        "nul": f"{VAULT}\0.evil.example/secrets?n=1",
        "upper-case": f"{VAULT}.EVIL.EXAMPLE/secrets?n=1".upper(),
        "escaped-dot": f"{VAULT}%2eevil.example/secrets?n=1",
        "escaped-slash": f"{VAULT}%2f.evil.example/secrets?n=1",
        "escaped-at": f"{VAULT}%40evil.example/secrets?n=1",
        "wide-dot": f"{VAULT}\u3002evil.example/secrets?n=1",
        "cyrillic": "https://demo.vault.azur\u0435.net/secrets?n=1",
        "punycode": "https://demo.vault.xn--azur-f5d.net/secrets?n=1",
        "no-scheme": "//evil.example/secrets?n=1",
        "one-slash": "https:/evil.example/secrets?n=1",
        "no-slash": "https:evil.example/secrets?n=1",
        "address": "https://127.0.0.1/secrets?n=1",
        "number": "https://2130706433/secrets?n=1",
        "v6": "https://[::1]/secrets?n=1",
        "path-of-host": f"/{VAULT_HOST}@evil.example/secrets?n=1",
        "dots": f"{VAULT}/secrets/../../evil.example?n=1"}.items():
    @attack(f"next-link-{_name}")
    def _play(stage, link=_link):
        stage.on_shared("/secrets", page(link), lambda mount: os.listdir(
            mount.path / "secrets"))
        assert not any("n=1" in request.target.lower()
                       for request in stage.server.seen)


# Challenges, to who has no token and to who has one

CHALLENGES = {
    "host": [f'Bearer authorization="{EVIL}/{TENANT}", '
             f'resource="{RESOURCE}"'],
    "host-by-uri": [f'Bearer authorization_uri="{EVIL}/{TENANT}", '
                    f'resource="{RESOURCE}"'],
    "suffix": [f'Bearer authorization="https://{LOGIN_HOST}.evil.example/'
               f'{TENANT}", resource="{RESOURCE}"'],
    "userinfo": [f'Bearer authorization="https://{LOGIN_HOST}@evil.example/'
                 f'{TENANT}", resource="{RESOURCE}"'],
    "port": [f'Bearer authorization="https://{LOGIN_HOST}:8443/{TENANT}", '
             f'resource="{RESOURCE}"'],
    "clear": [f'Bearer authorization="http://{LOGIN_HOST}/{TENANT}", '
              f'resource="{RESOURCE}"'],
    "common": [f'Bearer authorization="{EVIL}/common", '
               f'resource="{RESOURCE}"'],
    "tenant-leads-on": [f'Bearer authorization="https://{LOGIN_HOST}/'
                        f'..%2f..%2fevil.example", resource="{RESOURCE}"'],
    "tenant-with-at": [f'Bearer authorization="https://{LOGIN_HOST}/'
                       f'@evil.example", resource="{RESOURCE}"'],
    "resource-arm": [f'Bearer authorization="https://{LOGIN_HOST}/{TENANT}", '
                     f'resource="{ARM}"'],
    "resource-foreign": [f'Bearer authorization="https://{LOGIN_HOST}/'
                         f'{TENANT}", resource="{EVIL}"'],
    "resource-lookalike": [f'Bearer authorization="https://{LOGIN_HOST}/'
                           f'{TENANT}", resource="https://evilvault.azure.net"'
                           ],
    "resource-parent": [f'Bearer authorization="https://{LOGIN_HOST}/'
                        f'{TENANT}", resource="https://azure.net"'],
    "scope-arm": [f'Bearer authorization="https://{LOGIN_HOST}/{TENANT}", '
                  f'scope="{ARM}/.default"'],
    "scope-against-resource": [
        f'Bearer authorization="https://{LOGIN_HOST}/{TENANT}", '
        f'resource="{RESOURCE}", scope="{ARM}/.default"'],
    "resource-twice": [f'Bearer authorization="https://{LOGIN_HOST}/{TENANT}",'
                       f' resource="{RESOURCE}", resource="{ARM}"'],
    "two-in-one": [f'Bearer authorization="{EVIL}/{TENANT}", resource="{EVIL}"'
                   f', {GOOD}'],
    "two-headers": [f'Bearer authorization="{EVIL}/{TENANT}", '
                    f'resource="{ARM}"', GOOD],
    "good-then-evil": [GOOD, f'Bearer authorization="{EVIL}/{TENANT}", '
                             f'resource="{ARM}"'],
    "other-schemes": ['Basic realm="x"', "NTLM", "Negotiate",
                      f'Digest realm="x", nonce="y", domain="{EVIL}"'],
    "pop": [GOOD.replace("Bearer", "PoP"),
            f'PoP authorization="{EVIL}/{TENANT}"'],
    "giant": [f'Bearer authorization="{EVIL}/{TENANT}{"x" * 30000}", '
              f'resource="{RESOURCE}"'],
    "many": [f'Bearer authorization="{EVIL}/{TENANT}"'] * 50,
    "quotes": ['Bearer authorization="' + f'https://{LOGIN_HOST}/\\"'
               f'{EVIL}/{TENANT}", resource="{RESOURCE}"'],
}

for _name, _headers in CHALLENGES.items():
    @attack(f"challenge-{_name}")
    def _play(stage, headers=_headers):
        """First to who asks whose the vault is, then to who has a token."""
        server = stage.server
        server.answer("/secrets", without_token(unauthorized(*headers), EMPTY))
        stage.mount(read, env={"AZURE_TENANT_ID": None})
        server.answer("/secrets", without_token(unauthorized(GOOD), EMPTY))
        server.answer("/secrets/a", unauthorized(*headers))
        stage.mount(read, env={"AZURE_TENANT_ID": None})
        stage.must_meet(LOGIN_HOST)


def claims(authority, text='{"access_token":{"nbf":{"essential":true}}}'):
    encoded = base64.b64encode(text.encode()).decode()
    return (f'Bearer realm="", authorization_uri="{authority}/common/oauth2/'
            f'authorize", error="insufficient_claims", claims="{encoded}"')


@attack("claims-twice")
def _play(stage):
    """The second time they are not answered, and no other host is, ever."""
    stage.server.answer("/secrets/a", unauthorized(claims(EVIL)))
    stage.mount(read)
    asked = [request for request in stage.server.seen
             if b"&claims=" in request.body]
    assert len(asked) == 1 and asked[0].host == LOGIN_HOST


@attack("claims-that-add-fields")
def _play(stage):
    """What is in them stays in one field of the form."""
    stage.server.answer("/secrets/a", unauthorized(claims(
        EVIL, json.dumps({"a": f"&scope={ARM}/.default&resource={ARM}"}))))
    stage.mount(read)
    asked = [request for request in stage.server.seen
             if b"&claims=" in request.body]
    assert len(asked) == 1
    assert asked[0].form()["scope"] == f"{RESOURCE}/.default"
    assert b"resource=" not in asked[0].body


@attack("claims-that-are-none")
def _play(stage):
    stage.server.answer("/secrets/a", unauthorized(
        claims(EVIL, "no json"), f'Bearer claims="{EVIL}", '
        'error="insufficient_claims"'))
    stage.mount(read)
    assert not any(b"claims" in request.body for request in stage.server.seen)


# What the authority says

for _name, _more in {
        "resource": {"resource": EVIL}, "scope": {"scope": f"{EVIL}/.default"},
        "token-type": {"token_type": f"Bearer {EVIL}"},
        "endpoints": {"token_endpoint": f"{EVIL}/token", "iss": EVIL,
                      "cloud_instance_host_name": "evil.example",
                      "refresh_url": f"{EVIL}/token"},
        "refresh": {"refresh_token": "x" * 40, "refresh_in": 1,
                    "foci": EVIL}}.items():
    @attack(f"token-answer-{_name}")
    def _play(stage, more=_more):
        stage.server.answer(TOKEN_PATH, http(json.dumps({
            "token_type": "Bearer", "expires_in": 3599,
            "access_token": token_of(RESOURCE), **more})))
        stage.mount(read)

for _name, _reply in {
        "error-uri": http(json.dumps({
            "error": "invalid_client", "error_uri": f"{EVIL}/error?code=1",
            "error_description": f"AADSTS7000215: see {EVIL}/fix"}),
            "401 Unauthorized"),
        "challenge-by-authority": unauthorized(
            f'Bearer authorization="{EVIL}/{TENANT}"', 'Basic realm="x"'),
        "proxy-auth-by-authority": http(
            status="407 Proxy Authentication Required",
            headers=['Proxy-Authenticate: Basic realm="x"']),
        "other-instance": http(json.dumps({
            "error": "invalid_request", "error_description":
                "AADSTS900432: sign in at https://login.evil.example/",
            "suberror": EVIL}), "400 Bad Request")}.items():
    @attack(_name)
    def _play(stage, reply=_reply):
        stage.server.answer(TOKEN_PATH, reply)
        stage.mount()


# Ids that are URLs

for _name, _host in {"host": EVIL, "vault": "https://evil.vault.azure.net",
                     "clear": f"http://{VAULT_HOST}"}.items():
    @attack(f"id-of-{_name}")
    def _play(stage, host=_host):
        stage.server.answer("/secrets/a", http(secret(
            identity=f"{host}/secrets/a/{VERSION}")))
        stage.mount(read)

    @attack(f"kid-and-sid-of-{_name}")
    def _play(stage, host=_host):
        """Of a certificate: its key and its secret are asked for by name."""
        stage.server.answer("/certificates/c", http(json.dumps({
            "id": f"{VAULT}/certificates/c/{VERSION}", "cer": "MAA=",
            "kid": f"{host}/keys/c/{VERSION}",
            "sid": f"{host}/secrets/c/{VERSION}",
            "attributes": {"enabled": True}, "contentType": "x"})))

        def look(mount):
            folder = mount.path / "certificates" / "c"
            for name in ("privkey.pem", "fullchain.pem", "cert.pem",
                         "certificate.json"):
                with contextlib.suppress(OSError):
                    (folder / name).read_bytes()
        stage.mount(look)


@attack("recovery-id")
def _play(stage):
    stage.server.answer("/deletedsecrets/a", http(json.dumps({
        "recoveryId": f"{EVIL}/deletedsecrets/a",
        "id": f"{VAULT}/secrets/a/{VERSION}", "deletedDate": 1700000000,
        "scheduledPurgeDate": 1800000000, "attributes": {"enabled": True}})))

    def look(mount):
        with contextlib.suppress(OSError):
            (mount.path / ".deleted" / "secrets" / "a").read_bytes()
    stage.mount(look)


# The management plane

def managed_vault(**properties):
    return http(json.dumps({
        "id": VAULT_ID, "name": "demo", "location": "westeurope",
        "type": "Microsoft.KeyVault/vaults", "properties": {
            "tenantId": TENANT, "vaultUri": VAULT + "/",
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [{"tenantId": TENANT, "objectId": PERSON,
                                "permissions": {"secrets": ["get"]}}],
            **properties}}))


def found(**more):
    return http(json.dumps({"data": [{
        "id": VAULT_ID, "properties_vaultUri": VAULT + "/", **more}]}))


def good_plane(server):
    server.answer(QUERY_PATH, found())
    server.answer(VAULT_ID, managed_vault())
    server.answer(ROLES_PATH, http('{"value":[]}'))
    server.answer(NAMES_PATH, http(json.dumps({"value": [
        {"id": PERSON, "displayName": "Ada"}]})))


for _name, _replies in {
        "query-names-other-vault": {QUERY_PATH: found(
            id=VAULT_ID.replace("demo", "evil"),
            properties_vaultUri="https://evil.vault.azure.net/")},
        "query-names-other-host": {QUERY_PATH: found(
            properties_vaultUri=EVIL + "/")},
        "query-id-is-url": {QUERY_PATH: found(id=EVIL + VAULT_ID)},
        "query-id-leads-on": {QUERY_PATH: found(
            id=f"//evil.example{VAULT_ID}")},
        "vault-at-other-host": {VAULT_ID: managed_vault(
            vaultUri=EVIL, hsmPoolResourceId=EVIL, tenantId=PERSON)},
        "vault-with-next-link": {VAULT_ID: http(json.dumps({
            "id": VAULT_ID, "nextLink": EVIL, "properties": {}}), headers=[
                f"Location: {EVIL}", f"Azure-AsyncOperation: {EVIL}"])},
        "resources-next-link": {
            QUERY_PATH: http('{"data":[]}'),
            "/subscriptions": http(json.dumps({"value": [
                {"subscriptionId": SUBSCRIPTION}],
                "nextLink": f"{EVIL}/subscriptions?n=1"})),
            f"/subscriptions/{SUBSCRIPTION}/resources": page(
                f"{EVIL}/subscriptions/{SUBSCRIPTION}/resources?n=1")},
        "resources-next-link-to-vault": {
            QUERY_PATH: http('{"data":[]}'),
            "/subscriptions": http(json.dumps({"value": [
                {"subscriptionId": SUBSCRIPTION}]})),
            f"/subscriptions/{SUBSCRIPTION}/resources": page(
                f"{VAULT}/subscriptions/{SUBSCRIPTION}/resources?n=1")},
        "subscription-is-url": {
            QUERY_PATH: http('{"data":[]}'),
            "/subscriptions": http(json.dumps({"value": [
                {"subscriptionId": f"@evil.example/{SUBSCRIPTION}"}]}))},
        "challenge-by-arm": {QUERY_PATH: unauthorized(
            f'Bearer authorization_uri="{EVIL}/{PERSON}", '
            'error="invalid_token"')},
        "claims-by-arm": {QUERY_PATH: unauthorized(claims(EVIL))},
        "roles-next-link": {ROLES_PATH: page(f"{EVIL}{ROLES_PATH}?n=1")},
        "names-next-link": {NAMES_PATH: http(json.dumps({
            "value": [{"id": PERSON, "displayName": "Ada"}],
            "@odata.nextLink": f"{EVIL}/v1.0/users?n=1"}))},
        "redirect-by-graph": {NAMES_PATH: redirect(
            "307 Temporary", EVIL + NAMES_PATH)}}.items():
    @attack(f"arm-{_name}")
    def _play(stage, replies=_replies):
        good_plane(stage.server)
        for path, reply in replies.items():
            stage.server.answer(path, reply)
        stage.mount(look_at_root)
        stage.must_meet(ARM_HOST)
        assert not any("n=1" in request.target
                       for request in stage.server.seen)


# Proxies

def managed_token():
    return http(json.dumps({
        "access_token": token_of(RESOURCE), "token_type": "Bearer",
        "expires_in": "3599", "expires_on": "4000000000",
        "resource": RESOURCE}))


for _name, _reply in {
        "refuses": http(status="403 Forbidden"),
        "asks-who": http(status="407 Proxy Authentication Required", headers=[
            'Proxy-Authenticate: Basic realm="x"']),
        "redirects": redirect("302 Found", EVIL),
        "answers-itself": b"HTTP/1.1 200 Connection established\r\n\r\n"
                          + token_answer(),
        "hangs-up": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        "is-no-proxy": http(f'{{"access_token":"{token_of(EVIL)}"}}'),
        }.items():
    @attack(f"proxy-{_name}")
    def _play(stage, reply=_reply):
        proxy = stage.witness(reply)
        stage.mount(read, env={"HTTPS_PROXY": proxy.url.replace(
            "://", "://user:the-word-of-the-proxy@")})
        assert proxy.conversations()
        for said in proxy.conversations():
            asked, _, inside = said.partition(b"\r\n\r\n")
            # It is asked for a tunnel, and nothing in clear goes in there.
            assert asked.startswith(b"CONNECT ") and b"HTTP/" not in inside


@attack("proxy-in-the-middle")
def _play(stage):
    """It takes the connection over, with a certificate that nobody trusts."""
    proxy = stage.interceptor()
    stage.mount(read, env={"HTTPS_PROXY": proxy.url})
    assert b"CONNECT " in proxy.heard()


@attack("proxy-by-socks")
def _play(stage):
    proxy = stage.witness(None)
    stage.mount(read, options="timeout=1s", env={
        "ALL_PROXY": proxy.url.replace("http://", "socks5h://user:word@")})


@attack("proxy-by-http-proxy")
def _play(stage):
    """That is for what goes in clear, and nothing does."""
    proxy = stage.witness(http(status="403 Forbidden"))
    stage.mount(read, env={"http_proxy": proxy.url, "HTTP_PROXY": proxy.url,
                           "ftp_proxy": proxy.url})
    assert proxy.heard() == b""
    stage.must_meet(VAULT_HOST)


@attack("proxy-for-metadata")
def _play(stage):
    """The metadata service is asked directly, whatever proxies there are."""
    service = stage.metadata(managed_token())
    stage.mount(options="auth=managed", env={**WITHOUT_SECRET, **{
        name: f"http://{FOREIGN}" for name in (
            "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY",
            "https_proxy", "HTTPS_PROXY")}})
    assert b"Metadata: true" in service.heard()


@attack("proxy-for-app-service")
def _play(stage):
    there = stage.app_service(managed_token())
    stage.mount(read, options="auth=managed", env={
        **WITHOUT_SECRET, **there, "http_proxy": f"http://{FOREIGN}",
        "HTTP_PROXY": f"http://{FOREIGN}", "no_proxy": ""})
    stage.must_meet(VAULT_HOST)


# The environment

for _name, _value in {
        "clear": f"http://{LOGIN_HOST}", "path": f"https://{LOGIN_HOST}/evil",
        "userinfo": f"https://{LOGIN_HOST}@evil.example",
        "user": f"https://user:word@{LOGIN_HOST}",
        "query": f"https://{LOGIN_HOST}?x=evil.example",
        "fragment": f"https://evil.example#{LOGIN_HOST}",
        "backslash": f"https://evil.example\\@{LOGIN_HOST}",
        "ftp": f"ftp://{LOGIN_HOST}", "nothing": "evil.example",
        "line-end": f"https://{LOGIN_HOST}\nauthority=https://evil.example",
        }.items():
    @attack(f"authority-host-{_name}")
    def _play(stage, value=_value):
        stage.mount(read, env={"AZURE_AUTHORITY_HOST": value})
        assert stage.ended == 1, stage.ended
        assert not stage.server.seen


for _name, _variables in {
        "identity-endpoint": {"IDENTITY_ENDPOINT": f"http://{FOREIGN}/msi",
                              "IDENTITY_HEADER": "HEADER"},
        "identity-endpoint-userinfo": {
            "IDENTITY_ENDPOINT": f"http://127.0.0.1@{FOREIGN}/msi",
            "IDENTITY_HEADER": "HEADER"},
        "identity-endpoint-backslash": {
            "IDENTITY_ENDPOINT": f"http://{FOREIGN}\\@127.0.0.1/msi",
            "IDENTITY_HEADER": "HEADER"},
        "identity-endpoint-query": {
            "IDENTITY_ENDPOINT": f"http://127.0.0.1/?x=http://{FOREIGN}",
            "IDENTITY_HEADER": "HEADER"},
        "identity-endpoint-name": {
            "IDENTITY_ENDPOINT": "http://127.0.0.1.evil.example/msi",
            "IDENTITY_HEADER": "HEADER"},
        "msi-endpoint": {"MSI_ENDPOINT": f"http://{FOREIGN}/msi",
                         "MSI_SECRET": "HEADER"},
        "msi-endpoint-of-shell": {"MSI_ENDPOINT": f"http://{FOREIGN}/msi"},
        "service-fabric-in-clear": {
            "IDENTITY_ENDPOINT": f"http://{FOREIGN}/msi",
            "IDENTITY_HEADER": "HEADER",
            "IDENTITY_SERVER_THUMBPRINT": "ab" * 20},
        "arc-endpoint": {"IDENTITY_ENDPOINT": f"http://{FOREIGN}/arc",
                         "IMDS_ENDPOINT": f"http://{FOREIGN}"},
        "arc-endpoint-tls": {"IDENTITY_ENDPOINT": f"https://{FOREIGN}/arc",
                             "IMDS_ENDPOINT": f"https://{FOREIGN}"},
        "arc-endpoint-private": {"IDENTITY_ENDPOINT": "http://10.0.0.66/arc",
                                 "IMDS_ENDPOINT": "http://10.0.0.66"},
        "pod-identity-host": {
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://{FOREIGN}"},
        }.items():
    @attack(_name)
    def _play(stage, variables=_variables):
        stage.mount(options="auth=managed", env={
            **WITHOUT_SECRET, **{
                name: stage.header if value == "HEADER" else value
                for name, value in variables.items()}})
        assert stage.ended == 2, stage.ended


@attack("pipelines-endpoint-in-clear")
def _play(stage):
    stage.mount(options=f"auth=pipelines,service_connection={PERSON}", env={
        "AZURE_CLIENT_SECRET": None, "SYSTEM_ACCESSTOKEN": stage.header,
        "SYSTEM_OIDCREQUESTURI": f"http://{FOREIGN}/oidc"})
    assert stage.ended == 2


@attack("service-fabric-other-certificate")
def _play(stage):
    """Its certificate is good, and not the one that was named."""
    address = f"{stage.server.address}:{stage.server.port}"
    stage.mount(options="auth=managed", env={
        **WITHOUT_SECRET, "IDENTITY_HEADER": stage.header,
        "IDENTITY_ENDPOINT": f"https://{address}/metadata",
        "IDENTITY_SERVER_THUMBPRINT": "ab" * 20})
    assert stage.ended in (2, 3), stage.ended
    assert not stage.server.seen


for _name, _realm in {
        "of-the-system": "/etc/ssl/private/evil.key",
        "above": "/var/opt/azcmagent/tokens/../../../../etc/evil.key",
        "relative": "evil.key", "no-key": "/var/opt/azcmagent/tokens/a",
        "url": f"http://{FOREIGN}/evil.key"}.items():
    @attack(f"arc-key-{_name}")
    def _play(stage, realm=_realm):
        """Who answers on this machine wants a file read, and sent to it."""
        agent = stage.witness(unauthorized(f"Basic realm={realm}"))
        stage.mount(options="auth=managed", env={
            **WITHOUT_SECRET, "IDENTITY_ENDPOINT": agent.url + "/arc",
            "IMDS_ENDPOINT": agent.url})
        assert stage.ended in (2, 3), stage.shown
        assert b"/arc?" in agent.heard(), agent.heard()
        assert b"Authorization" not in agent.heard()


@attack("keys-of-tls-to-a-file")
def _play(stage):
    path = stage.directory / "keys"
    stage.mount(read, env={"SSLKEYLOGFILE": str(path)})
    stage.must_meet(VAULT_HOST)
    assert not path.exists()


for _name in ("CURL_CA_BUNDLE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
              "SSL_CERT_FILE"):
    @attack(f"other-roots-by-{_name.lower().replace('_', '-')}")
    def _play(stage, name=_name):
        """The vault's certificate is of an authority that only they trust."""
        stage.server.present("unknown-authority")
        value = stage.server.directory / "other-ca.pem"
        stage.mount(read, env={name: str(
            value.parent if name == "SSL_CERT_DIR" else value)})
        stage.server.present("good")
        assert not stage.server.seen_at(token_of(RESOURCE).encode())


@attack("netrc-and-curlrc")
def _play(stage):
    for name, text in ((".netrc", f"machine {VAULT_HOST} login a password b\n"),
                       (".curlrc", 'proxy = "evil.example"\nlocation\n')):
        (stage.directory / name).write_text(text)
    stage.mount(read, env={"HOME": str(stage.directory), "CURL_HOME": str(
        stage.directory), "NETRC": str(stage.directory / ".netrc")})
    stage.must_meet(VAULT_HOST)
    assert not any("basic" in request.headers.get("authorization", "").lower()
                   for request in stage.server.seen)


# The name of the vault itself

for _name, _source in {
        "lookalike": "https://evilvault.azure.net", "host": EVIL,
        "suffix": f"{VAULT}.evil.example", "parent": RESOURCE,
        "userinfo": f"https://{VAULT_HOST}@evil.example",
        "user": f"https://user:word@{VAULT_HOST}",
        "port": f"{VAULT}:8443", "clear": f"http://{VAULT_HOST}",
        "two-labels": "https://evil.demo.vault.azure.net",
        "backslash": f"https://evil.example\\@{VAULT_HOST}",
        "wide-dot": f"{VAULT}\u3002evil.example",
        "query": f"{VAULT}?x=evil.example",
        "private-link": "https://demo.privatelink.vaultcore.azure.net",
        }.items():
    @attack(f"source-{_name}")
    def _play(stage, source=_source):
        stage.mount(read, source=source)
        assert stage.ended == 1, stage.ended
        assert not stage.server.received()
