"""A tenant's key is made once, in its plan or not at all, and its value is nowhere listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from spillway.identity import TENANT, tenant_of_api_key
from spillway_cli import api_keys

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

    from tests.unit.cli.conftest import Deploy


@pytest.fixture
def apigateway(account: Deploy) -> APIGatewayClient:
    return boto3.client("apigateway")


@pytest.fixture
def plan_id(apigateway: APIGatewayClient) -> str:
    return apigateway.create_usage_plan(name="spillway")["id"]


def test_a_key_is_its_tenant_s_and_in_the_plan(apigateway: APIGatewayClient, plan_id: str) -> None:
    value = api_keys.create(apigateway, plan_id, "acme")

    assert tenant_of_api_key(value) == "acme"
    [key] = apigateway.get_api_keys(includeValues=True)["items"]
    assert (key["name"], key["value"], key["enabled"]) == ("acme", value, True)
    [joined] = apigateway.get_usage_plan_keys(usagePlanId=plan_id)["items"]
    assert joined["id"] == key["id"]


def test_two_keys_of_a_tenant_differ(apigateway: APIGatewayClient, plan_id: str) -> None:
    assert len({api_keys.create(apigateway, plan_id, "acme") for _ in range(2)}) == 2


@pytest.mark.parametrize("name", ["a.b", "", "a/b", "a" * 65])
def test_a_name_that_is_no_tenant_s_is_refused(
    apigateway: APIGatewayClient, plan_id: str, name: str
) -> None:
    with pytest.raises(ValueError, match="a tenant's name matches") as refused:
        api_keys.create(apigateway, plan_id, name)

    assert TENANT.pattern in str(refused.value)
    assert apigateway.get_api_keys()["items"] == []


def test_no_key_is_left_where_its_plan_is_missing(apigateway: APIGatewayClient) -> None:
    # Given that API Gateway knows no such plan, which moto would let pass
    def refuse(**_: Any) -> None:
        error: Any = {"Code": "NotFoundException", "Message": "Invalid Usage Plan ID specified"}
        raise ClientError({"Error": error}, "CreateUsagePlanKey")

    apigateway.meta.events.register("before-call.api-gateway.CreateUsagePlanKey", refuse)

    # When a key is made
    with pytest.raises(ClientError, match="Invalid Usage Plan ID"):
        api_keys.create(apigateway, "no-plan", "acme")

    # Then it is gone again
    assert apigateway.get_api_keys()["items"] == []


def test_a_plan_s_keys_are_listed_without_their_values(
    apigateway: APIGatewayClient, plan_id: str
) -> None:
    values = [api_keys.create(apigateway, plan_id, name) for name in ("globex", "acme", "acme")]
    elsewhere = apigateway.create_usage_plan(name="other")["id"]
    api_keys.create(apigateway, elsewhere, "acme")

    listed = api_keys.keys(apigateway, plan_id)

    assert [key.tenant for key in listed] == ["acme", "acme", "globex"]
    assert all(key.enabled for key in listed)
    assert not any(value in repr(listed) for value in values)
    assert [key.tenant for key in api_keys.keys(apigateway, plan_id, "globex")] == ["globex"]


def test_a_tenant_is_not_its_namesake(apigateway: APIGatewayClient, plan_id: str) -> None:
    for name in ("acme", "acme-eu"):
        api_keys.create(apigateway, plan_id, name)

    assert [key.tenant for key in api_keys.keys(apigateway, plan_id, "acme")] == ["acme"]


@pytest.mark.parametrize(("tenant", "named"), [("acme", {"nameQuery": "acme"}), (None, {})])
def test_no_more_is_read_than_is_asked_for(
    apigateway: APIGatewayClient, plan_id: str, tenant: str | None, named: dict[str, str]
) -> None:
    asked: list[dict[str, Any]] = []
    for operation in ("GetApiKeys", "GetUsagePlanKeys"):
        apigateway.meta.events.register(
            f"provide-client-params.api-gateway.{operation}",
            lambda params, **_: asked.append(params),
        )

    api_keys.keys(apigateway, plan_id, tenant)

    assert asked == [
        {"usagePlanId": plan_id, "limit": 500, **named},
        {"includeValues": False, "limit": 500, **named},
    ]


def test_a_deleted_key_is_gone(apigateway: APIGatewayClient, plan_id: str) -> None:
    for name in ("acme", "globex"):
        api_keys.create(apigateway, plan_id, name)

    api_keys.delete(apigateway, api_keys.keys(apigateway, plan_id, "acme"))

    assert [key["name"] for key in apigateway.get_api_keys()["items"]] == ["globex"]
