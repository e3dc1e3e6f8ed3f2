# SPDX-License-Identifier: MIT
"""Soft delete: delete, look, recover, purge, and what is refused meanwhile."""

import datetime

import pytest
from azure.core.exceptions import (HttpResponseError, ResourceExistsError,
                                   ResourceNotFoundError)

from conftest import VAULT, delete


def inner_code(refused):
    return refused.value.error.innererror["code"]


def test_delete_recover_delete_purge(client, name):
    made = client.set_secret(name, "lives twice", content_type="text/plain",
                             tags={"a": "b"})

    deleted = delete(client, name)
    assert deleted.name == name
    assert deleted.recovery_id == f"{VAULT}/deletedsecrets/{name}"
    assert deleted.id == made.id
    assert deleted.properties.tags == {"a": "b"}
    kept_for = deleted.scheduled_purge_date - deleted.deleted_date
    assert kept_for == datetime.timedelta(days=90)

    with pytest.raises(ResourceNotFoundError) as missing:
        client.get_secret(name)
    assert missing.value.error.code == "SecretNotFound"
    assert name not in {p.name for p in client.list_properties_of_secrets()}

    looked_up = client.get_deleted_secret(name)
    assert looked_up.recovery_id == deleted.recovery_id
    assert looked_up.deleted_date == deleted.deleted_date
    listed = {d.name: d for d in client.list_deleted_secrets()}
    assert listed[name].recovery_id == deleted.recovery_id
    assert listed[name].properties.content_type == "text/plain"
    assert listed[name].properties.version is None

    with pytest.raises(ResourceExistsError) as taken:
        client.set_secret(name, "again")
    assert taken.value.status_code == 409
    assert taken.value.error.code == "Conflict"
    assert inner_code(taken) == "ObjectIsDeletedButRecoverable"

    poller = client.begin_recover_deleted_secret(name)
    poller.wait()
    recovered = poller.result()
    assert recovered.id == made.id
    read = client.get_secret(name)
    assert read.value == "lives twice"
    assert read.id == made.id
    assert read.properties.content_type == "text/plain"
    with pytest.raises(ResourceNotFoundError):
        client.get_deleted_secret(name)

    delete(client, name)
    client.purge_deleted_secret(name)


def test_delete_is_not_there_at_once(client, name):
    """The service answers, and only then begins."""
    client.set_secret(name, "x")
    poller = client.begin_delete_secret(name)
    with pytest.raises(ResourceNotFoundError) as early:
        client.get_deleted_secret(name)
    assert early.value.error.code == "SecretNotFound"
    with pytest.raises(ResourceExistsError) as busy:
        client.set_secret(name, "y")
    assert inner_code(busy) == "ObjectIsBeingDeleted"
    with pytest.raises(HttpResponseError) as too_early:
        client.purge_deleted_secret(name)
    assert too_early.value.status_code == 409
    assert inner_code(too_early) == "ObjectIsBeingDeleted"
    poller.wait()
    assert client.get_deleted_secret(name).name == name


def test_recover_of_what_lives_is_refused(client, name):
    client.set_secret(name, "x")
    with pytest.raises(HttpResponseError) as refused:
        client.begin_recover_deleted_secret(name)
    assert refused.value.status_code in (400, 404)


@pytest.mark.parametrize("act", [
    lambda client, name: client.get_secret(name),
    lambda client, name: client.get_secret(name, "0" * 32),
    lambda client, name: client.update_secret_properties(name, enabled=False),
    lambda client, name: client.begin_delete_secret(name),
    lambda client, name: client.backup_secret(name),
    lambda client, name: client.get_deleted_secret(name),
    lambda client, name: client.purge_deleted_secret(name),
], ids=["get", "get-version", "update", "delete", "backup", "get-deleted",
        "purge"])
def test_what_is_missing_is_404(client, name, act):
    with pytest.raises(ResourceNotFoundError) as missing:
        act(client, name)
    assert missing.value.status_code == 404
    assert missing.value.error.code == "SecretNotFound"
    assert name in missing.value.message
