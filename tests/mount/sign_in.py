# SPDX-License-Identifier: MIT
"""What the matrix of signing in is made with.

A Place is a machine of Azure: the emulator under the real names, on the real
ports, and what a case puts into its environment. A mount signs in there, and a
test compares what it sent, field by field and with no field more, with what it
had to send. At the end of each case, no secret that was sent, and none that was
given, is in the mount's log, in command lines, environments, or files.
"""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import time
import urllib.parse

from akv_emulator import Emulator
from akvfs_mount import Mount, children_of, seed_of
from azure_network import EMULATOR_OPTIONS
from memory_scan import MemoryScan
from tool_stub import CalledTool, install_tool

VALUE = "the value"
LOGIN = "login.microsoftonline.com"
METADATA = "169.254.169.254"
RESOURCE = "https://vault.azure.net"
EXCHANGE = "api://AzureADTokenExchange"
END_TIMEOUT_S = 60

APP, SYSTEM, USER_ONE, USER_TWO, PERSON, OTHER = (
    f"0000000{i}-aaaa-4aaa-8aaa-aaaaaaaaaaaa" for i in range(1, 7))
SYSTEM_OBJECT = "11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
USER_OBJECT = "22222222-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
RESOURCE_ID = ("/subscriptions/s/resourcegroups/g/providers/"
               "Microsoft.ManagedIdentity/userAssignedIdentities/one")
# With all that a form has to escape.
SECRET = "Q7x~Zr.L+m&9%wKd =pV/3?n#T:t@B_s-Y"
# The tenant of a vault that is not ours.
FOREIGN = "99999999-aaaa-4bbb-8ccc-dddddddddddd"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

IMDS_PATH = "/metadata/identity/oauth2/token"
IMDS_VERSION = "2018-02-01"

# What a place sets, and no other place must have.
PLACE_VARIABLES = (
    "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT",
    "IDENTITY_API_VERSION", "MSI_ENDPOINT", "MSI_SECRET", "IMDS_ENDPOINT",
    "DEFAULT_IDENTITY_CLIENT_ID", "SYSTEM_OIDCREQUESTURI",
    "SYSTEM_ACCESSTOKEN", "AZURE_TENANT_ID", "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET", "http_proxy", "HTTP_PROXY", "HTTPS_PROXY",
    "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")
SECRET_HEADERS = ("authorization", "secret", "x-identity-header")
SECRET_FIELDS = ("client_secret", "client_assertion", "device_code",
                 "refresh_token")
# Where a program that kept something would put it.
KEPT_IN = ("/var/tmp", "/dev/shm", "/run")


# What was sent

@dataclasses.dataclass
class Sent:
    """One request as the emulator saw it."""

    method: str
    host: str
    path: str
    query: str
    headers: list
    body: str
    status: int
    principal: str

    @classmethod
    def of(cls, line):
        return cls(**{field.name: line[field.name]
                      for field in dataclasses.fields(cls)})

    def header(self, name):
        found = [value for key, value in self.headers
                 if key.lower() == name.lower()]
        assert len(found) < 2, self.headers
        return found[0] if found else None

    def form(self):
        pairs = urllib.parse.parse_qsl(self.body, keep_blank_values=True,
                                       strict_parsing=True)
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    def secrets(self):
        for name, value in self.headers:
            if name.lower() in SECRET_HEADERS:
                yield name.lower(), value.removeprefix("Bearer ").removeprefix(
                    "Basic ")
        if self.header("Content-Type") == "application/x-www-form-urlencoded":
            for name, value in self.form().items():
                if name in SECRET_FIELDS:
                    yield name, value


