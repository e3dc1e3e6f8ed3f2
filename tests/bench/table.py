# SPDX-License-Identifier: MIT
"""table.py [--quick] [ROW...]: measure, and print a table.

Each row has a reference that was measured in the same run, in turn with what
it is the reference of, and the ratio of the two. A target that is missed is
marked; the exit status is 0 unless a row could not be measured.
"""

import argparse
import contextlib
import os
import pathlib
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
# pylint: disable=wrong-import-position
from akv_emulator import Emulator, build_dir  # noqa: E402
from akvfs_mount import Mount, akvfs_binary, seed_of  # noqa: E402
from system_roots import (  # noqa: E402
    SystemRoots, path_within, system_file)

URL = "https://demo.vault.azure.net/secrets"
DELAY_MS = 20
PAGE_SIZE = 25
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Table:
    def __init__(self, quick):
        self.quick = quick
        self.rows = []

    def count(self, full, quick):
        return quick if self.quick else full

    # pylint: disable=too-many-arguments
    def add(self, what, ours, reference="", ratio="", target="", met=None):
        verdict = {None: "", True: "met", False: "MISSED"}[met]
        if self.quick and met is False:
            verdict = "(quick)"
        self.rows.append((what, ours, reference, ratio, target, verdict))

    def print(self):
        rows = [("what", "ours", "reference", "ratio", "target", ""),
                *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(6)]
        for row in rows:
            print("  ".join(
                cell.ljust(width) for cell, width in zip(row, widths)
            ).rstrip())


