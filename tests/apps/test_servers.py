# SPDX-License-Identifier: MIT
"""Servers that take certificate and key from the mount, and their clients."""

import contextlib
import glob
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

WAIT_S = 20
NGINX = """
daemon off;
{user}
pid {directory}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory};
    proxy_temp_path {directory};
    fastcgi_temp_path {directory};
    uwsgi_temp_path {directory};
    scgi_temp_path {directory};
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/fullchain.pem;
        ssl_certificate_key {folder}/privkey.pem;
        ssl_client_certificate {root};
        ssl_verify_client optional;
        ssl_verify_depth 5;
        location / {{ return 200 $ssl_client_verify; }}
    }}
}}
"""
HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend front
    bind 127.0.0.1:{port} ssl crt {folder}/bundle.pem
    http-request return status 200 content-type text/plain string ok
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextlib.contextmanager
def running(port, *words, **more):
    """A server, from when it listens until it has ended."""
    with subprocess.Popen([str(word) for word in words],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **more) as process:
        try:
            deadline = time.monotonic() + WAIT_S
            while True:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                assert process.poll() is None, process.stdout.read()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process
        finally:
            process.terminate()
            process.wait(WAIT_S)


def s_client(run, port, certificate, *more):
    return run("openssl", "s_client", "-connect", f"127.0.0.1:{port}",
               "-CAfile", certificate.root, "-verify_return_error",
               "-verify_hostname", "localhost", *more)


def curl(run, port, certificate, *more):
    return run("curl", "-sS", "--noproxy", "*", "--cacert", certificate.root,
               *more, f"https://localhost:{port}/")


@pytest.fixture
def place(tmp_path):
    return {"port": free_port(), "directory": tmp_path,
            "user": "user root;" if os.geteuid() == 0 else ""}


def test_nginx_and_curl(certificate, place, run):
    """And a client that shows the same certificate, to be believed."""
    config = place["directory"] / "nginx.conf"
    config.write_text(NGINX.format(folder=certificate.folder,
                                   root=certificate.root, **place))
    words = ("nginx", "-c", config, "-p", place["directory"], "-e", "stderr")
    assert "test is successful" in run(*words, "-t")
    port = place["port"]
    with running(port, *words):
        out = s_client(run, port, certificate, "-showcerts")
        assert "Verify return code: 0 (ok)" in out
        assert out.count("BEGIN CERTIFICATE") == len(certificate.chain)
        assert curl(run, port, certificate) == "NONE"
        assert curl(run, port, certificate, "--cert",
                    certificate.file("fullchain.pem"), "--key",
                    certificate.file("privkey.pem")) == "SUCCESS"


def test_haproxy(certificate, place, run):
    config = place["directory"] / "haproxy.cfg"
    config.write_text(HAPROXY.format(folder=certificate.folder, **place))
    run("haproxy", "-c", "-f", config)
    with running(place["port"], "haproxy", "-db", "-f", config):
        assert curl(run, place["port"], certificate) == "ok"


# --- PostgreSQL, which looks at owner and mode of its key -------------------

def postgres_binary(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[-1] if found else shutil.which(name)


class Postgres:
    """A cluster, and how to run it as one who is not root."""

    def __init__(self, directory, user):
        self.directory = directory
        self.data = directory / "data"
        self.prefix = []
        if os.geteuid() == 0:
            self.prefix = ["setpriv", f"--reuid={user.pw_uid}",
                           f"--regid={user.pw_gid}", "--clear-groups"]
            os.chown(directory, user.pw_uid, user.pw_gid)

    def command(self, certificate, port, key=None):
        options = {
            "ssl": "on", "listen_addresses": "127.0.0.1", "port": port,
            "unix_socket_directories": "", "fsync": "off",
            "ssl_cert_file": certificate.file("fullchain.pem"),
            "ssl_key_file": key or certificate.file("privkey.pem")}
        words = [*self.prefix, postgres_binary("postgres"), "-D", self.data]
        for name, value in options.items():
            words += ["-c", f"{name}={value}"]
        return words


@pytest.fixture(scope="session")
def postgres(server_user, run):
    directory = pathlib.Path(run("mktemp", "-d").strip())
    made = Postgres(directory, server_user)
    run(*made.prefix, postgres_binary("initdb"), "-D", made.data, "-U", "me",
        "-A", "trust", "-N", "-E", "UTF8", "--locale=C", cwd="/")
    yield made
    shutil.rmtree(directory)


def test_postgres(certificate, postgres, run):
    port = free_port()
    target = (f"host=localhost hostaddr=127.0.0.1 port={port} user=me "
              f"dbname=postgres sslmode=verify-full "
              f"sslrootcert={certificate.root}")
    with running(port, *postgres.command(certificate, port), cwd="/"):
        out = run("psql", "-XAt", "-c", "SELECT ssl FROM pg_stat_ssl "
                  "WHERE pid = pg_backend_pid()", target)
        assert out == "t\n"


def test_postgres_looks(certificates, postgres):
    """A copy that others may read is refused: the check is really made."""
    certificate = certificates["pem-p-256-1"]
    copy = postgres.directory / "key.pem"
    copy.write_bytes((certificate.folder / "privkey.pem").read_bytes())
    copy.chmod(0o644)
    port = free_port()
    done = subprocess.run(
        [str(word) for word in postgres.command(certificate, port, copy)],
        capture_output=True, text=True, timeout=WAIT_S, check=False, cwd="/")
    assert done.returncode != 0
    assert "private key file" in done.stderr
