# SPDX-License-Identifier: MIT
"""Tokens that end, and an authority that gives no other.

How long a token lives is the seed's tokenLifetimeS; what the authority does is a
fault of the emulator. Counted is how often it is asked.
"""

import errno
import threading
import time
import zlib

import pytest

from akvfs_mount import Mount, seed_of
from hostile_server import (LOGIN_HOST, TENANT, VAULT_HOST, HostileServer,
                            http, token_answer)
from secrecy import shown_by

HERD = 1000
NAMES = 40
LIFE_S = 2
LONG_LIFE_S = 3599
WAIT_TIMEOUT_S = 120
VALUE = "value of one and all"
TOKENS = {"host": LOGIN_HOST, "path": "*/token"}
OTHER_TENANT = "99999999-2222-4333-8444-555555555555"


def seed(life_s=LIFE_S):
    return {"tokenLifetimeS": life_s, **seed_of(
        {f"n{i}": VALUE for i in range(NAMES)})}


def asked(emulator, since=0):
    """The requests for a token after that one."""
    return [request for request in emulator.requests(since)
            if request["host"] == LOGIN_HOST]


def last(emulator):
    return max(request["seq"] for request in emulator.requests())


def begin(vault, options, life_s=LIFE_S):
    """A mount whose tokens live that long; the management plane, which has
    tokens of its own, is left out."""
    emulator = vault.emulator(seed=seed(life_s))
    return emulator, vault.mount(emulator, f"arm=off,{options}")


def check_shown(emulator, mount):
    """No token of the emulator's, all of which begin alike, and no secret."""
    shown = {"log": mount.log(), **shown_by(mount.launcher_pid,
                                            mount.worker_pid)}
    assert emulator.token().startswith("eyJ")
    for name, text in shown.items():
        assert b"eyJ" not in text, name
        assert emulator.env["AZURE_CLIENT_SECRET"].encode() not in text, name


def wait_until_lapsed(emulator):
    """Nobody reads, so no token is refreshed any more, and the last one ends."""
    deadline_s = time.monotonic() + WAIT_TIMEOUT_S
    while True:
        end_s = asked(emulator)[-1]["time_us"] / 1e6 + LIFE_S
        if time.time() > end_s + 0.1:
            return
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def check_herd(many):
    many.ask("go")
    assert many.ask("wait") == {
        "ends": {"0": HERD},
        "read": [[len(VALUE), zlib.crc32(VALUE.encode())]]}


def paths(mount, several):
    return [mount.secrets / f"n{i}" for i in range(NAMES if several else 1)]


# A token ends

@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_a_thousand_readers_when_it_ends(vault, herd, several):
    """One of them has a token asked for, the others wait for it."""
    emulator, mount = begin(vault, "ttl=0,timeout=60s")
    many = herd(HERD, *paths(mount, several))
    wait_until_lapsed(emulator)
    emulator.seed({"tokenLifetimeS": LONG_LIFE_S})
    # Long enough for all of them to be there.
    emulator.fault(TOKENS, delay_ms=1000)
    since = last(emulator)
    check_herd(many)
    assert len(asked(emulator, since)) == 1
    statuses = {request["status"] for request in emulator.requests(since)}
    assert statuses == {200}


def test_a_thousand_readers_when_the_vault_says_so(vault, herd):
    """akvfs thinks that it is good: all get a 401, and one mints."""
    emulator, mount = begin(vault, "ttl=0,timeout=60s", LONG_LIFE_S)
    many = herd(HERD, *paths(mount, True))
    since = last(emulator)
    emulator.advance(LONG_LIFE_S + 1)
    check_herd(many)
    assert len(asked(emulator, since)) == 1
    assert any(request["status"] == 401
               for request in emulator.requests(since))