def program(name, *arguments, env=None):
    """What a measuring program prints, {name: value}; its failure is ours."""
    ended = subprocess.run(
        [build_dir() / "tests" / "bench" / ("bench-" + name),
         *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, env=env, check=True)
    return {line.split()[0]: float(line.split()[1])
            for line in ended.stdout.splitlines()}


def secrets_of(count, value):
    return seed_of({f"s-{i}": value for i in range(count)})


def vault_access(emulator):
    """How a bare client gets in: what the programs want last."""
    token_file = emulator.state_dir / "token"
    token_file.write_text(emulator.token(), encoding="ascii")
    return [f"127.0.0.1:{emulator.port}", emulator.ca_file, token_file]


def quiet_mount(emulator, options=""):
    return Mount(emulator, options=options, debug=False)


def us(value):
    return f"{value:.1f} us" if value < 1000 else f"{value / 1000:.2f} ms"


def p50_p99(result, whose="ours"):
    return f"{us(result[whose + '_p50'])}, {us(result[whose + '_p99'])}"


def requests_total(mount):
    """Those that something waits for: not the kernel's tidying up later."""
    requests = mount.status()["requests"]
    return requests["total"] - requests["forget"]


# The rows

def measure_warm(table):
    count = table.count(200000, 2000)
    with Emulator(secrets_of(1, "x" * 63)) as emulator, \
            quiet_mount(emulator) as mount:
        reference = pathlib.Path("/dev/shm") / f"akvfs-bench-{os.getpid()}"
        reference.write_bytes(b"x" * 63)
        try:
            secret = mount.secrets / "s-0"
            # Twice: the first read makes the kernel ask for the attributes
            # once more.
            for _ in range(2):
                assert secret.read_bytes() == b"x" * 63
            # Looking at the counters is itself requests: how many?
            totals = [requests_total(mount) for _ in range(5)]
            result = program("warm", secret, reference, count)
            totals.append(requests_total(mount))
        finally:
            reference.unlink()
    ratio = result["ours_p50"] / result["ref_p50"]
    table.add("warm open fstat read read close, 63 bytes", p50_p99(result),
              "tmpfs " + p50_p99(result, "ref"), f"{ratio:.2f}", "<= 1.5",
              ratio <= 1.5)
    reached = totals[5] - totals[4] - (totals[4] - totals[3])
    table.add(f"requests to the worker in {count} of these", str(reached),
              "", "", "0", reached == 0)


def measure_cold(table):
    count = table.count(2000, 50)
    with Emulator(secrets_of(count, "x" * 63)) as emulator, \
            quiet_mount(emulator) as mount:
        result = program("cold", mount.secrets, URL, count,
                         *vault_access(emulator))
    difference = result["ours_p50"] - result["ref_p50"]
    table.add(f"cold open read close, {count} secrets", p50_p99(result),
              "GET " + p50_p99(result, "ref"),
              f"{difference:+.0f} us", "<= +150 us", difference <= 150)


def repeated(rounds, once):
    """Medians of a measurement that needs a new mount each time."""
    results = [once() for _ in range(rounds)]
    return {name: statistics.median(result[name] for result in results)
            for name in results[0]}


def measure_list(table):
    count = table.count(1000, 100)
    with Emulator(secrets_of(count, "x" * 63)) as emulator:
        access = vault_access(emulator)

        def once():
            with quiet_mount(emulator) as mount:
                emulator.fault({"host": "demo.vault.azure.net"},
                               delay_ms=DELAY_MS)
                try:
                    return program("list", mount.secrets, URL, count, *access)
                finally:
                    emulator.clear_faults()

        result = repeated(table.count(5, 1), once)
    ratio = result["ours_p50"] / result["ref_p50"]
    table.add(f"ls of {count}, {DELAY_MS} ms a page", us(result["ours_p50"]),
              f"{result['pages']:.0f} GETs " + us(result["ref_p50"]),
              f"{ratio:.3f}", "<= 1.05", ratio <= 1.05)


def made_of(emulator, keys, certificates):
    """Keys, and certificates that the vault signs itself."""
    host, api = "demo.vault.azure.net", "?api-version=7.4"
    for i in range(keys):
        answer = emulator.call("POST", host, f"/keys/k-{i}/create{api}",
                               {"kty": "EC", "crv": "P-256"})
        assert answer.status == 200, answer
    for i in range(certificates):
        answer = emulator.call(
            "POST", host, f"/certificates/c-{i}/create{api}", {"policy": {
                "issuer": {"name": "Self"},
                "x509_props": {"subject": f"CN=c-{i}.example.com"},
                "key_props": {"kty": "EC", "crv": "P-256",
                              "exportable": True},
                "secret_props": {"contentType": "application/x-pem-file"}}})
        assert answer.status == 202, answer
    for i in range(certificates):
        while emulator.call("GET", host, f"/certificates/c-{i}/pending"
                            + api).json()["status"] == "inProgress":
            time.sleep(0.01)


def kinds_of(requests):
    """How many requests of which kind, for people."""
    counts = {}
    for request in requests:
        words = request["path"].strip("/").split("/")
        kind = (words[0] + " " + words[2] if len(words) > 2
                and not re.fullmatch("[0-9a-f]{32}", words[2])
                else words[0] + (" by name or version" if len(words) > 1
                                 else " pages"))
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))


def measure_tree(table):
    """A certificate has a secret and a key of its name: they count, too."""
    secrets = table.count(200, 4)
    keys = certificates = table.count(50, 2)
    with Emulator(secrets_of(secrets, "x" * 63)) as emulator, \
            quiet_mount(emulator) as mount:
        made_of(emulator, keys, certificates)
        emulator.fault({"host": "demo.vault.azure.net"}, delay_ms=DELAY_MS)

        def walk():
            since = max(request["seq"] for request in emulator.requests())
            began = time.perf_counter()
            subprocess.run(["ls", "-lR", mount.path], check=True,
                           stdout=subprocess.DEVNULL)
            return (time.perf_counter() - began,
                    [request for request in emulator.requests(since)
                     if request["host"] == "demo.vault.azure.net"])

        took, requests = walk()
        took_again, again = walk()
    # An object is a GET, a page is one, and a key's rotation policy is one.
    objects = secrets + keys + 3 * certificates
    pages = sum(-(-n // PAGE_SIZE) for n in (
        secrets + certificates, keys + certificates, certificates)) + 1
    least = objects + pages + keys + certificates
    table.add(f"ls -lR of {secrets} secrets, {keys} keys, "
              f"{certificates} certificates, {DELAY_MS} ms each",
              us(took * 1e6), f"{len(requests)} requests",
              f"{took * 1000 / (len(requests) * DELAY_MS):.2f} of one "
              "after the other", f"<= {least} requests",
              len(requests) <= least)
    table.add("of these", kinds_of(requests), "", "", "", None)
    table.add("again within the ttl", us(took_again * 1e6),
              f"{len(again)} requests", "", "0 requests", not again)


