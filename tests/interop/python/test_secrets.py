# SPDX-License-Identifier: MIT
"""What a program does with secrets: set, get, list, update, back up."""

import datetime
import os
import time

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import KeyVaultSecretIdentifier, SecretClient

from conftest import CROWD, VAULT, connect, delete

UTC = datetime.timezone.utc


def test_set_answers_what_was_set(client, name):
    before = time.time()
    not_before = datetime.datetime(2020, 2, 29, 12, tzinfo=UTC)
    expires = datetime.datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)

    made = client.set_secret(
        name, "hunter2", content_type="text/plain",
        tags={"owner": "ops", "empty": ""}, enabled=True,
        not_before=not_before, expires_on=expires)

    properties = made.properties
    assert made.value == "hunter2"
    assert made.name == name
    assert made.id == f"{VAULT}/secrets/{name}/{properties.version}"
    assert len(properties.version) == 32
    assert properties.content_type == "text/plain"
    assert properties.tags == {"owner": "ops", "empty": ""}
    assert properties.enabled is True
    assert properties.not_before == not_before
    assert properties.expires_on == expires
    assert abs(properties.created_on.timestamp() - before) < 30
    assert properties.updated_on == properties.created_on
    assert properties.recovery_level == "Recoverable+Purgeable"
    assert properties.recoverable_days == 90
    assert properties.managed is None
    assert properties.key_id is None

    read = client.get_secret(name)
    assert read.value == "hunter2"
    assert read.id == made.id
    assert read.properties.tags == properties.tags
    assert read.properties.not_before == not_before
    assert read.properties.expires_on == expires


def test_the_seeded_secret_is_there(client):
    secret = client.get_secret("seeded")
    assert secret.value == "from the seed"
    assert secret.properties.content_type == "text/plain"
    assert secret.properties.tags == {"made-by": "seed"}


def test_names_are_the_same_in_any_case(client, name):
    client.set_secret(name, "x")
    assert client.get_secret(name.upper()).value == "x"


@pytest.mark.parametrize("value", [
    pytest.param("", id="empty"),
    pytest.param(" \t\r\n", id="blank"),
    pytest.param("line 1\nline 2\n", id="lines"),
    pytest.param("päß wörd €  漢字 🔐 \u200b", id="unicode"),
    pytest.param('{"a": "\\"b\\\\"}</script>', id="json"),
    pytest.param("x" * 25_000, id="25000"),
    pytest.param("€" * 8_000, id="24000-bytes-of-3"),
    pytest.param("\x01\x1f\x7f", id="control"),
])
def test_values_come_back_as_they_were(client, name, value):
    assert client.set_secret(name, value).value == value
    assert client.get_secret(name).value == value


def test_a_value_over_the_limit_is_refused(client, name):
    with pytest.raises(HttpResponseError) as refused:
        client.set_secret(name, "x" * 26_000)
    assert refused.value.status_code in (400, 413)
    with pytest.raises(ResourceNotFoundError):
        client.get_secret(name)


def test_versions(client, name):
    made = [client.set_secret(name, f"value {i}") for i in range(3)]

    listed = list(client.list_properties_of_secret_versions(name))
    assert {p.version for p in listed} == {s.properties.version for s in made}
    assert all(p.name == name and p.enabled for p in listed)
    for secret in made:
        version = secret.properties.version
        assert client.get_secret(name, version).value == secret.value
    assert client.get_secret(name).id == made[-1].id


def test_versions_of_what_is_missing_are_none(client, name):
    assert not list(client.list_properties_of_secret_versions(name))


def test_update_leaves_the_rest_alone(client, name):
    made = client.set_secret(name, "kept", content_type="a", tags={"t": "1"})
    expires = datetime.datetime(2080, 1, 1, tzinfo=UTC)

    updated = client.update_secret_properties(
        name, content_type="b", expires_on=expires)

    assert updated.version == made.properties.version
    assert updated.content_type == "b"
    assert updated.expires_on == expires
    assert updated.tags == {"t": "1"}
    assert updated.enabled is True
    replaced = client.update_secret_properties(
        name, made.properties.version, tags={"u": "2"})
    assert replaced.tags == {"u": "2"}
    read = client.get_secret(name)
    assert read.value == "kept"
    assert read.properties.content_type == "b"
    assert read.properties.tags == {"u": "2"}


def test_update_of_one_version_leaves_the_others(client, name):
    old = client.set_secret(name, "old").properties.version
    client.set_secret(name, "new")
    client.update_secret_properties(name, old, content_type="marked")
    assert client.get_secret(name, old).properties.content_type == "marked"
    assert client.get_secret(name).properties.content_type is None


