# SPDX-License-Identifier: MIT
"""Who is refused, where, and with which code."""

import os
import uuid

import pytest
from azure.core.exceptions import (ClientAuthenticationError,
                                   HttpResponseError, ServiceRequestError)
from azure.keyvault.secrets import SecretClient

from conftest import (CROWD, LISTS_ONLY, STRANGER, STRANGER_TENANT, connect,
                      credential)


def test_disabled_in_the_seed(client):
    with pytest.raises(HttpResponseError) as refused:
        client.get_secret("switched-off")
    assert refused.value.status_code == 403
    assert refused.value.error.innererror["code"] == "SecretDisabled"


def test_a_principal_may_list_but_not_get():
    with connect(*LISTS_ONLY) as client:
        assert "seeded" in {p.name for p in client.list_properties_of_secrets()}
        with pytest.raises(HttpResponseError) as refused:
            client.get_secret("seeded")
        with pytest.raises(HttpResponseError) as refused_set:
            client.set_secret("new", "x")
    for each in (refused, refused_set):
        assert each.value.status_code == 403
        assert each.value.error.code == "Forbidden"
        assert each.value.error.innererror["code"] == "ForbiddenByPolicy"
    assert "secrets get permission" in refused.value.message
    assert LISTS_ONLY[0] in refused.value.message


def test_a_principal_of_another_vault_is_refused():
    with connect(*LISTS_ONLY, vault=CROWD) as client:
        with pytest.raises(HttpResponseError) as refused:
            next(iter(client.list_properties_of_secrets()))
    assert refused.value.status_code == 403
    assert refused.value.error.code == "Forbidden"


def test_wrong_secret():
    with connect(os.environ["AZURE_CLIENT_ID"], "wrong") as client:
        with pytest.raises(ClientAuthenticationError) as refused:
            client.get_secret("seeded")
    assert "AADSTS7000215" in refused.value.message


def test_unknown_client():
    with connect(str(uuid.uuid4()), "wrong") as client:
        with pytest.raises(ClientAuthenticationError) as refused:
            client.get_secret("seeded")
    assert "AADSTS700016" in refused.value.message


def test_unknown_tenant():
    nowhere = credential(tenant=str(uuid.uuid4()))
    with pytest.raises((ClientAuthenticationError, ValueError)) as refused:
        nowhere.get_token("https://vault.azure.net/.default")
    assert "AADSTS90002" in str(refused.value) or (
        "Unable to get authority configuration" in str(refused.value))


def test_a_tenant_that_is_not_the_vaults():
    """Known to Entra; the vault names its own tenant, and the client stops."""
    with connect(*STRANGER, STRANGER_TENANT) as client:
        with pytest.raises(ClientAuthenticationError) as refused:
            client.get_secret("seeded")
    assert "tenant" in refused.value.message


@pytest.mark.parametrize("audience", [
    "https://vault.azure.net//.default", "https://management.azure.com/.default"],
    ids=["slash", "management"])
def test_a_token_for_something_else(audience):
    class Fixed:
        def get_token(self, *_, **__):
            return credential().get_token(audience)

    with SecretClient("https://interop.vault.azure.net", Fixed(),
                      retry_total=0) as client:
        with pytest.raises(HttpResponseError) as refused:
            client.get_secret("seeded")
    assert refused.value.status_code == 401
    assert "AKV10022" in refused.value.message


def test_invalid_name(client):
    with pytest.raises(HttpResponseError) as refused:
        client.set_secret("under_score", "x")
    assert refused.value.status_code == 400
    assert refused.value.error.code == "BadParameter"


def test_too_many_tags(client, name):
    tags = {f"tag{i}": "x" for i in range(16)}
    with pytest.raises(HttpResponseError) as refused:
        client.set_secret(name, "x", tags=tags)
    assert refused.value.status_code == 400
    assert refused.value.error.code == "BadParameter"


def test_a_vault_that_does_not_exist():
    with connect(vault="https://no-such-vault.vault.azure.net") as client:
        with pytest.raises(ServiceRequestError):
            client.get_secret("seeded")