def measure_parallel(table):
    count = table.count(1000, 64)
    with Emulator(secrets_of(count, "x" * 63)) as emulator:
        access = vault_access(emulator)

        def once():
            with quiet_mount(emulator) as mount:
                emulator.fault({"host": "demo.vault.azure.net"},
                               delay_ms=DELAY_MS)
                try:
                    return program("parallel", mount.secrets, URL, count, 8,
                                   *access)
                finally:
                    emulator.clear_faults()

        result = repeated(table.count(3, 1), once)
    ratio = result["ours_p50"] / result["ref_p50"]
    table.add(f"{count} cold secrets, 8 readers, {DELAY_MS} ms each",
              us(result["ours_p50"]), "8 clients " + us(result["ref_p50"]),
              f"{ratio:.3f}", "<= 1.05", ratio <= 1.05)


def measure_start(table):
    count = table.count(30, 2)
    with Emulator(secrets_of(1, "x" * 63)) as emulator:
        mount = quiet_mount(emulator)
        result = program("start", akvfs_binary(), mount.option_list(),
                         mount.path, count, *vault_access(emulator)[:2],
                         env=mount.environment())
        mount.path.rmdir()
        mount.directory.rmdir()
    ratio = result["ours_p50"] / result["ref_p50"]
    table.add("start to first byte", p50_p99(result),
              "token and GET " + p50_p99(result, "ref"), f"{ratio:.2f}")


def measure_hung(table):
    count = table.count(500, 20)
    with Emulator(secrets_of(3 * count, "x" * 63)) as emulator, \
            quiet_mount(emulator, "timeout=60s") as mount:
        emulator.fault({"path": "/secrets/hung*"}, hang=True)

        def lookups(start):
            return program("lookup", mount.secrets, "s-", start, count)

        lookups(1)
        before = lookups(count)
        # pylint: disable=consider-using-with
        reader = subprocess.Popen(["cat", mount.secrets / "hung"],
                                  stderr=subprocess.DEVNULL)
        try:
            while mount.status()["cache"]["waiting"] == 0:
                pass
            beside = lookups(2 * count)
        finally:
            reader.kill()
            reader.wait()
    more = beside["ours_p99"] - before["ours_p99"]
    table.add(f"{count} cold lookups beside a hung one", p50_p99(beside),
              "without " + p50_p99(before), f"{more:+.0f} us at p99",
              "<= +1 ms", more <= 1000)


def measure_signals(table):
    count = table.count(1000, 20)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with Emulator(secrets_of(1, "x")) as emulator, \
                quiet_mount(emulator, "timeout=60s") as mount:
            emulator.fault({"path": "/secrets/hung*"}, hang=True)
            result = program("signals", int(number), count, mount.secrets,
                             "hung-")
        more = result["ours"] - result["ref"]
        table.add(f"{count} blocked readers end after {number.name}",
                  f"{us(result['ours'])}, {result['left_in_d']:.0f} in D",
                  f"{count} sleepers " + us(result["ref"]),
                  f"{more / 1000:+.0f} ms", "<= +100 ms",
                  more <= 100000 and result["left_in_d"] == 0)