@dataclasses.dataclass
class Wire:
    """One request as it has to be.

    Each value is a text, a compiled pattern that it matches as a whole, or a
    function that raises unless it is right. Nothing may be missing, and nothing
    else may be there.
    """

    method: str
    host: str
    path: str
    query: str = ""
    headers: dict = dataclasses.field(default_factory=dict)
    form: dict = None
    status: int = 200

    def check(self, sent):
        for name in ("method", "host", "path", "query", "status"):
            assert getattr(sent, name) == getattr(self, name), (name, sent)
        names = [name for name, _ in sent.headers]
        assert len(set(names)) == len(names), names
        check_fields(dict(sent.headers), {
            "Host": self.host,
            "User-Agent": re.compile(r"akvfs/[0-9.]+"),
            "Accept": "application/json", **self.headers})
        if self.form is None:
            assert sent.body == ""
        else:
            check_fields(sent.form(), self.form)


def check_fields(sent, expected):
    assert sorted(sent) == sorted(expected), (sent, expected)
    for name, value in expected.items():
        if callable(value):
            value(sent[name])
        elif isinstance(value, re.Pattern):
            assert value.fullmatch(sent[name]), (name, sent[name])
        else:
            assert sent[name] == value, (name, sent[name])


def token_request(tenant, form, v1=False, **more):
    """The post of an application to the authority."""
    return Wire(
        "POST", LOGIN, f"/{tenant}/oauth2/" + ("token" if v1 else "v2.0/token"),
        headers={"Content-Type": "application/x-www-form-urlencoded",
                 "Content-Length": re.compile("[0-9]+"),
                 "client-request-id": UUID},
        form={"client_id": APP, "grant_type": "client_credentials",
              **({"resource": RESOURCE} if v1
                 else {"scope": RESOURCE + "/.default"}), **form}, **more)


def metadata_request(path, version, query="", host=METADATA, resource=RESOURCE,
                     **more):
    """The question for a managed identity's token."""
    return Wire("GET", host, path,
                f"api-version={version}&resource="
                + urllib.parse.quote(resource, safe="") + query, **more)


# Who asks for it, and what comes of it

def as_application(place, **more):
    place.env.update(AZURE_TENANT_ID=place.tenant, AZURE_CLIENT_ID=APP)
    place.env.update(more)
    for name in ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD"):
        if place.env.get(name):
            place.secret[name] = place.env[name]


def check_reads(place, mount, principal=APP):
    assert mount.read("a") == VALUE.encode()
    assert place.readers() == [principal]


def check_reads_soon(mount):
    """A failure is remembered for a moment, and a person takes his time."""
    deadline = time.monotonic() + END_TIMEOUT_S
    while True:
        try:
            assert mount.read("a") == VALUE.encode()
            return
        except OSError:
            assert time.monotonic() < deadline, mount.log()
            time.sleep(0.1)


def check_says(said, *words):
    for word in words:
        assert word in said, (word, said)


def imds_probe(query=""):
    """Is it there? Whatever it says, it is."""
    return metadata_request(IMDS_PATH, IMDS_VERSION, query, status=400)


def imds_request(_, query="", **more):
    return metadata_request(IMDS_PATH, IMDS_VERSION, query,
                            **{"headers": {"Metadata": "true"}, **more})


# Where it is sent from

