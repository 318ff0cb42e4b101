"""API keys, `<tenant>.<secret>`, under a stack's usage plan. API Gateway alone keeps the values."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spillway.identity import TENANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mypy_boto3_apigateway import APIGatewayClient

SECRET_BYTES = 32
PAGE_SIZE = 500
"""The most that API Gateway puts on a page; without a word it is 25."""


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key as it is listed, without its value. `tenant` is its name: its value begins with it."""

    key_id: str
    tenant: str
    created_at: datetime
    enabled: bool


def create(apigateway: APIGatewayClient, usage_plan_id: str, tenant: str) -> str:
    """Make a key for the tenant and return its value, this once.

    Raises:
        ValueError: the name can't be a tenant's.

    """
    if not TENANT.fullmatch(tenant):
        raise ValueError(f"a tenant's name matches {TENANT.pattern}, got {tenant!r}")
    value = f"{tenant}.{secrets.token_urlsafe(SECRET_BYTES)}"
    key_id = apigateway.create_api_key(name=tenant, enabled=True, value=value)["id"]
    try:
        apigateway.create_usage_plan_key(usagePlanId=usage_plan_id, keyId=key_id, keyType="API_KEY")
    except Exception:
        # Outside a usage plan a key opens nothing, and would only lie about.
        apigateway.delete_api_key(apiKey=key_id)
        raise
    return value


def keys(
    apigateway: APIGatewayClient, usage_plan_id: str, tenant: str | None = None
) -> Sequence[KeyEntry]:
    """The plan's keys, or a tenant's among them, by tenant and age."""
    # A name is asked for by its beginning: `acme` finds the keys of `acme-eu` too.
    asked: dict[str, Any] = {"PaginationConfig": {"PageSize": PAGE_SIZE}}
    asked |= {"nameQuery": tenant} if tenant else {}
    # A plan's keys are listed without their dates, all keys without their plans.
    planned = apigateway.get_paginator("get_usage_plan_keys").paginate(
        usagePlanId=usage_plan_id, **asked
    )
    ids = {item["id"] for page in planned for item in page["items"]}
    known = apigateway.get_paginator("get_api_keys").paginate(includeValues=False, **asked)
    found = [
        KeyEntry(item["id"], item["name"], item["createdDate"], item["enabled"])
        for page in known
        for item in page["items"]
        if item["id"] in ids and tenant in (None, item["name"])
    ]
    return sorted(found, key=lambda key: (key.tenant, key.created_at))


def delete(apigateway: APIGatewayClient, unwanted: Iterable[KeyEntry]) -> None:
    """Delete keys: from now on they open nothing. One that has gone already is no fault."""
    for key in unwanted:
        with suppress(apigateway.exceptions.NotFoundException):
            apigateway.delete_api_key(apiKey=key.key_id)
