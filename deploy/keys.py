"""API keys, which no stack holds: one is lent to the smoke job, and all go with the stack."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from deploy import interruption
from spillway_cli import api_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_apigateway import APIGatewayClient


@contextmanager
def lent(apigateway: APIGatewayClient, usage_plan_id: str, tenant: str) -> Iterator[str]:
    """A new key of this tenant, for as long as the block runs; the tenant is nobody else's.

    One that a killed run left goes first.
    """
    _take_back(apigateway, usage_plan_id, tenant)
    try:
        yield api_keys.create(apigateway, usage_plan_id, tenant)
    finally:
        with interruption.held_off():
            _take_back(apigateway, usage_plan_id, tenant)


def delete_all(apigateway: APIGatewayClient, usage_plan_id: str) -> int:
    """Delete a usage plan's keys and return how many there were; a plan that is gone has none."""
    try:
        found = api_keys.keys(apigateway, usage_plan_id)
    except apigateway.exceptions.NotFoundException:
        return 0
    api_keys.delete(apigateway, found)
    return len(found)


def _take_back(apigateway: APIGatewayClient, usage_plan_id: str, tenant: str) -> None:
    api_keys.delete(apigateway, api_keys.keys(apigateway, usage_plan_id, tenant))
