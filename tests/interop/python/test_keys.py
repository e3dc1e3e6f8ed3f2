# SPDX-License-Identifier: MIT
"""What a program does with keys: create, import, get, list, update, rotate."""

import datetime
import time

import pytest
from azure.core.exceptions import (HttpResponseError, ResourceExistsError,
                                   ResourceNotFoundError)
from azure.keyvault.keys import (ApiVersion, JsonWebKey, KeyClient,
                                 KeyRotationLifetimeAction, KeyRotationPolicy,
                                 KeyRotationPolicyAction)
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import CROWD, LISTS_ONLY, VAULT, credential

UTC = datetime.timezone.utc


def connect(*principal, vault=VAULT, **options):
    return KeyClient(vault, credential(*principal), retry_total=0, **options)


@pytest.fixture(scope="module")
def keys():
    with connect() as made:
        yield made


def delete(keys, name):
    poller = keys.begin_delete_key(name)
    poller.wait()
    return poller.result()


def number(data):
    return int.from_bytes(data, "big")


def test_create_answers_what_was_asked(keys, name):
    before = time.time()
    not_before = datetime.datetime(2020, 2, 29, 12, tzinfo=UTC)
    expires = datetime.datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)

    made = keys.create_rsa_key(
        name, size=2048, key_operations=["sign", "verify"], enabled=True,
        tags={"owner": "ops", "empty": ""}, not_before=not_before,
        expires_on=expires)

    properties = made.properties
    assert made.name == name
    assert made.id == f"{VAULT}/keys/{name}/{properties.version}"
    assert made.key_type == "RSA"
    assert set(made.key_operations) == {"sign", "verify"}
    assert number(made.key.n).bit_length() == 2048
    assert number(made.key.e) == 65537
    assert made.key.d is made.key.p is made.key.k is None
    assert properties.tags == {"owner": "ops", "empty": ""}
    assert properties.not_before == not_before
    assert properties.expires_on == expires
    assert abs(properties.created_on.timestamp() - before) < 30
    assert properties.recovery_level == "Recoverable+Purgeable"
    assert properties.recoverable_days == 90
    assert properties.exportable is False
    assert properties.hsm_platform == "0"
    assert properties.managed is None

    read = keys.get_key(name)
    assert read.id == made.id
    assert read.key.n == made.key.n
    assert read.properties.tags == properties.tags


@pytest.mark.parametrize("curve, size", [
    ("P-256", 32), ("P-384", 48), ("P-521", 66), ("P-256K", 32)])
@pytest.mark.parametrize("hsm", [False, True])
def test_create_on_each_curve(keys, name, curve, size, hsm):
    made = keys.create_ec_key(name, curve=curve, hardware_protected=hsm)
    assert made.key_type == ("EC-HSM" if hsm else "EC")
    assert made.key.crv == curve
    assert (len(made.key.x), len(made.key.y)) == (size, size)
    assert made.properties.hsm_platform == ("2" if hsm else "0")


def test_create_refuses_what_a_vault_has_not(keys, name):
    with pytest.raises(HttpResponseError) as refused:
        keys.create_oct_key(name, size=256)
    assert refused.value.status_code == 400
    with pytest.raises(HttpResponseError) as odd:
        keys.create_rsa_key(name, size=2049)
    assert odd.value.error.code == "BadParameter"
    with pytest.raises(ResourceNotFoundError):
        keys.get_key(name)


def test_the_seeded_key_is_there(keys):
    key = keys.get_key("seeded-key")
    assert key.key_type == "EC-HSM"
    assert key.properties.tags == {"made-by": "seed"}


def ec_jwk(private):
    numbers = private.private_numbers()
    size = (private.key_size + 7) // 8
    return JsonWebKey(
        kty="EC", crv="P-256", key_ops=["sign", "verify"],
        x=numbers.public_numbers.x.to_bytes(size, "big"),
        y=numbers.public_numbers.y.to_bytes(size, "big"),
        d=numbers.private_value.to_bytes(size, "big"))


