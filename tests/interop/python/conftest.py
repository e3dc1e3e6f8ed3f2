# SPDX-License-Identifier: MIT
"""Microsoft's Python clients against the emulator.

They are given nothing but a vault's name and credentials: instance discovery,
the check of the challenge's resource and of certificates are as installed.
Run by tests/lib/in-namespace, which see.
"""

import os
import uuid

import pytest
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient

VAULT = "https://interop.vault.azure.net"
CROWD = "https://crowd.vault.azure.net"
LISTS_ONLY = ("00000000-1111-4222-8333-444444444444", "lists-only-secret")
USES_ONLY = ("00000000-9999-4aaa-8bbb-cccccccccccc", "uses-only-secret")
STRANGER = ("00000000-5555-4666-8777-888888888888", "stranger-secret")
STRANGER_TENANT = "99999999-aaaa-4bbb-8ccc-dddddddddddd"


def credential(client_id=None, secret=None, tenant=None):
    return ClientSecretCredential(
        tenant or os.environ["AZURE_TENANT_ID"],
        client_id or os.environ["AZURE_CLIENT_ID"],
        secret or os.environ["AZURE_CLIENT_SECRET"])


def connect(*principal, vault=VAULT, **options):
    """A client; no retry, so that an error shows at once."""
    return SecretClient(vault, credential(*principal), retry_total=0,
                        **options)


def delete(client, name):
    """Delete and wait until it is: result() alone does not wait."""
    poller = client.begin_delete_secret(name)
    poller.wait()
    return poller.result()


@pytest.fixture(scope="session")
def client():
    with connect() as made:
        yield made


@pytest.fixture
def name(request):
    """A name no other test uses."""
    short = "".join(c if c.isalnum() else "-" for c in request.node.name)
    return f"{short[:60]}-{uuid.uuid4().hex[:8]}"
