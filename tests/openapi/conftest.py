# SPDX-License-Identifier: MIT
"""What the tests of a collection share: its module says SEED and COLLECTION."""

import pytest

import schema
from akv_emulator import Emulator
from asker import DELAY_S, Asker


@pytest.fixture(scope="module")
def emulator(request):
    with Emulator(request.module.SEED, options=[
            "--soft-delete-delay-ms", str(DELAY_S * 1000)]) as started:
        yield started


def pytest_generate_tests(metafunc):
    if "asker" in metafunc.fixturenames and hasattr(metafunc.module,
                                                    "COLLECTION"):
        metafunc.parametrize("asker", schema.versions_of(
            metafunc.module.COLLECTION), indirect=True, scope="module")


@pytest.fixture(scope="module")
def asker(emulator, request):
    return Asker(emulator, request.param, request.module.COLLECTION)