def measure_kill(table):
    count = table.count(100, 5)
    waits_us = []
    with Emulator(secrets_of(count + 1, "x" * 63)) as emulator, \
            quiet_mount(emulator) as mount:
        for i in range(count):
            os.kill(mount.wait_for_worker(), signal.SIGKILL)
            began = time.perf_counter()
            assert mount.read(f"s-{i}") == b"x" * 63
            waits_us.append((time.perf_counter() - began) * 1e6)
    waits_us.sort()
    p99 = waits_us[int(0.99 * (count - 1))]
    table.add(f"next cold read after kill -9 of the worker, {count} times",
              f"{us(statistics.median(waits_us))}, {us(p99)}",
              "", "", "<= 100 ms at p99",
              p99 <= 100000)


def pages_of(pid):
    """The physical pages that a process has, by /proc/PID/pagemap."""
    present, frame = 1 << 63, (1 << 55) - 1
    pages = set()
    with open(f"/proc/{pid}/pagemap", "rb") as pagemap, \
            open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        for line in maps:
            start, end = (int(text, 16)
                          for text in line.split()[0].split("-"))
            if start >= 1 << 47:
                continue
            pagemap.seek(start // PAGE_BYTES * 8)
            entries = pagemap.read((end - start) // PAGE_BYTES * 8)
            for (entry,) in struct.iter_unpack("Q", entries):
                if entry & present:
                    pages.add(entry & frame)
    return pages


def memory_of(mount):
    """MiB of both processes, a page that they share counted once."""
    each = [pages_of(pid) for pid in (mount.launcher_pid, mount.worker_pid)]
    mib = PAGE_BYTES / 1024 / 1024
    return {"together": len(each[0] | each[1]) * mib,
            "launcher": len(each[0]) * mib, "worker": len(each[1]) * mib}


def descriptors(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


@contextlib.contextmanager
def mount_of_the_system(emulator):
    """Trusted by one root among all those that the system has."""
    with tempfile.TemporaryDirectory(prefix="akvfs-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        roots = SystemRoots(folder)
        roots.put_file(system_file(), emulator.ca_file)
        with Mount(emulator, debug=False, trust="",
                   prefix=roots.prefix) as mount:
            mount.path = path_within(mount.launcher_pid, mount.path)
            yield mount


def measure_memory(table):
    count = table.count(10000, 200)
    with Emulator(secrets_of(count, "x" * 100)) as emulator, \
            mount_of_the_system(emulator) as mount:
        idle = memory_of(mount)
        for i in range(count):
            assert mount.read(f"s-{i}") == b"x" * 100
        held = mount.status()["cache"]["values"]
        full = memory_of(mount)
        pids = (mount.launcher_pid, mount.worker_pid)
        counts = [f"{threads(pid)} threads, {descriptors(pid)} files"
                  for pid in pids]
    for what, memory, limit in (
            ("resident, idle, both processes", idle, 12),
            (f"resident, {held} secrets of 100 bytes held", full, 40)):
        table.add(what, f"{memory['together']:.1f} MiB",
                  f"launcher {memory['launcher']:.1f}, "
                  f"worker {memory['worker']:.1f}", "", f"<= {limit} MiB",
                  memory["together"] <= limit)
    if held != count:
        raise RuntimeError(f"{held} of {count} values are held")
    table.add("launcher; worker", "; ".join(counts), "", "",
              "1 thread each", counts[0][0] == counts[1][0] == "1")


MEASUREMENTS = {
    "warm": measure_warm,
    "cold": measure_cold,
    "list": measure_list,
    "tree": measure_tree,
    "parallel": measure_parallel,
    "start": measure_start,
    "hung": measure_hung,
    "signals": measure_signals,
    "kill": measure_kill,
    "memory": measure_memory,
}


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("row", nargs="*")
    arguments = parser.parse_args()
    for row in arguments.row:
        if row not in MEASUREMENTS:
            parser.error(f"no such row: {row}; there are "
                         + " ".join(MEASUREMENTS))
    table = Table(arguments.quick)
    failed = []
    for name in arguments.row or MEASUREMENTS:
        try:
            MEASUREMENTS[name](table)
        except Exception as error:  # pylint: disable=broad-except
            failed.append(f"{name}: {error}")
    table.print()
    for line in failed:
        print("not measured: " + line)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
