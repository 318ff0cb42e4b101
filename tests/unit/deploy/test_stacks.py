"""Stacks are made, updated and removed; what was set before survives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from deploy.failure import DeployFailed
from deploy.stacks import Stack, Stacks

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from deploy.account import Account


def _template(*names: str, key: str = "a") -> str:
    parameters = {name: {"Type": "String", "Default": "none"} for name in names}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": key, "Value": "1"}]}}
    return json.dumps({"Parameters": parameters, "Resources": {"Queue": queue}})


def _stacks(account: Account) -> Stacks:
    return Stacks(account.cloudformation, poll_s=0)


# --- deploying ----------------------------------------------------------------------------------


def test_a_stack_is_made_with_its_parameters(account: Account) -> None:
    stacks = _stacks(account)

    assert stacks.find("x") is None
    assert stacks.deploy("x", _template("Cpu", "Name"), {"Cpu": "256"})

    made = stacks.find("x")
    assert made is not None
    assert made.parameters == {"Cpu": "256", "Name": "none"}


def test_what_is_not_given_again_keeps_its_value(account: Account) -> None:
    stacks = _stacks(account)
    stacks.deploy("x", _template("Cpu", "Name"), {"Cpu": "256", "Name": "old"})

    stacks.deploy("x", _template("Cpu", "Name", "New", key="b"), {"Name": "new"})

    after = stacks.find("x")
    assert after is not None
    assert after.parameters == {"Cpu": "256", "Name": "new", "New": "none"}


def test_a_parameter_that_the_template_lost_is_not_asked_for(account: Account) -> None:
    stacks = _stacks(account)
    stacks.deploy("x", _template("Cpu", "Gone"), {"Cpu": "256", "Gone": "1"})
    asked: list[dict[str, Any]] = []
    account.cloudformation.meta.events.register(
        "before-parameter-build.cloudformation.UpdateStack",
        lambda params, **_: asked.append(params),
    )

    stacks.deploy("x", _template("Cpu", key="b"), {})

    assert asked[0]["Parameters"] == [{"ParameterKey": "Cpu", "UsePreviousValue": True}]


# --- what only a real CloudFormation comes to ---------------------------------------------------


class CloudFormation:
    """CloudFormation with one stack that goes through these states as it is looked at."""

    def __init__(self, *states: str) -> None:
        self._states = list(states)
        self.deleted = False
        self.update_error = ""

    def describe_stacks(self, **_: object) -> dict[str, Any]:
        if not self._states:
            raise _fault("Stack with id x does not exist")
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return {"Stacks": [{"StackName": "x", "StackId": "arn:x", "StackStatus": state}]}

    def delete_stack(self, **_: object) -> None:
        self.deleted = True
        self._states = ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]

    def get_template_summary(self, **_: object) -> dict[str, Any]:
        return {"Parameters": []}

    def update_stack(self, **_: object) -> None:
        if self.update_error:
            raise _fault(self.update_error)


def _fault(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "UpdateStack")


def _over(cloudformation: CloudFormation) -> Stacks:
    return Stacks(cast("CloudFormationClient", cloudformation), poll_s=0)


def test_a_stack_that_moves_is_waited_for() -> None:
    settled = _over(CloudFormation("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")).settled("x")

    assert settled is not None
    assert settled.status == "UPDATE_COMPLETE"


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED"])
def test_a_stack_whose_making_failed_is_removed(status: str) -> None:
    cloudformation = CloudFormation(status)

    assert _over(cloudformation).settled("x") is None
    assert cloudformation.deleted


def test_a_stack_by_name_only_is_to_be_made() -> None:
    """A change set was made and not carried out."""
    cloudformation = CloudFormation("REVIEW_IN_PROGRESS")

    assert _over(cloudformation).settled("x") is None
    assert not cloudformation.deleted


@pytest.mark.parametrize(
    ("status", "how"),
    [
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name x"),
        ("DELETE_FAILED", "make delete"),
    ],
)
def test_a_stack_that_is_stuck_says_how_to_go_on(status: str, how: str) -> None:
    cloudformation = CloudFormation(status)

    with pytest.raises(DeployFailed, match=how):
        _over(cloudformation).settled("x")
    assert not cloudformation.deleted


def test_a_rolled_back_update_can_be_deployed_to() -> None:
    assert _over(CloudFormation("UPDATE_ROLLBACK_COMPLETE")).settled("x") is not None


def test_nothing_to_change_is_no_failure() -> None:
    cloudformation = CloudFormation("UPDATE_COMPLETE")
    cloudformation.update_error = "No updates are to be performed."

    assert not _over(cloudformation).deploy("x", _template(), {})


def test_any_other_refusal_is_raised() -> None:
    cloudformation = CloudFormation("UPDATE_COMPLETE")
    cloudformation.update_error = "Parameters: [Cpu] do not exist in the template"

    with pytest.raises(ClientError, match="do not exist"):
        _over(cloudformation).deploy("x", _template(), {})


# --- what joins a core --------------------------------------------------------------------


def test_the_stacks_that_join_a_core_are_those_that_name_it(account: Account) -> None:
    stacks = _stacks(account)
    for name, core in (("b", "mine"), ("a", "mine"), ("c", "other")):
        stacks.deploy(name, _template("CoreStack", key=name), {"CoreStack": core})
    stacks.deploy("mine", _template(), {})
    mine = stacks.find("mine")
    assert mine is not None

    assert [stack.name for stack in stacks.joined(mine)] == ["a", "b"]


def test_the_model_that_the_core_holds_itself_is_not_among_them(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks = _stacks(account)
    stacks.deploy("nested", _template("CoreStack"), {"CoreStack": "mine"})
    nested = stacks.find("nested")
    assert nested is not None
    monkeypatch.setattr(Stacks, "resources", lambda *_: {"DefaultModel": nested.id})

    assert stacks.joined(Stack("mine", "arn:mine", "CREATE_COMPLETE")) == []