class Place:
    """The machine, for one case."""

    def __init__(self, emulator, directory):
        self.emulator = emulator
        self.tenant = emulator.env["AZURE_TENANT_ID"]
        self.directory = directory
        self.env = dict.fromkeys(PLACE_VARIABLES)
        self.env.update(HOME=str(directory / "home"),
                        TMPDIR=str(directory / "tmp"))
        for name in ("home", "tmp"):
            (directory / name).mkdir()
        self.secret = {}
        self._since = emulator.last_request()
        self._began = time.time()
        self._mounts = []
        self._is_seeded = False
        self.install("another", "")

    def become(self, kind):
        """Have what a host of that kind has; see docs/emulator.md."""
        text = (self.emulator.state_dir / f"env-{kind}").read_text("ascii")
        for word in shlex.split(text):
            name, equals, value = word.partition("=")
            if equals:
                self.env[name] = value
                if name in ("IDENTITY_HEADER", "MSI_SECRET"):
                    self.secret[name] = value

    def write(self, name, data):
        path = self.directory / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        path.chmod(0o600)
        return str(path)

    def seed(self, **principals):
        """Change who there is, until the case ends."""
        self._is_seeded = True
        self.emulator.seed({"tenants": {self.tenant: {
            "principals": principals}}})

    def no_identities(self):
        self.seed(**dict.fromkeys((SYSTEM, USER_ONE, USER_TWO),
                                  {"assigned": None}))

    def allow(self, *names):
        """Let them read the vault."""
        self.emulator.seed({"vaults": {"demo": {"principals": {
            name: {"permissions": {"secrets": ["get", "list"]}}
            for name in names}}}})

    def control(self, method, path, body):
        answer = self.emulator.call(method, "localhost", "/_emulator/" + path,
                                    body)
        assert answer.status < 300, answer
        return answer

    def workload_token(self, **more):
        token = self.control("POST", "tokens", {
            "issuer": ISSUER, "subject": SUBJECT, "audience": EXCHANGE,
            **more}).json()["token"]
        self.secret["workload"] = token
        return token

    def _new(self, options, **more):
        # Tests name the files of a case, not where they are.
        options = options.replace("@", f"{self.directory}/")
        mount = Mount(self.emulator, options, connect="",
                      **{"env": self.env, **more})
        self._mounts.append(mount)
        return mount

    def mount(self, options=""):
        """Sign in, and be mounted."""
        return self._new(options).start()

    def spawn(self, options="", **more):
        """Begin with it."""
        return self._new(options, **more).spawn()

    def refused(self, options="", code=2, **more):
        """Sign in, and be told why not: all that was said and logged."""
        return self.end_of(self.spawn(options, **more), code)

    def background(self, options=""):
        """The command as it is typed; what it says is in its pipe."""
        mount = self._new(options)
        # pylint: disable=consider-using-with
        return mount, subprocess.Popen(
            mount.command(foreground=False), stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=mount.environment())

    @staticmethod
    def end_of(mount, code=2):
        """What one that was begun says that is not to be mounted."""
        ended = mount.wait_until_refused(END_TIMEOUT_S)
        assert ended == code, (ended, mount.log())
        return mount.log().decode()

    @staticmethod
    def restart_worker(mount):
        worker = mount.worker_pid
        os.kill(worker, signal.SIGKILL)
        mount.wait_for_worker(other_than=worker)

    @staticmethod
    def wait_for(mount, pattern):
        """What matches, as soon as it is in the log."""
        deadline = time.monotonic() + END_TIMEOUT_S
        while True:
            found = re.search(pattern, mount.log())
            if found:
                return found
            assert mount.process.poll() is None, mount.log()
            assert time.monotonic() < deadline, mount.log()
            time.sleep(0.01)

    # Tools

    # pylint: disable=too-many-arguments,too-many-positional-arguments
    def install(self, name, output, errors="", code=0, before="",
                folder="bin"):
        """A program that says so, and leaves behind how it was called."""
        folder = self.directory / folder
        folder.mkdir(exist_ok=True)
        # Nothing else is in PATH: a machine may well have them.
        self.env["PATH"] = str(folder)
        install_tool(folder / name, output, errors, code, before)

    def called(self, name):
        return CalledTool(self.directory / "bin" / name)

    def was_called(self, name):
        return (self.directory / "bin" / f"{name}-arguments").exists()

    # What went over the wire

    def requests(self):
        """What was sent since the case began, but to vaults."""
        return [sent for sent in self.all_requests()
                if not sent.host.endswith(".vault.azure.net")]

    def lines(self):
        return [line for line in self.emulator.requests(self._since)
                # Tests ask it, too.
                if any(value.startswith("akvfs/")
                       for _, value in line["headers"])]

    def all_requests(self):
        return [Sent.of(line) for line in self.lines()]

    def check_wire(self, *expected):
        sent = self.requests()
        assert len(sent) == len(expected), sent
        for one, wire in zip(sent, expected):
            wire.check(one)

    def readers(self):
        """Who has read the value, one after the other."""
        return [sent.principal for sent in self.all_requests()
                if sent.path == "/secrets/a" and sent.status == 200]

    def report(self):
        return "".join(
            f"\n-- log\n{mount.log().decode(errors='replace')[-6000:]}"
            for mount in self._mounts) + "".join(
                f"\n{sent}"[:600] for sent in self.all_requests())

    # The end

    def close(self):
        self.emulator.clear_faults()
        if self._is_seeded:
            self.seed(**identities())
        try:
            self.check_leaks()
        finally:
            for mount in self._mounts:
                if mount.process and mount.process.poll() is None:
                    mount.stop()
                mount.clear()

    def _needles(self):
        scan = MemoryScan()
        texts = dict(self.secret)
        for number, sent in enumerate(self.all_requests()):
            for name, value in sent.secrets():
                texts[f"{number}-{name}"] = value
        for name, text in texts.items():
            for form, shown in (("raw", text),
                                ("json", json.dumps(text)[1:-1]),
                                ("form", urllib.parse.quote(text, safe=""))):
                scan.forbid(f"{name}-{form}", shown)
        return scan

    def check_leaks(self):
        """No secret of this case is where anybody could see it."""
        scan = self._needles()
        files = [mount.log_file for mount in self._mounts
                 if mount.log_file.exists()]
        for mount in self._mounts:
            files += self._seen_of(mount)
        files += self._kept_files()
        files = [path for path in set(files) if path.stat().st_size > 0]
        if files and scan.labels():
            found = scan.find(*files)
            assert not found, found[:3]

    def _seen_of(self, mount):
        """Copies of what a process shows of itself."""
        if not mount.process or mount.process.poll() is not None:
            return []
        shown = []
        for pid in (mount.launcher_pid, *children_of(mount.launcher_pid)):
            for name in ("cmdline", "environ"):
                try:
                    data = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
                except OSError:
                    # It has ended meanwhile.
                    continue
                copy = self.directory / f"shown-{pid}-{name}"
                copy.write_bytes(data)
                shown.append(copy)
            self._check_open_files(pid, mount)
        return shown

    @staticmethod
    def _check_open_files(pid, mount):
        """A file that is written is the log, and no other."""
        for entry in pathlib.Path(f"/proc/{pid}/fd").glob("*"):
            info = pathlib.Path(f"/proc/{pid}/fdinfo/{entry.name}")
            try:
                target = os.readlink(entry)
                flags = int(re.search(r"flags:\s+(\d+)",
                                      info.read_text())[1], 8)
            except OSError:
                continue
            if flags & os.O_ACCMODE != os.O_RDONLY and target.startswith("/"):
                assert (target == str(mount.log_file)
                        or target.startswith(("/dev/", "/memfd:"))), target

    def _kept_files(self):
        places = [self.directory / "home", self.directory / "tmp", *KEPT_IN,
                  *(mount.directory for mount in self._mounts)]
        for place in places:
            for folder, names, files in os.walk(place):
                # A mount is not a place where a program keeps things.
                names[:] = [name for name in names if not os.path.ismount(
                    os.path.join(folder, name))]
                for name in files:
                    path = pathlib.Path(folder, name)
                    if is_new_file(path, self._began):
                        yield path


