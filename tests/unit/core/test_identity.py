from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.identity import (
    TENANT,
    job_id_of_key,
    new_job_id,
    tenant_of_api_key,
    tenant_of_principal,
)
from spillway.submission import JOB_ID

ACCOUNT = "arn:aws:iam::123456789012:"


@given(st.text(max_size=40))
def test_any_key_names_a_tenant_or_none(key: str) -> None:
    tenant = tenant_of_api_key(key)

    assert tenant is None or (TENANT.fullmatch(tenant) and key.startswith(tenant + "."))


@given(st.text(max_size=80))
def test_any_principal_names_a_tenant_or_none(arn: str) -> None:
    tenant = tenant_of_principal(arn)

    assert tenant is None or TENANT.fullmatch(tenant)


@given(st.text(alphabet="abAB/-_.@+=,:", min_size=1, max_size=64))
def test_any_name_of_a_principal_makes_a_tenant(name: str) -> None:
    for kind in ("user", "assumed-role", "federated-user"):
        tenant = tenant_of_principal(f"{ACCOUNT}{kind}/{name}")
        assert tenant is not None
        assert TENANT.fullmatch(tenant)


def test_a_rotated_key_keeps_its_tenant() -> None:
    assert tenant_of_api_key("acme.one") == tenant_of_api_key("acme.two") == "acme"


def test_a_roles_sessions_are_one_tenant_and_other_principals_are_others() -> None:
    role = "arn:aws:sts::123456789012:assumed-role/Batch/"
    one, two = tenant_of_principal(role + "one"), tenant_of_principal(role + "two")
    others = [
        tenant_of_principal(ACCOUNT + "user/Batch"),
        tenant_of_principal(ACCOUNT + "root"),
        tenant_of_principal(ACCOUNT + "user/path/Batch"),
        tenant_of_principal("arn:aws:sts::999999999999:assumed-role/Batch/one"),
    ]

    assert one == two
    assert len({one, *others}) == 5


@pytest.mark.parametrize("arn", ["", "arn:aws:iam", "x:aws:iam::1:user/a"])
def test_what_is_no_arn_names_nobody(arn: str) -> None:
    assert tenant_of_principal(arn) is None


def test_new_ids_are_uuids_that_sort_by_time() -> None:
    ids = [new_job_id(now_ms) for now_ms in range(1_800_000_000_000, 1_800_000_000_100)]

    assert ids == sorted(ids)
    assert len({new_job_id(1) for _ in range(1_000)}) == 1_000
    for job_id in ids:
        assert (uuid.UUID(job_id).version, uuid.UUID(job_id).variant) == (7, uuid.RFC_4122)
        assert JOB_ID.fullmatch(job_id)


def test_a_keys_id_is_the_tenants_own_and_always_the_same() -> None:
    one = job_id_of_key("acme", "key")

    assert one == job_id_of_key("acme", "key")
    assert len({one, job_id_of_key("globex", "key"), job_id_of_key("acme", "key2")}) == 3
    assert uuid.UUID(one).version == 8
