# SPDX-License-Identifier: MIT
"""The emulator answers what the service answered to Microsoft's clients."""

import collections

import pytest

from akv_emulator import Emulator
from compare import EXCUSES, differences
from recording import load
from replay import DELAY_S, CannotRebuild, Replay, Vault

REPLAYED_AT_LEAST = 0.85
RECORDINGS = load()
counts = collections.Counter()
reasons = collections.Counter()


def vault_name(recording, host):
    hosts = sorted({exchange.host for exchange in recording.exchanges})
    return f"r{RECORDINGS.index(recording)}-{hosts.index(host)}"


def vault_seed(recording, host):
    """Set up as the recorded one was, as far as its answers tell."""
    level = (recording.attribute("recoveryLevel", host)
             or "Recoverable+Purgeable")
    days = recording.attribute("recoverableDays", host)
    if days is None:
        days = 30 if level.startswith("Customized") else 90
    return {"softDelete": level != "Purgeable",
            "softDeleteRetentionInDays": days or 90, "secrets": {}}


@pytest.fixture(scope="module")
def emulator():
    seed = {"vaults": {
        vault_name(recording, exchange.host): vault_seed(
            recording, exchange.host)
        for recording in RECORDINGS for exchange in recording.exchanges}}
    options = ["--soft-delete-delay-ms", str(DELAY_S * 1000)]
    with Emulator(seed, options=options) as started:
        yield started


@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
def test_recording(emulator, recording):
    hosts = {exchange.host for exchange in recording.exchanges}
    replay = Replay(emulator, recording, {
        host: Vault(emulator,
                    vault_name(recording, host) + ".vault.azure.net",
                    recording)
        for host in hosts})
    wrong = []
    for exchange in recording.exchanges:
        counts["recorded"] += 1
        try:
            answer = replay.run(exchange)
        except CannotRebuild as reason:
            counts["not rebuilt"] += 1
            reasons[f"{exchange.operation} {exchange.status}: {reason!s:.60}"
                    ] += 1
            continue
        counts["replayed"] += 1
        found = differences(exchange, answer, whole_list(replay, exchange,
                                                         answer))
        wrong += [f"{exchange}: {difference}" for difference in found]
    assert not wrong, "\n".join(wrong)


def whole_list(replay, exchange, answer):
    if answer.status != 200 or not exchange.operation.endswith(
            (".list", ".versions")):
        return []
    vault = replay.vaults[exchange.host]
    return vault.must_list(exchange.path, replay.api_version(exchange))


def test_enough_is_replayed(pytestconfig):
    with pytestconfig.pluginmanager.getplugin(
            "capturemanager").global_and_fixture_disabled():
        print("\nexchanges:", ", ".join(
            f"{number} {what}" for what, number in counts.items()))
        for reason, number in reasons.items():
            print(f"  {number} not rebuilt: {reason}")
    assert counts["replayed"] >= REPLAYED_AT_LEAST * counts["recorded"]
    assert counts["recorded"] > 800


def test_every_excuse_says_why():
    assert all(len(why) > 7 for *_, why in EXCUSES)
