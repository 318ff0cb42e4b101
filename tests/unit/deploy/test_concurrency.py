"""What Lambda has left is asked before anything is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from deploy import concurrency
from deploy.failure import DeployFailed
from tests.template.documents import CORE, load

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

DEFAULTS = {name: str(load(CORE)["Parameters"][name]["Default"]) for name in concurrency.RESERVING}


class Functions:
    """Lambda, in an account with so much that is not reserved."""

    def __init__(self, unreserved: int) -> None:
        self._unreserved = unreserved

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": self._unreserved}}


class Denied:
    def get_account_settings(self) -> dict[str, Any]:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
        raise ClientError(cast("Any", error), "GetAccountSettings")


def _check(
    functions: Functions | Denied, before: dict[str, str] | None = None, **given: str
) -> None:
    wanted = {**DEFAULTS, **(before or {}), **given}
    concurrency.check(cast("LambdaClient", functions), wanted, before or {})


def test_a_new_account_is_told_which_parameter_to_set() -> None:
    with pytest.raises(DeployFailed) as failure:
        _check(Functions(10))

    assert str(failure.value).startswith("Lambda has 10 concurrent executions left")
    assert 'PARAMETERS="ScalerConcurrency=0" reserves none' in str(failure.value)


def test_all_that_reserve_are_named() -> None:
    with pytest.raises(DeployFailed, match=r'"EnqueueConcurrency=0 ScalerConcurrency=0"'):
        _check(Functions(200), EnqueueConcurrency="100")


@pytest.mark.parametrize(("unreserved", "enqueue"), [(101, "0"), (1000, "899"), (1_000, "100")])
def test_what_there_is_may_be_reserved_but_a_hundred(unreserved: int, enqueue: str) -> None:
    _check(Functions(unreserved), EnqueueConcurrency=enqueue)


def test_one_more_is_refused() -> None:
    with pytest.raises(DeployFailed, match="must stay unreserved"):
        _check(Functions(1000), EnqueueConcurrency="900")


def test_nothing_to_reserve_needs_nothing() -> None:
    _check(Functions(10), ScalerConcurrency="0")


def test_what_the_stack_has_reserved_is_its_own() -> None:
    before = {**DEFAULTS, "EnqueueConcurrency": "50"}

    _check(Functions(100), before)
    _check(Functions(120), before, EnqueueConcurrency="70")
    with pytest.raises(DeployFailed, match="is to reserve 21 more"):
        _check(Functions(120), before, EnqueueConcurrency="71")


def test_a_stack_from_before_the_parameter_reserves_it_now() -> None:
    with pytest.raises(DeployFailed, match="is to reserve 1 more"):
        _check(Functions(10), {"EnqueueConcurrency": "0"})


def test_who_may_not_ask_finds_out_by_deploying() -> None:
    _check(Denied())


def test_each_parameter_reserves_for_a_function_of_the_template() -> None:
    reserving = [
        each["Properties"]["ReservedConcurrentExecutions"]["Fn::If"][1]["Ref"]
        for each in load(CORE)["Resources"].values()
        if "ReservedConcurrentExecutions" in each.get("Properties", {})
    ]

    assert sorted(reserving) == sorted(concurrency.RESERVING)