def is_new_file(path, began):
    try:
        status = path.lstat()
    except OSError:
        return False
    return (path.is_file() and not path.is_symlink()
            and status.st_ctime >= began - 1 and status.st_size < 1 << 20)


# What the authority says no to: what a sentence has to say

BAD_RESOURCE = ("https://vault.azure.net", "never the vault's own URL",
                "AZURE_TENANT_ID")
BAD_SCOPE = ("one resource", "/.default")
BAD_APP = ("no such application", "AZURE_CLIENT_ID", "object id",
           "AZURE_TENANT_ID")
BAD_SIGNATURE = ("certificate", "uploaded to this application")
BAD_FEDERATION = ("no federated credential", "letter by letter", "minutes")
BAD_TENANT = ("no such tenant", "AZURE_TENANT_ID", "cloud=")
BAD_CLOUD = ("national cloud", "cloud=")
BAD_USER = ("az login --tenant",)
NEEDS_PERSON = ("managed identity", "log in again")
LOGIN_OVER = ("az login",)
NEEDS_CONSENT = ("consent", "user_impersonation", "Key Vault")

# Each number that has a remedy, with what its sentence has to say.
REMEDIES = {
    50001: BAD_RESOURCE, 500011: BAD_RESOURCE,
    70011: BAD_SCOPE, 700022: BAD_SCOPE, 700023: BAD_SCOPE,
    1002012: BAD_SCOPE,
    70001: BAD_APP, 700011: BAD_APP, 700016: BAD_APP,
    7000112: ("disabled", "enable it", "enterprise applications"),
    7000215: ("secret's value", "not its id"),
    7000218: ("no credential",),
    7000222: ("expired", "make a new one"),
    700025: ("public client", "confidential"),
    50012: BAD_SIGNATURE, 700027: BAD_SIGNATURE,
    700030: ("subject", "chain"),
    700024: ("clock", "token file"),
    70021: BAD_FEDERATION, 700211: BAD_FEDERATION, 700212: BAD_FEDERATION,
    700213: BAD_FEDERATION,
    90002: BAD_TENANT, 900023: BAD_TENANT,
    90038: BAD_CLOUD, 900382: BAD_CLOUD, 900432: BAD_CLOUD,
    50014: BAD_USER, 50020: BAD_USER, 50034: BAD_USER, 51004: BAD_USER,
    50076: NEEDS_PERSON, 50079: NEEDS_PERSON, 53000: NEEDS_PERSON,
    53003: NEEDS_PERSON, 530032: NEEDS_PERSON,
    50173: LOGIN_OVER, 70008: LOGIN_OVER, 70043: LOGIN_OVER,
    700082: LOGIN_OVER,
    65001: NEEDS_CONSENT, 650057: NEEDS_CONSENT,
    50196: ("identical requests", "wait some minutes"),
}


ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:shop/site:ref:refs/heads/main"


