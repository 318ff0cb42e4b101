"""API keys, which no stack holds: one is lent to the smoke job, and all go with the stack."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from spillway_cli import api_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_apigateway import APIGatewayClient


@contextmanager
def lent(apigateway: APIGatewayClient, usage_plan_id: str, tenant: str) -> Iterator[str]:
    """A new key of this tenant, for as long as the block runs."""
    value = api_keys.create(apigateway, usage_plan_id, tenant)
    try:
        yield value
    finally:
        for key_id in _with_value(apigateway, tenant, value):
            apigateway.delete_api_key(apiKey=key_id)


def delete_all(apigateway: APIGatewayClient, usage_plan_id: str) -> int:
    """Delete a usage plan's keys and return how many there were; a plan that is gone has none."""
    try:
        found = api_keys.keys(apigateway, usage_plan_id)
    except apigateway.exceptions.NotFoundException:
        return 0
    api_keys.delete(apigateway, found)
    return len(found)


def _with_value(apigateway: APIGatewayClient, tenant: str, value: str) -> list[str]:
    """The ids of the key: its tenant may have others, of a deploy beside this one say."""
    pages = apigateway.get_paginator("get_api_keys").paginate(nameQuery=tenant, includeValues=True)
    return [key["id"] for page in pages for key in page["items"] if key.get("value") == value]
