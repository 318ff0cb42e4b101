"""A tenant with a rate of its own, beside the tenants of the stack's usage plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway_cli import api_keys

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

    from benchmarks.flood.limits import Throttle

STAGE = "v1"


def create(apigateway: APIGatewayClient, stack: str, name: str, throttle: Throttle) -> str:
    """Make a usage plan and a key in it; return the key."""
    apis = apigateway.get_rest_apis(limit=500)["items"]
    (api_id,) = [api["id"] for api in apis if api["name"] == stack]
    plan = apigateway.create_usage_plan(
        name=f"{stack}-{name}",
        apiStages=[{"apiId": api_id, "stage": STAGE}],
        throttle={"rateLimit": throttle.rate, "burstLimit": throttle.burst},
    )
    return api_keys.create(apigateway, plan["id"], name)
