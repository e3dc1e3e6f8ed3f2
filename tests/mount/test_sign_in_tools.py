# SPDX-License-Identifier: MIT
"""People's logins: az, azd, and a code that is entered elsewhere.

The tools are programs in PATH that leave behind how they were called. See
sign_in.py.
"""

import base64
import concurrent.futures
import json
import os
import pathlib
import re
import time

import pytest

from sign_in import (APP, LOGIN, PERSON, REMEDIES, RESOURCE, SECRET, UUID,
                     VALUE, Wire, as_application, check_reads,
                     check_reads_soon, check_says)

# All that a tool may know of who runs it.
PASSED = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR",
    "AZURE_CONFIG_DIR", "AZD_CONFIG_DIR", "HTTPS_PROXY", "https_proxy",
    "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE"}
TOOLS = {"az": "cli", "azd": "azd"}


def arguments_of(tool, place):
    return {
        "az": ["account", "get-access-token", "-o", "json", "--resource",
               RESOURCE, "--tenant", place.tenant],
        "azd": ["auth", "token", "-o", "json", "--no-prompt", "--scope",
                RESOURCE + "/.default", "--tenant-id", place.tenant]}[tool]


def answer_of(tool, token, **more):
    """What it prints, in the form that it has now."""
    end = int(time.time()) + 3600
    if tool == "azd":
        return {"token": token, "expiresOn": time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime(end)), **more}
    return {"accessToken": token, "expires_on": end,
            "expiresOn": "2001-01-01 00:00:00.000000", "expiresIn": 1,
            "subscription": "s", "tenant": "t", "tokenType": "Bearer", **more}


def token_of(place):
    token = place.emulator.sign_in(APP, SECRET).json()["access_token"]
    place.secret["tool"] = token
    return token


@pytest.mark.parametrize("tool", TOOLS)
def test_tool_that_is_logged_in(place, tool):
    token = token_of(place)
    place.env.update(
        AZURE_TENANT_ID=None, AZURE_CONFIG_DIR="/nowhere",
        AZURE_CLIENT_SECRET="not for any tool, ever", LD_PRELOAD_LIKE="x")
    place.install(tool, json.dumps(answer_of(tool, token)))
    check_reads(place, place.mount(f"auth={TOOLS[tool]}"))
    assert place.requests() == []
    called = place.called(tool)
    assert called.arguments == arguments_of(tool, place)
    assert called.group == called.pid
    assert called.directory == "/"
    assert called.files == {"0": "/dev/null", "1": "pipe", "2": "pipe"}
    assert set(called.environment) <= PASSED
    assert called.environment["AZURE_CONFIG_DIR"] == "/nowhere"
    assert called.environment["HOME"] == place.env["HOME"]


@pytest.mark.parametrize("tool, change", [
    ("az", {"expires_on": None}),
    ("az", {"expires_on": str(int(time.time()) + 3600)}),
    ("az", {"expires_on": None, "expiresOn": None}),
    ("azd", {"expiresOn": time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime(
        time.time() + 3600))})], ids=["token", "text", "neither", "fraction"])
def test_forms_of_the_end(place, tool, change):
    """Where az does not say it well, the token does."""
    place.install(tool, json.dumps(answer_of(tool, token_of(place),
                                             **change)))
    check_reads(place, place.mount(f"auth={TOOLS[tool]}"))


@pytest.mark.parametrize("tool", TOOLS)
def test_tool_that_is_not_installed(place, tool):
    place.install("another", "")
    check_says(place.refused(f"auth={TOOLS[tool]}"),
               f"{tool} is not installed")


@pytest.mark.parametrize("tool, errors, code, words", [
    ("az", "ERROR: Please run 'az login' to setup account.", 1,
     ("az login",)),
    ("az", "ERROR: AADSTS700082: The refresh token has expired due to "
     "inactivity.", 1, ("AADSTS700082", *REMEDIES[700082])),
    ("az", "ERROR: AADSTS70043: The refresh token has expired.", 1,
     ("AADSTS70043", *REMEDIES[70043])),
    ("az", "ERROR: AADSTS50173: The provided grant has expired.", 1,
     ("AADSTS50173", *REMEDIES[50173])),
    ("az", "ERROR: AADSTS50020: User account", 1, REMEDIES[50020]),
    ("az", "ERROR: AADSTS50076: you must use multi-factor", 1,
     REMEDIES[50076]),
    ("az", "/bin/sh: az: not found", 127, ("not installed",)),
    ("azd", '{"error":"not logged in, run `azd auth login`"}', 1,
     ("not logged in",)),
    ("azd", '{"type":"consoleMessage","timestamp":"t","data":{"message":'
     '"\\nERROR: not logged in, run azd auth login\\n"}}', 1,
     ("not logged in",)),
    ("azd", "plain words", 2, ("plain words", "exit code 2"))],
    ids=["login", "inactive", "expired", "revoked", "guest", "factor",
         "absent", "azd-error", "azd-data", "azd-words"])
