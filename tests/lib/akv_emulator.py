# SPDX-License-Identifier: MIT
"""The emulator, as tests use it.

    with Emulator(seed={"vaults": {"demo": {"secrets": {}}}}) as emulator:
        answer = emulator.call("GET", "demo.vault.azure.net",
                               "/secrets/a?api-version=7.5")

It listens on a free port of 127.0.0.1 and is met under the real host names:
call() connects to that port and checks the certificate against the name.
The files it writes lie in emulator.state_dir, which goes when it stops.
"""

import http.client
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGIN_HOST = "login.microsoftonline.com"
VAULT_RESOURCE = "https://vault.azure.net"
HSM_RESOURCE = "https://managedhsm.azure.net"
READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
CALL_TIMEOUT_S = 30

# What a sanitizer says in the log of a program that has a fault.
FAULT = re.compile(rb".*(?:AddressSanitizer|LeakSanitizer|runtime error:).*")


def build_dir():
    """The build that is tested: $AKVFS_BUILD_DIR, or the first there is."""
    named = os.environ.get("AKVFS_BUILD_DIR")
    if named:
        return pathlib.Path(named).resolve()
    for name in ("build-test", "build"):
        if (ROOT / name / "emulator" / "akv-emulator").exists():
            return ROOT / name
    raise FileNotFoundError(
        "no build with an akv-emulator; name one by AKVFS_BUILD_DIR")


def emulator_binary():
    return os.environ.get("AKV_EMULATOR") or str(
        build_dir() / "emulator" / "akv-emulator")