def rsa_jwk(private):
    numbers = private.private_numbers()
    public = numbers.public_numbers
    parts = {"n": public.n, "e": public.e, "d": numbers.d, "p": numbers.p,
             "q": numbers.q, "dp": numbers.dmp1, "dq": numbers.dmq1,
             "qi": numbers.iqmp}
    return JsonWebKey(kty="RSA", key_ops=["encrypt", "decrypt"], **{
        member: part.to_bytes((part.bit_length() + 7) // 8, "big")
        for member, part in parts.items()})


@pytest.mark.parametrize("hsm", [False, True])
def test_import(keys, name, hsm):
    curve = ec_jwk(ec.generate_private_key(ec.SECP256R1()))
    made = keys.import_key(name, curve, hardware_protected=hsm)
    assert made.key_type == ("EC-HSM" if hsm else "EC")
    assert (made.key.x, made.key.y, made.key.d) == (curve.x, curve.y, None)
    pair = rsa_jwk(rsa.generate_private_key(65537, 2048))
    newer = keys.import_key(name, pair, hardware_protected=hsm,
                            tags={"t": "1"})
    assert newer.key_type == ("RSA-HSM" if hsm else "RSA")
    assert (newer.key.n, newer.key.d, newer.key.p) == (pair.n, None, None)
    assert set(newer.key_operations) == {"encrypt", "decrypt"}
    assert keys.get_key(name, made.properties.version).key.x == curve.x


def test_import_of_what_is_no_key_is_refused(keys, name):
    jwk = ec_jwk(ec.generate_private_key(ec.SECP256R1()))
    jwk.d = b"\1" * 32
    with pytest.raises(HttpResponseError) as refused:
        keys.import_key(name, jwk)
    assert refused.value.status_code == 400
    with pytest.raises(ResourceNotFoundError):
        keys.get_key(name)


def test_versions(keys, name):
    made = [keys.create_ec_key(name, tags={"v": str(i)}) for i in range(3)]
    listed = list(keys.list_properties_of_key_versions(name))
    assert {p.version: p.tags["v"] for p in listed} == {
        key.properties.version: key.properties.tags["v"] for key in made}
    for key in made:
        assert keys.get_key(name, key.properties.version).key.x == key.key.x
    assert keys.get_key(name).id == made[-1].id
    assert not list(keys.list_properties_of_key_versions(name + "-none"))


def test_update(keys, name):
    made = keys.create_rsa_key(name, tags={"t": "1"})
    expires = datetime.datetime(2080, 1, 1, tzinfo=UTC)
    updated = keys.update_key_properties(
        name, key_operations=["sign"], expires_on=expires, enabled=False)
    assert updated.id == made.id
    assert updated.key_operations == ["sign"]
    assert updated.properties.expires_on == expires
    assert updated.properties.enabled is False
    assert updated.properties.tags == {"t": "1"}
    newer = keys.create_rsa_key(name)
    keys.update_key_properties(name, made.properties.version, tags={"u": "2"})
    assert keys.get_key(name, made.properties.version).properties.tags == {
        "u": "2"}
    assert keys.get_key(name).id == newer.id
    assert not keys.get_key(name).properties.tags


def test_list_over_pages_some_of_them_empty():
    names = [f"crowd-{i:03}" for i in range(60)]
    with connect(vault=CROWD) as crowd:
        for each in names:
            crowd.create_ec_key(each, tags={"n": each})
        whole = list(crowd.list_properties_of_keys())
        pages = [list(page) for page in
                 crowd.list_properties_of_keys().by_page()]
    assert sorted(p.name for p in whole) == names
    assert all(p.tags == {"n": p.name} and p.version is None for p in whole)
    assert sorted(p.name for page in pages for p in page) == names
    assert max(map(len, pages)) == 25
    assert any(not page for page in pages)


def test_rotation(keys, name):
    made = keys.create_ec_key(name, curve="P-384", tags={"a": "b"})
    policy = keys.get_key_rotation_policy(name)
    assert policy.id is None
    assert [a.action for a in policy.lifetime_actions] == ["Notify"]
    assert policy.lifetime_actions[0].time_before_expiry == "P30D"

    updated = keys.update_key_rotation_policy(
        name, KeyRotationPolicy(), expires_in="P90D", lifetime_actions=[
            KeyRotationLifetimeAction(KeyRotationPolicyAction.rotate,
                                      time_before_expiry="P10D")])
    assert updated.id == f"{VAULT}/keys/{name}/rotationpolicy"
    assert updated.expires_in == "P90D"
    assert updated.created_on and updated.updated_on
    read = keys.get_key_rotation_policy(name)
    assert {a.action: a.time_before_expiry for a in read.lifetime_actions
            } == {"Rotate": "P10D", "Notify": "P30D"}

    rotated = keys.rotate_key(name)
    assert rotated.properties.version != made.properties.version
    assert rotated.key.crv == "P-384"
    assert rotated.key.x != made.key.x
    assert rotated.properties.tags == {"a": "b"}
    life = rotated.properties.expires_on - rotated.properties.created_on
    assert life == datetime.timedelta(days=90)
    assert keys.get_key(name).id == rotated.id

    with pytest.raises(HttpResponseError) as refused:
        keys.update_key_rotation_policy(name, KeyRotationPolicy(),
                                        expires_in="P1D")
    assert refused.value.status_code == 400


def test_delete_recover_delete_purge(keys, name):
    made = keys.create_ec_key(name, tags={"a": "b"}, enabled=False)
    deleted = delete(keys, name)
    assert deleted.recovery_id == f"{VAULT}/deletedkeys/{name}"
    assert deleted.key.x == made.key.x
    kept_for = deleted.scheduled_purge_date - deleted.deleted_date
    assert kept_for == datetime.timedelta(days=90)
    with pytest.raises(ResourceNotFoundError) as missing:
        keys.get_key(name)
    assert missing.value.error.code == "KeyNotFound"
    assert keys.get_deleted_key(name).key.x == made.key.x
    assert name in {d.name for d in keys.list_deleted_keys()}
    with pytest.raises(ResourceExistsError) as taken:
        keys.create_ec_key(name)
    assert taken.value.error.innererror["code"] == (
        "ObjectIsDeletedButRecoverable")

    poller = keys.begin_recover_deleted_key(name)
    poller.wait()
    assert poller.result().id == made.id
    assert keys.get_key(name).key.x == made.key.x

    delete(keys, name)
    keys.purge_deleted_key(name)
    with pytest.raises(ResourceNotFoundError):
        keys.get_key(name)


def restore_when_gone(keys, blob):
    """A purge takes a moment; until then the name is taken: 409."""
    for _ in range(100):
        try:
            return keys.restore_key_backup(blob)
        except HttpResponseError as error:
            assert error.status_code == 409
            time.sleep(0.1)
    raise AssertionError("the name is not free after 10 s")


def test_backup_and_restore(keys, name):
    old = keys.create_ec_key(name)
    made = keys.create_rsa_key(name, key_operations=["sign"],
                               hardware_protected=True)
    blob = keys.backup_key(name)
    with pytest.raises(ResourceExistsError):
        keys.restore_key_backup(blob)
    delete(keys, name)
    keys.purge_deleted_key(name)
    restored = restore_when_gone(keys, blob)
    assert restored.id == made.id
    assert (restored.key.n, restored.key_type) == (made.key.n, "RSA-HSM")
    assert restored.key_operations == ["sign"]
    assert keys.get_key(name, old.properties.version).key.x == old.key.x
    spoilt = bytearray(blob)
    spoilt[len(spoilt) // 2] ^= 1
    with pytest.raises(HttpResponseError) as refused:
        keys.restore_key_backup(bytes(spoilt))
    assert refused.value.status_code == 400


def test_a_principal_may_list_but_not_get():
    with connect(*LISTS_ONLY) as listing:
        assert "seeded-key" in {p.name for p in
                                listing.list_properties_of_keys()}
        for act in (lambda: listing.get_key("seeded-key"),
                    lambda: listing.create_ec_key("new")):
            with pytest.raises(HttpResponseError) as refused:
                act()
            assert refused.value.error.innererror["code"] == (
                "ForbiddenByPolicy")


@pytest.mark.parametrize("api_version", [each.value for each in ApiVersion])
def test_every_api_version_the_client_knows(name, api_version):
    with connect(api_version=api_version) as keys:
        made = keys.create_ec_key(name, tags={"api": api_version})
        read = keys.get_key(name, made.properties.version)
        assert read.key.x == made.key.x
        assert read.properties.tags == {"api": api_version}
        keys.update_key_properties(name, enabled=False)
        assert name in {p.name for p in keys.list_properties_of_keys()}
        deleted = delete(keys, name)
        assert deleted.recovery_id == f"{VAULT}/deletedkeys/{name}"