def identities():
    """Who there is, each of whom may read."""
    federated = [{"issuer": ISSUER, "subject": SUBJECT, "audience": EXCHANGE}]
    return {
        APP: {"secret": SECRET, "federated": federated,
              "secretExpired": False, "disabled": False, "public": False,
              "refusal": None, "certificates": []},
        SYSTEM: {"assigned": "system", "objectId": SYSTEM_OBJECT},
        USER_ONE: {"assigned": "user", "objectId": USER_OBJECT,
                   "resourceId": RESOURCE_ID},
        USER_TWO: {"assigned": "user"},
        PERSON: {"user": "ada@example.com", "objectId": PERSON}}


def start_emulator(directory):
    """The emulator of such a network; the caller ends it."""
    readers = {name: {"permissions": {"secrets": ["get", "list"]}}
               for name in identities()}
    seed = seed_of({"a": VALUE}, principals=readers)
    seed["vaults"]["foreign"] = {"tenant": FOREIGN}
    emulator = Emulator(
        seed, port=443,
        options=[*EMULATOR_OPTIONS, "--log-whole"])
    kept = directory / "token-key.pem"
    if kept.exists():
        shutil.copy(kept, emulator.state_dir)
    emulator.start()
    shutil.copy(emulator.state_dir / kept.name, directory)
    emulator.seed({"tenants": {emulator.env["AZURE_TENANT_ID"]: {
        "principals": identities()}}})
    return emulator