# pylint: disable=too-many-arguments,too-many-positional-arguments
def test_tool_that_fails(place, tool, errors, code, words):
    place.install(tool, "", errors, code)
    check_says(place.refused(f"auth={TOOLS[tool]}"), tool, *words)
    assert place.requests() == []


def outputs(tool):
    """What is no token with an end that is to come."""
    yield from ("", "not JSON", "[]", "{}",
                '{"accessToken":"","token":""}', '{"accessToken":5,"token":5}',
                '{"accessToken":"a b","token":"a b"}')
    yield json.dumps(answer_of(tool, "a-token-that-is-over",
                               expires_on=1700000000,
                               expiresOn="2023-11-14T22:13:20Z"))
    # More than anybody would read.
    yield json.dumps(answer_of(tool, "a" * (70 << 10)))


def test_tools_that_give_no_token(place):
    """All at once, since each is tried again for as long as one may wait.

    Those that do not end have ten seconds; then neither they nor what they have
    started are left.
    """
    # So that the vault need not be asked first, by all of them.
    place.env["AZURE_TENANT_ID"] = place.tenant
    begun = []
    for tool, auth in TOOLS.items():
        for number, output in enumerate(outputs(tool)):
            place.install(tool, output, folder=f"{tool}-{number}")
            words = (f"{tool} cannot be run: File too large"
                     if len(output) > 64 << 10
                     else f"what {tool} printed is no token")
            begun.append((words, place.spawn(
                f"auth={auth}", env=dict(place.env))))
        place.install(tool, "", folder=f"{tool}-slow", before=(
            f"sleep 1000 & echo $! >{place.directory}/{tool}-child; wait"))
        begun.append((f"{tool} cannot be run: it did not end in 10 seconds",
                      place.spawn(f"auth={auth}", env=dict(place.env))))
    for words, mount in begun:
        check_says(place.end_of(mount, code=3), words)
    for tool in TOOLS:
        child = int((place.directory / f"{tool}-child").read_text())
        assert not is_running(child)
    assert place.requests() == []


def is_running(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8")
    except FileNotFoundError:
        return False
    # What has ended waits for whoever inherits it.
    return status.rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.parametrize("tool", TOOLS)
def test_claims_that_the_vault_asks_for(place, tool):
    """azd takes them; az does not, and says what to type."""
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
    encoded = base64.b64encode(claims.encode()).decode()
    place.install(tool, json.dumps(answer_of(tool, token_of(place))))
    place.env["AZURE_TENANT_ID"] = place.tenant
    place.emulator.fault(
        {"host": "demo.vault.azure.net", "count": 1}, status=401, headers={
            "WWW-Authenticate": 'Bearer realm="", authorization_uri="https://'
            'login.microsoftonline.com/common/oauth2/authorize", '
            f'error="insufficient_claims", claims="{encoded}"'})
    if tool == "az":
        check_says(place.refused(f"auth={TOOLS[tool]}"), "az login",
                   f"--tenant {place.tenant}", f"--claims-challenge {encoded}")
        return
    check_reads(place, place.mount(f"auth={TOOLS[tool]}"))
    assert place.called(tool).arguments == [
        *arguments_of(tool, place), "--claims", encoded]


# A code that is entered elsewhere

DEVICE = "auth=device"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": re.compile("[0-9]+"),
                "client-request-id": UUID}


def code_request(place, **more):
    return Wire("POST", LOGIN, f"/{place.tenant}/oauth2/v2.0/devicecode",
                headers=FORM_HEADERS, form={
                    "client_id": APP,
                    "scope": RESOURCE + "/.default offline_access"}, **more)


def poll_request(place, **more):
    return Wire("POST", LOGIN, f"/{place.tenant}/oauth2/v2.0/token",
                headers=FORM_HEADERS, form={
                    "client_id": APP, "grant_type": GRANT,
                    "device_code": re.compile(r"\S{20,}")}, **more)


def begin_device(place, options=""):
    """A mount that waits for a person, and the code that it shows."""
    as_application(place)
    place.control("POST", "device-codes", {"interval_s": 1})
    mount = place.spawn(DEVICE + options)
    shown = place.wait_for(mount, rb"enter the code ([A-Z0-9]+) to")
    assert b"https://microsoft.com/devicelogin" in mount.log()
    return mount, shown[1].decode()


def act(place, code, action, **more):
    place.control("POST", "device-codes", {
        "user_code": code, "action": action, **more})


def wait_until_polled(place, times=1):
    deadline = time.monotonic() + 30
    while sum(sent.path.endswith("/token")
              for sent in place.requests()) < times:
        assert time.monotonic() < deadline, place.requests()
        time.sleep(0.02)


