# SPDX-License-Identifier: MIT
"""The emulator answers what the service answered to Microsoft's clients."""

import collections
import contextlib

import pytest

from akv_emulator import Emulator
from compare import EXCUSES, differences
from recording import load
from replay import DELAY_S, CannotRebuild
from replay_certificates import CertificateReplay, CertificateVault
from replay_keys import PRINCIPALS, KeyReplay, KeyVault
from replay_secrets import SecretReplay, SecretVault

# Of each collection: who replays it, how many exchanges there are, and which
# part of them can be replayed at the least.
SUITES = {
    "secrets": (SecretVault, SecretReplay, 800, 0.85),
    "keys": (KeyVault, KeyReplay, 1800, 0.85),
    "certificates": (CertificateVault, CertificateReplay, 1700, 0.99),
}


def of_vaults(recordings):
    """Without what was said to managed HSMs."""
    for recording in recordings:
        recording.exchanges = [
            exchange for exchange in recording.exchanges
            if not recording.is_hsm(exchange.host)]
    return [recording for recording in recordings if recording.exchanges]


RECORDINGS = {collection: of_vaults(load(collection))
              for collection in SUITES}
counts = collections.Counter()
reasons = collections.Counter()


def vault_name(collection, recording, host):
    hosts = sorted({exchange.host for exchange in recording.exchanges})
    number = RECORDINGS[collection].index(recording)
    return f"r{number}-{hosts.index(host)}"


def vault_seed(recording, host):
    """Set up as the recorded one was, as far as its answers tell."""
    level = (recording.attribute("recoveryLevel", host)
             or "Recoverable+Purgeable")
    days = recording.attribute("recoverableDays", host)
    if days is None:
        days = 30 if level.startswith("Customized") else 90
    return {"softDelete": recording.has_soft_delete(host),
            "softDeleteRetentionInDays": days or 90,
            "principals": PRINCIPALS}


@pytest.fixture(scope="module")
def emulators():
    """One for each collection: there is a limit to the number of vaults."""
    options = ["--soft-delete-delay-ms", str(DELAY_S * 1000)]
    with contextlib.ExitStack() as stack:
        started = {}
        for collection, recordings in RECORDINGS.items():
            seed = {"vaults": {
                vault_name(collection, recording, exchange.host): vault_seed(
                    recording, exchange.host)
                for recording in recordings
                for exchange in recording.exchanges}}
            started[collection] = stack.enter_context(
                Emulator(seed, options=options))
        yield started


@pytest.mark.parametrize("collection, recording", [
    pytest.param(collection, recording, id=str(recording))
    for collection, recordings in RECORDINGS.items()
    for recording in recordings])
def test_recording(emulators, collection, recording):
    emulator = emulators[collection]
    make_vault, make_replay, *_ = SUITES[collection]
    hosts = {exchange.host for exchange in recording.exchanges}
    replay = make_replay(emulator, recording, {
        host: make_vault(
            emulator,
            vault_name(collection, recording, host) + ".vault.azure.net",
            recording)
        for host in hosts})
    wrong = []
    for exchange in recording.exchanges:
        counts[collection, "recorded"] += 1
        try:
            answer = replay.run(exchange)
        except CannotRebuild as reason:
            counts[collection, "not rebuilt"] += 1
            reasons[f"{exchange.operation} {exchange.status}: {reason!s:.60}"
                    ] += 1
            continue
        counts[collection, "replayed"] += 1
        found = differences(exchange, answer, whole_list(replay, exchange,
                                                         answer))
        wrong += [f"{exchange}: {difference}" for difference in found]
    assert not wrong, "\n".join(wrong)


def whole_list(replay, exchange, answer):
    if answer.status != 200 or not exchange.operation.endswith(
            (".list", ".versions")):
        return []
    vault = replay.vaults[exchange.host]
    return vault.must_list(exchange.path, replay.api_version(exchange),
                           exchange.query.get("includePending", "false"))


@pytest.mark.parametrize("collection", SUITES)
def test_enough_is_replayed(pytestconfig, collection):
    *_, enough, part = SUITES[collection]
    mine = {what: number for (whose, what), number in counts.items()
            if whose == collection}
    with pytestconfig.pluginmanager.getplugin(
            "capturemanager").global_and_fixture_disabled():
        print(f"\n{collection}:", ", ".join(
            f"{number} {what}" for what, number in mine.items()))
        for reason, number in reasons.items():
            print(f"  {number} not rebuilt: {reason}")
        reasons.clear()
    assert mine["replayed"] >= part * mine["recorded"]
    assert mine["recorded"] > enough


def test_every_excuse_says_why():
    assert all(len(why) > 7 for *_, why in EXCUSES)
