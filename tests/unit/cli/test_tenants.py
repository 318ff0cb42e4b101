"""A tenant's key is made and printed once; whatever stands in the way is one line."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from spillway.identity import TENANT
from spillway_cli import tenants

if TYPE_CHECKING:
    from collections.abc import Iterator

RESOURCES = {"Topic": {"Type": "AWS::SNS::Topic"}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An account of moto's, and nothing of the user's own set-up."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        yield monkeypatch


@pytest.fixture
def plan_id(aws: pytest.MonkeyPatch) -> str:
    """The usage plan of a stack `spillway`."""
    # moto's stacks make no usage plans, so this one's output names a plan made beside it.
    plan_id = boto3.client("apigateway").create_usage_plan(name="spillway")["id"]
    _create_stack({"UsagePlanId": {"Value": plan_id}})
    return plan_id


def _create_stack(outputs: dict[str, Any]) -> None:
    template = json.dumps({"Resources": RESOURCES, "Outputs": outputs})
    boto3.client("cloudformation").create_stack(StackName="spillway", TemplateBody=template)


def _refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr; nothing else is printed."""
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("tenants: ")
    return line


def test_a_key_is_made_in_the_stacks_plan_and_printed(
    plan_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tenants.main(["create", "acme"]) == 0

    (value,) = capsys.readouterr().out.splitlines()
    assert value.startswith("acme.")
    apigateway = boto3.client("apigateway")
    (key,) = apigateway.get_api_keys(includeValues=True)["items"]
    assert (key["name"], key["value"], key["enabled"]) == ("acme", value, True)
    (joined,) = apigateway.get_usage_plan_keys(usagePlanId=plan_id)["items"]
    assert joined["id"] == key["id"]


def test_two_keys_of_a_tenant_differ(plan_id: str) -> None:
    apigateway = boto3.client("apigateway")

    values = {tenants.create(apigateway, plan_id, "acme") for _ in range(2)}

    assert len(values) == 2


@pytest.mark.parametrize("name", ["a.b", "", "a/b", "a" * 65])
def test_a_name_that_is_no_tenants_is_refused(
    name: str, plan_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tenants.main(["create", name]) == 1

    assert TENANT.pattern in _refusal(capsys)
    assert boto3.client("apigateway").get_api_keys()["items"] == []


@pytest.mark.usefixtures("plan_id")
def test_a_stack_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert tenants.main(["create", "acme", "--stack", "other"]) == 1

    assert "there is no stack other" in _refusal(capsys)


@pytest.mark.usefixtures("aws")
def test_a_stack_without_a_usage_plan_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    _create_stack({})

    assert tenants.main(["create", "acme"]) == 1

    assert _refusal(capsys) == "tenants: stack spillway has no output UsagePlanId"


def test_without_a_region_one_line_says_so(
    aws: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.delenv("AWS_DEFAULT_REGION")

    assert tenants.main(["create", "acme"]) == 1

    assert "region" in _refusal(capsys)


def test_without_credentials_one_line_says_so(
    aws: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        aws.delenv(name)

    assert tenants.main(["create", "acme"]) == 1

    assert "credentials" in _refusal(capsys)


@pytest.mark.usefixtures("aws")
def test_no_key_is_left_where_its_plan_is_missing() -> None:
    # Given that API Gateway knows no such plan, which moto would let pass
    def refuse(**_: Any) -> None:
        error: Any = {"Code": "NotFoundException", "Message": "Invalid Usage Plan ID specified"}
        raise ClientError({"Error": error}, "CreateUsagePlanKey")

    apigateway = boto3.client("apigateway")
    apigateway.meta.events.register("before-call.api-gateway.CreateUsagePlanKey", refuse)

    # When a key is made
    with pytest.raises(ClientError, match="Invalid Usage Plan ID"):
        tenants.create(apigateway, "no-plan", "acme")

    # Then it is gone again

    assert apigateway.get_api_keys()["items"] == []