def test_code_that_is_entered(place):
    mount, code = begin_device(place)
    wait_until_polled(place)
    assert mount.process.poll() is None
    act(place, code, "approve", user="ada@example.com")
    mount.wait_until_ready()
    assert mount.read("a") == VALUE.encode()
    first, *polls, last = place.requests()
    code_request(place).check(first)
    poll_request(place).check(last)
    for poll in polls:
        poll_request(place, status=400).check(poll)
    codes = {poll.form()["device_code"] for poll in (*polls, last)}
    assert len(codes) == 1
    assert place.readers() == [PERSON]


def test_code_is_entered_once(place):
    """A new worker has the refresh token, until that is over; no file has."""
    mount, code = begin_device(place, ",ttl=0,negative_ttl=0,page_cache=off")
    act(place, code, "approve", user="ada@example.com")
    mount.wait_until_ready()
    place.restart_worker(mount)
    check_reads_soon(mount)
    refresh = Wire(
        "POST", LOGIN, f"/{place.tenant}/oauth2/v2.0/token",
        headers=FORM_HEADERS, form={
            "client_id": APP, "grant_type": "refresh_token",
            "scope": RESOURCE + "/.default offline_access",
            "refresh_token": re.compile(r"\S{20,}")})
    refresh.check(place.requests()[-1])
    place.control("POST", "device-codes", {
        "action": "revoke", "user": "ada@example.com"})
    place.restart_worker(mount)
    with concurrent.futures.ThreadPoolExecutor(1) as reader:
        read = reader.submit(mount.read, "a")
        shown = place.wait_for(
            mount, b"(?s)%s.*enter the code ([A-Z0-9]+) to" % code.encode())
        act(place, shown[1].decode(), "approve", user="ada@example.com")
        read.exception()
    check_reads_soon(mount)
    sent = place.requests()
    codes = [one for one in sent if one.path.endswith("/devicecode")]
    assert len(codes) == 2
    # What was revoked is shown once more, and then no more.
    tokens = [one.form()["refresh_token"] for one in sent
              if "refresh_token" in one.form()]
    assert len(tokens) == 2 and len(set(tokens)) == 2


@pytest.mark.parametrize("action, words", [
    ("decline", ("authorization_declined",)),
    ("expire", ("expired_token",))])
def test_code_that_is_not(place, action, words):
    mount, code = begin_device(place)
    act(place, code, action)
    check_says(place.end_of(mount), *words)


def test_slower(place):
    """It goes on, and takes a longer pause than it was told at first."""
    place.emulator.fault({"path": "*/v2.0/token", "count": 1}, status=400,
                         body={"error": "slow_down"})
    mount, code = begin_device(place)
    act(place, code, "approve", user="ada@example.com")
    mount.wait_until_ready()
    asked = [line["time_us"] for line in place.lines()
             if line["path"].endswith("/v2.0/token")]
    # The first pause is one second; the second is five more.
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 5_500_000


def test_code_in_the_background(place):
    """The terminal of the command has it, until the mount is there."""
    as_application(place)
    place.control("POST", "device-codes", {"interval_s": 1})
    mount, command = place.background(DEVICE)
    line = command.stderr.readline().decode()
    code = re.search("enter the code ([A-Z0-9]+) to", line)
    assert code, line
    act(place, code[1], "approve", user="ada@example.com")
    assert command.wait(60) == 0
    assert command.stderr.read() == b""
    assert mount.read("a") == VALUE.encode()


@pytest.mark.parametrize("body", [
    {"user_code": "A"}, {"device_code": ""}, {"device_code": 5},
    {"device_code": "x" * 20}, "<html>"],
    ids=["none", "empty", "number", "nothing-to-show", "page"])
def test_code_that_is_no_code(place, body):
    as_application(place)
    place.emulator.fault({"path": "*/devicecode"}, body=body)
    check_says(place.refused(f"{DEVICE},timeout=1s", code=3), "authority")
    assert len({sent.path for sent in place.requests()}) == 1


@pytest.mark.parametrize("number", [700016, 7000112, 90002])
def test_code_that_is_refused(place, number):
    as_application(place)
    place.emulator.fault({"path": "*/devicecode"}, aadsts=number)
    check_says(place.refused(DEVICE), f"AADSTS{number})", *REMEDIES[number])


@pytest.mark.parametrize("number", [50020, 50076, 53003, 65001])
def test_person_who_is_refused(place, number):
    place.seed(**{PERSON: {"refusal": number}})
    mount, code = begin_device(place)
    act(place, code, "approve", user="ada@example.com")
    check_says(place.end_of(mount), f"AADSTS{number})", *REMEDIES[number])


def test_application_that_is_needed(place):
    check_says(place.refused(DEVICE), "AZURE_CLIENT_ID",
               "public client flows")
    assert os.listdir(place.env["HOME"]) == []