class Answer:
    """Status, headers (any case) and body of one reply."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def error_code(self):
        """error.code of the body, or None if it has none."""
        return self._error().get("code")

    @property
    def inner_code(self):
        """error.innererror.code of the body, or None if it has none."""
        return (self._error().get("innererror") or {}).get("code")

    def _error(self):
        try:
            document = self.json()
        except ValueError:
            return {}
        error = document.get("error") if isinstance(document, dict) else None
        return error if isinstance(error, dict) else {}

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class _Connection(http.client.HTTPSConnection):
    """HTTPS to @host that is really made to @address."""

    def __init__(self, host, address, context):
        super().__init__(host, timeout=CALL_TIMEOUT_S, context=context)
        self._address = address
        self._context_used = context

    def connect(self):
        plain = socket.create_connection(self._address, self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context_used.wrap_socket(
            plain, server_hostname=self.host)


class Emulator:
    def __init__(self, seed=None, address="127.0.0.1", port=0, options=(),
                 state_dir=None):
        self._seed = seed
        self._listen = f"{address}:{port}"
        self._options = list(options)
        self._own_state_dir = state_dir is None
        self.state_dir = pathlib.Path(
            state_dir or tempfile.mkdtemp(prefix="akv-emulator-"))
        self.ca_file = self.state_dir / "ca.pem"
        self.log_file = self.state_dir / "log"
        self.address = address
        self.port = None
        self.env = {}
        self._process = None
        self._context = None
        self._connections = {}
        self._tokens = {}

    # Life

    def start(self):
        command = [emulator_binary(), "--listen", self._listen,
                   "--state-dir", str(self.state_dir), "--die-with-parent",
                   *self._options]
        if self._seed is not None:
            seed_file = self.state_dir / "seed.json"
            seed_file.write_text(json.dumps(self._seed), encoding="utf-8")
            command += ["--seed", str(seed_file)]
        with open(self.log_file, "ab") as log:
            start_at = log.tell()
            # pylint: disable=consider-using-with
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.port = self._wait_until_ready(start_at)
            self._context = ssl.create_default_context(
                cafile=str(self.ca_file))
            self.env = read_env(self.state_dir / "env")
        except BaseException:
            self.stop()
            raise
        return self

    def _wait_until_ready(self, start_at):
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            text = self.log_file.read_bytes()[start_at:].decode(
                errors="replace")
            ready = re.search(r"listening on \S+?:(\d+)$", text, re.MULTILINE)
            if ready:
                return int(ready.group(1))
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"the emulator ended with {self._process.returncode}: "
                    + text)
            time.sleep(0.01)
        raise TimeoutError("the emulator is not ready: " + text)

    def stop(self):
        """End it. Returns its exit status; raises if a sanitizer spoke."""
        self.disconnect()
        status = None
        if self._process:
            status = self._end_process()
            self._process = None
        log = self.log_file.read_bytes() if self.log_file.exists() else b""
        if self._own_state_dir:
            shutil.rmtree(self.state_dir, ignore_errors=True)
        fault = FAULT.search(log)
        if fault:
            raise RuntimeError("the emulator has a fault: "
                               + log[fault.start():].decode(errors="replace"))
        return status

    def _end_process(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def restart(self):
        """Stop and start again, with the state directory kept."""
        self.disconnect()
        self._end_process()
        self._tokens.clear()
        self._listen = f"{self.address}:{self.port}"
        return self.start()

    def kill(self):
        """As a crash would; start() starts it anew."""
        self.disconnect()
        self._process.kill()
        self._process.wait()

    @property
    def pid(self):
        return self._process.pid

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # Requests

    def call(self, method, host, target, body=None, headers=None,
             principal=None, anonymous=False):
        """One request on a kept connection.

        @body is sent as JSON unless it is bytes. A vault gets a token of
        @principal, (client id, secret), or of the seeded one.
        """
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        is_vault = ".vault." in host or ".managedhsm." in host
        if is_vault and not anonymous and "Authorization" not in headers:
            headers["Authorization"] = "Bearer " + self.token(
                principal, HSM_RESOURCE if ".managedhsm." in host
                else VAULT_RESOURCE)
        return self._send(method, host, target, body, headers)

    def _send(self, method, host, target, body, headers):
        kept = host in self._connections
        connection = self._connections.get(host) or _Connection(
            host, (self.address, self.port), self._context)
        self._connections[host] = connection
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            answer = Answer(response)
        except (http.client.RemoteDisconnected, BrokenPipeError,
                ConnectionResetError):
            self._drop(host)
            if not kept:
                raise
            return self._send(method, host, target, body, headers)
        except BaseException:
            self._drop(host)
            raise
        if response.will_close:
            self._drop(host)
        return answer

    def _drop(self, host):
        connection = self._connections.pop(host, None)
        if connection:
            connection.close()

    def disconnect(self):
        for host in list(self._connections):
            self._drop(host)

    def sign_in(self, client_id, secret, tenant=None, resource=VAULT_RESOURCE):
        """The answer of the token endpoint to these client credentials."""
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": client_id,
            "client_secret": secret, "scope": resource + "/.default"})
        tenant = tenant or self.env["AZURE_TENANT_ID"]
        return self.call(
            "POST", LOGIN_HOST, f"/{tenant}/oauth2/v2.0/token", form.encode(),
            {"Content-Type": "application/x-www-form-urlencoded"})

    def token(self, principal=None, resource=VAULT_RESOURCE):
        """A vault token of @principal, (client id, secret); kept."""
        principal = principal or (self.env["AZURE_CLIENT_ID"],
                                  self.env["AZURE_CLIENT_SECRET"])
        kept = (*principal, resource)
        if kept not in self._tokens:
            answer = self.sign_in(*principal, resource=resource)
            if answer.status != 200:
                raise RuntimeError(f"no token: {answer}")
            self._tokens[kept] = answer.json()["access_token"]
        return self._tokens[kept]

    # Control

    def _control(self, method, path, body=None):
        answer = self.call(method, "localhost", "/_emulator/" + path, body)
        if answer.status >= 300:
            raise RuntimeError(f"{method} /_emulator/{path}: {answer}")
        return answer.json() if answer.body else None

    def fault(self, match=None, **do):
        """Requests that @match meet this fault from now on."""
        return self._control("POST", "faults", {"match": match or {},
                                                "do": do})

    def clear_faults(self):
        return self._control("DELETE", "faults")

    def requests(self, since=0):
        """What was asked so far, a dict per request, oldest first."""
        answer = self._control("GET", f"requests?since={since}")
        return answer["requests"] if isinstance(answer, dict) else answer

    def last_request(self):
        """The number of the newest; see requests()."""
        return self._control("GET", f"requests?since={2 ** 62}")["last"]

    def advance(self, seconds):
        """Turn the emulator's clock on; call() gets itself new tokens."""
        self._tokens.clear()
        return self._control("POST", "clock", {"advance_s": seconds})

    def seed(self, document):
        """Add or replace objects, as the file given at the start would."""
        return self._control("POST", "seed", document)


def read_env(path):
    """The variables that a file of `export NAME=value` lines sets."""
    variables = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        words = shlex.split(line, comments=True)
        for word in words[1:] if words[:1] == ["export"] else words:
            name, equals, value = word.partition("=")
            if equals:
                variables[name] = value
    return variables
