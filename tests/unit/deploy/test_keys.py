"""API keys of the smoke job and of a stack that goes."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from deploy import keys
from spillway_cli import api_keys

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

    from deploy.account import Account


@pytest.fixture
def plan(account: Account) -> str:
    return account.apigateway.create_usage_plan(name="spillway")["id"]


def _names(apigateway: APIGatewayClient) -> list[str]:
    return sorted(key["name"] for key in apigateway.get_api_keys()["items"])


def test_a_key_is_lent_and_taken_back(account: Account, plan: str) -> None:
    with keys.lent(account.apigateway, plan, "smoke") as value:
        assert value.startswith("smoke.")
        assert _names(account.apigateway) == ["smoke"]

    assert _names(account.apigateway) == []


def test_it_is_taken_back_after_a_failure(account: Account, plan: str) -> None:
    with pytest.raises(RuntimeError), keys.lent(account.apigateway, plan, "smoke"):
        raise RuntimeError

    assert _names(account.apigateway) == []


def test_one_that_a_killed_run_left_goes_first(account: Account, plan: str) -> None:
    api_keys.create(account.apigateway, plan, "smoke-shout")

    with keys.lent(account.apigateway, plan, "smoke-shout") as value:
        [left] = account.apigateway.get_api_keys(includeValues=True)["items"]
        assert left["value"] == value

    assert _names(account.apigateway) == []


def test_another_tenants_key_stays(account: Account, plan: str) -> None:
    """Two models may be deployed at once, and must not end each other's job."""
    api_keys.create(account.apigateway, plan, "smoke-shout-2")

    with keys.lent(account.apigateway, plan, "smoke-shout"):
        assert _names(account.apigateway) == ["smoke-shout", "smoke-shout-2"]

    assert _names(account.apigateway) == ["smoke-shout-2"]


def test_a_second_interruption_leaves_no_key(account: Account, plan: str) -> None:
    def again(**_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    event = "before-parameter-build.api-gateway.DeleteApiKey"
    account.apigateway.meta.events.register(event, again)

    with pytest.raises(KeyboardInterrupt), keys.lent(account.apigateway, plan, "smoke"):
        raise KeyboardInterrupt

    assert _names(account.apigateway) == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_plans_keys_go_and_anothers_stay(account: Account, plan: str) -> None:
    other = account.apigateway.create_usage_plan(name="other")["id"]
    for tenant in ("acme", "demo"):
        api_keys.create(account.apigateway, plan, tenant)
    api_keys.create(account.apigateway, other, "kept")

    assert keys.delete_all(account.apigateway, plan) == 2
    assert _names(account.apigateway) == ["kept"]


def test_a_plan_without_keys_has_none_to_delete(account: Account, plan: str) -> None:
    assert keys.delete_all(account.apigateway, plan) == 0