def test_disable_and_enable(client, name):
    client.set_secret(name, "sleeping")
    assert client.update_secret_properties(name, enabled=False).enabled is False
    with pytest.raises(HttpResponseError) as refused:
        client.get_secret(name)
    assert refused.value.status_code == 403
    assert refused.value.error.code == "Forbidden"
    assert refused.value.error.innererror["code"] == "SecretDisabled"
    listed = {p.name: p for p in client.list_properties_of_secrets()}
    assert listed[name].enabled is False
    client.update_secret_properties(name, enabled=True)
    assert client.get_secret(name).value == "sleeping"


def test_list_over_pages_some_of_them_empty():
    names = [f"crowd-{i:03}" for i in range(60)]
    with connect(vault=CROWD) as crowd:
        for each in names:
            crowd.set_secret(each, "v", content_type="n", tags={"n": each})
        whole = list(crowd.list_properties_of_secrets())
        pages = [list(page) for page in
                 crowd.list_properties_of_secrets().by_page()]
        small = [list(page) for page in
                 crowd.list_properties_of_secrets(max_page_size=7).by_page()]

    assert sorted(p.name for p in whole) == names
    assert all(p.tags == {"n": p.name} and p.content_type == "n"
               and p.version is None and p.created_on for p in whole)
    for walked in (pages, small):
        assert sorted(p.name for page in walked for p in page) == names
    assert max(map(len, pages)) == 25
    assert any(not page for page in pages)
    assert max(map(len, small)) == 7
    assert len(small) >= 9


def test_backup_and_restore(client, name):
    for value in ("one", "two"):
        client.set_secret(name, value, tags={"v": value})
    before = {p.version: p.tags
              for p in client.list_properties_of_secret_versions(name)}
    blob = client.backup_secret(name)
    assert blob and b"two" not in blob

    with pytest.raises(HttpResponseError) as exists:
        client.restore_secret_backup(blob)
    assert exists.value.status_code == 409

    delete(client, name)
    client.purge_deleted_secret(name)
    restored = restore_when_gone(client, blob)
    assert restored.name == name
    assert restored.tags == {"v": "two"}
    assert client.get_secret(name).value == "two"
    after = {p.version: p.tags
             for p in client.list_properties_of_secret_versions(name)}
    assert after == before


def restore_when_gone(client, blob):
    """A purge takes a moment; until then the name is taken: 409."""
    for _ in range(100):
        try:
            return client.restore_secret_backup(blob)
        except HttpResponseError as error:
            assert error.status_code == 409
            time.sleep(0.1)
    raise AssertionError("the name is not free after 10 s")


def test_a_spoilt_backup_is_refused(client, name):
    client.set_secret(name, "x")
    blob = bytearray(client.backup_secret(name))
    blob[len(blob) // 2] ^= 1
    with pytest.raises(HttpResponseError) as refused:
        client.restore_secret_backup(bytes(blob))
    assert refused.value.status_code == 400


@pytest.mark.parametrize("api_version", [
    "2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6",
    "2025-07-01", "2026-04-01"])
def test_every_api_version_the_client_knows(name, api_version):
    with connect(api_version=api_version) as client:
        made = client.set_secret(name, "v", tags={"api": api_version})
        read = client.get_secret(name, made.properties.version)
        assert read.value == "v"
        assert read.properties.tags == {"api": api_version}
        assert read.properties.recovery_level == "Recoverable+Purgeable"
        days = None if api_version in ("2016-10-01", "7.0") else 90
        assert read.properties.recoverable_days in (90, days)
        client.update_secret_properties(name, content_type="c")
        assert name in {p.name for p in client.list_properties_of_secrets()}
        deleted = delete(client, name)
        assert deleted.recovery_id == f"{VAULT}/deletedsecrets/{name}"
        assert client.get_deleted_secret(name).name == name


def test_the_default_credential_finds_the_environment(monkeypatch):
    """DefaultAzureCredential finds the principal in the environment."""
    assert os.environ["AZURE_CLIENT_SECRET"]
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "prod")
    with SecretClient(VAULT, DefaultAzureCredential()) as client:
        assert client.get_secret("seeded").value == "from the seed"


def test_identifiers_parse(client, name):
    made = client.set_secret(name, "x")
    identifier = KeyVaultSecretIdentifier(made.id)
    assert identifier.vault_url == VAULT
    assert identifier.name == name
    assert identifier.version == made.properties.version