def test_readers_all_the_while(vault):
    """Who reads without a pause notices no end of a token."""
    emulator, mount = begin(vault, "ttl=0,timeout=60s")
    faults = []
    end_s = time.monotonic() + 4

    def go_on(name):
        while time.monotonic() < end_s:
            try:
                assert mount.read(name) == VALUE.encode()
            except (OSError, AssertionError) as fault:
                faults.append(fault)
    readers = [threading.Thread(target=go_on, args=(f"n{i}",))
               for i in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert faults == []
    # Each at half its life, but for those that a slow machine lets end.
    assert 4 <= len(asked(emulator)) <= 12
    assert {request["status"] for request in asked(emulator)} == {200}
    check_shown(emulator, mount)


# No token is given

AWAY = {
    "busy": {"status": 503}, "cut short": {"truncate_at": 9},
    "hangs": {"hang": True},
    "a portal": {"status": 200, "body": "<html>Sign in first</html>"},
}


def read_while_away(mount, number):
    """What is cached is there, and what is not is an error."""
    assert mount.read("n0") == VALUE.encode()
    with pytest.raises(OSError) as caught:
        mount.read(f"cold-{number}")
    assert caught.value.errno == errno.ETIMEDOUT


def test_the_authority_is_away(vault):
    """In each of these ways at once: what is cached is read all the while, the
    authority is asked less and less, and when it is back all is well."""
    worlds = {how: begin(vault, "ttl=1s,negative_ttl=0,timeout=1s")
              for how in AWAY}
    since = {}
    for how, (emulator, mount) in worlds.items():
        assert mount.read("n0") == VALUE.encode()
    for how, (emulator, _) in worlds.items():
        wait_until_lapsed(emulator)
        emulator.fault(TOKENS, **AWAY[how])
        since[how] = last(emulator)
    deadline_s = time.monotonic() + WAIT_TIMEOUT_S
    number = 0
    while any(len(asked(emulator, since[how])) < 3
              for how, (emulator, _) in worlds.items()):
        number += 1
        for _, mount in worlds.values():
            read_while_away(mount, number)
        assert time.monotonic() < deadline_s
    for how, (emulator, mount) in worlds.items():
        times = [request["time_us"] / 1e6
                 for request in asked(emulator, since[how])]
        gaps = [after - before for before, after in zip(times, times[1:])]
        # Pauses of 1, 2, 4 ... seconds, from the end of the request before.
        assert all(gap > 0.9 * 2 ** i for i, gap in enumerate(gaps)), gaps
        emulator.clear_faults()
        emulator.seed({"tokenLifetimeS": LONG_LIFE_S})
        emulator.seed(seed_of({"n0": "what it is now"}))
    for emulator, mount in worlds.values():
        while mount.read("n0") != b"what it is now":
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        assert mount.read("n1") == VALUE.encode()
        check_shown(emulator, mount)


def test_a_cold_name_fails_at_once(vault):
    """Once it is known that there is no token for a while."""
    emulator, mount = begin(vault, "ttl=1s,negative_ttl=0,timeout=20s")
    wait_until_lapsed(emulator)
    emulator.fault(TOKENS, status=503, headers={"Retry-After": "120"})
    with pytest.raises(OSError):
        mount.read("cold")
    since = last(emulator)
    began_s = time.monotonic()
    for i in range(200):
        with pytest.raises(OSError) as caught:
            mount.read(f"cold-{i}")
        assert caught.value.errno == errno.ETIMEDOUT
    assert time.monotonic() - began_s < 20
    assert asked(emulator, since) == []


def test_a_refusal_is_remembered(vault):
    """The secret has run out, say: each name is EACCES, and nobody is asked."""
    emulator, mount = begin(vault, "ttl=1s,negative_ttl=0")
    wait_until_lapsed(emulator)
    emulator.fault(TOKENS, aadsts=7000222)
    since = last(emulator)
    began_s = time.monotonic()
    for i in range(200):
        with pytest.raises(OSError) as caught:
            mount.read(f"cold-{i}")
        assert caught.value.errno == errno.EACCES
    took_s = time.monotonic() - began_s
    assert 1 <= len(asked(emulator, since)) <= 2 + took_s
    assert b"AADSTS7000222" in mount.log()
    emulator.clear_faults()
    check_shown(emulator, mount)


# A token is refused

@pytest.mark.parametrize("how, count, minted, tries, expected", [
    # Once with another token, and once only.
    ({"status": 401}, 1, 1, 2, VALUE),
    ({"status": 401}, 99, 1, 2, errno.EACCES),
    # The service has not heard of the key yet: again with the same token.
    ({"status": 401, "body": {"error": {
        "code": "Unauthorized", "message": "AKV10046: Unable to resolve the "
        "key used for signature validation. EncodedJwtHeader:'x'"}}},
     1, 0, 2, VALUE),
    # Another token would have no other rights.
    ({"status": 403}, 99, 0, 1, errno.EACCES),
    ({"status": 403, "body": {"error": {
        "code": "Forbidden", "message": "no", "innererror": {
            "code": "ForbiddenByRbac"}}}}, 99, 0, 1, errno.EACCES),
], ids=["401-once", "401", "akv10046", "403", "403-rbac"])
# pylint: disable=too-many-arguments,too-many-positional-arguments
def test_a_token_that_is_refused(vault, how, count, minted, tries, expected):
    emulator, mount = begin(vault, "timeout=10s", LONG_LIFE_S)
    emulator.fault({"path": "/secrets/n0", "count": count}, **how)
    since = last(emulator)
    if isinstance(expected, int):
        with pytest.raises(OSError) as caught:
            mount.read("n0")
        assert caught.value.errno == expected
    else:
        assert mount.read("n0") == expected.encode()
    assert len(asked(emulator, since)) == minted
    assert len([request for request in emulator.requests(since)
                if request["path"] == "/secrets/n0"]) == tries
    # Who was refused once has not lost what works.
    assert mount.read("n1") == VALUE.encode()
    assert len(asked(emulator, since)) == minted
    check_shown(emulator, mount)


def test_claims_are_answered_once_for_all(vault):
    """Whoever comes after has the token that was minted for them."""
    emulator, mount = begin(vault, "", LONG_LIFE_S)
    emulator.fault({"path": "/secrets/n*", "count": 1}, status=401, headers={
        "WWW-Authenticate": 'Bearer realm="", authorization_uri="https://login'
        '.microsoftonline.com/common/oauth2/authorize", '
        'error="insufficient_claims", claims="eyJhIjoxfQ=="'})
    since = last(emulator)
    for i in range(5):
        assert mount.read(f"n{i}") == VALUE.encode()
    assert len(asked(emulator, since)) == 1


def test_the_vault_moves_to_another_tenant():
    """The new one replaces the one it had, once: not to and fro."""
    def challenge(tenant):
        return (f'WWW-Authenticate: Bearer authorization="https://{LOGIN_HOST}'
                f'/{tenant}", resource="https://vault.azure.net"')

    def of_tenant(tenant):
        """A vault that takes the tokens of that tenant only."""
        def answer(_, request):
            if request.headers.get("authorization") == f"Bearer of-{tenant}":
                return http('{"value":[],"nextLink":null}')
            return http(status="401 Unauthorized", headers=[
                challenge(tenant)])
        return answer

    with HostileServer() as server:
        for tenant in (TENANT, OTHER_TENANT):
            server.answer(f"/{tenant}/oauth2/v2.0/token",
                          token_answer(f"of-{tenant}"))
        server.answer("/secrets", of_tenant(TENANT))
        with Mount(server, "arm=off,ttl=0,negative_ttl=0",
                   env={"AZURE_TENANT_ID": None}) as mount:
            assert mount.names() == []
            server.answer("/secrets", of_tenant(OTHER_TENANT))
            server.seen.clear()
            assert mount.names() == []
            assert mount.names() == []
            assert [request.path for request in server.seen
                    if request.host == LOGIN_HOST] == [
                        f"/{OTHER_TENANT}/oauth2/v2.0/token"]
            # One that sends whoever comes to the other tenant.
            server.answer("/secrets", lambda _, request: http(
                status="401 Unauthorized", headers=[challenge(
                    TENANT if OTHER_TENANT in request.headers.get(
                        "authorization", "") else OTHER_TENANT)]))
            server.seen.clear()
            with pytest.raises(OSError) as caught:
                mount.names()
            assert caught.value.errno == errno.EACCES
            assert len([request for request in server.seen
                        if request.host == VAULT_HOST]) <= 2
