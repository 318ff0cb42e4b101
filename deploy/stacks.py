"""CloudFormation stacks: what one is, and how it is deployed, waited for and deleted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deploy.failure import DeployFailed
from tools.stack_events import reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

POLL_S = 3.0
# A stack that was never whole: it holds nothing to keep, and CloudFormation updates it no more.
STILLBORN = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
# A change set that nobody carried out: a stack by name only.
UNBORN = "REVIEW_IN_PROGRESS"
# What the stack let go of, or gave up.
GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
STUCK = {
    "UPDATE_ROLLBACK_FAILED": "mend what its events name, then "
    "`aws cloudformation continue-update-rollback --stack-name {name}`",
    "DELETE_FAILED": "it is half deleted: `make delete` goes on with it",
}


@dataclass(frozen=True)
class Stack:
    """A stack as CloudFormation describes it."""

    name: str
    id: str
    status: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    is_protected: bool = False

    @property
    def is_moving(self) -> bool:
        """Whether something is being done to it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != UNBORN

    def output(self, name: str) -> str:
        """Return an output; raise `DeployFailed` where a stack of ours would have it."""
        if name not in self.outputs:
            raise DeployFailed(f"stack {self.name} has no output {name}: is it Spillway's?")
        return self.outputs[name]


class Stacks:
    """The stacks of an account and region."""

    def __init__(self, cloudformation: CloudFormationClient, poll_s: float = POLL_S) -> None:
        self._cloudformation = cloudformation
        self._poll_s = poll_s

    def find(self, name: str) -> Stack | None:
        """Return a stack by its name or id, None where there is none."""
        try:
            described = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            # The code is that of any fault in the request.
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        return _stack(described[0])

    def joined(self, core: Stack) -> list[Stack]:
        """Return the stacks that join a core, further models and others, not those that it holds.

        Each names it by its parameter CoreStack. They import from it, and so have to go before it.
        """
        held = set(self.resources(core).values())
        pages = self._cloudformation.get_paginator("describe_stacks").paginate()
        stacks = (_stack(described) for page in pages for described in page["Stacks"])
        mine = [s for s in stacks if s.parameters.get("CoreStack") == core.name]
        return sorted((s for s in mine if s.id not in held), key=lambda stack: stack.name)

    def settled(self, name: str) -> Stack | None:
        """Return a stack that can be deployed to, None where it is to be made.

        Waits for what is being done to it, and removes one whose making failed.

        Raises:
            DeployFailed: somebody has to mend it first.

        """
        stack = self.find(name)
        if stack is not None and stack.is_moving:
            stack = self.wait(stack)
        if stack is not None and stack.status in STUCK:
            how = STUCK[stack.status].format(name=name)
            raise DeployFailed(f"stack {name} is {stack.status}: {how}")
        if stack is not None and stack.status in STILLBORN:
            self.delete(stack)
            return None
        return None if stack is None or stack.status == UNBORN else stack

    def resources(self, stack: Stack) -> dict[str, str]:
        """Return the physical names of what the stack holds, by logical id."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=stack.id
        )
        return {
            held["LogicalResourceId"]: held["PhysicalResourceId"]
            for page in pages
            for held in page["StackResourceSummaries"]
            if held.get("PhysicalResourceId") and held["ResourceStatus"] not in GONE
        }

    def deploy(self, name: str, template: str, given: Mapping[str, str]) -> bool:
        """Make or update a stack and wait; return whether there was anything to change.

        A parameter that is not given keeps the value that the stack has. Raises `DeployFailed`
        with the resources that failed; the stack is then as it was before.
        """
        before = self.settled(name)
        asked: dict[str, Any] = {
            "StackName": name,
            "TemplateBody": template,
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
        }
        if before is None:
            self._cloudformation.create_stack(**asked)
        elif not self._update(asked, before, given):
            return False
        after = self.find(name)
        if after is None:
            raise DeployFailed(f"stack {name} is gone again")
        after = self.wait(after)
        if after.status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            why = f"stack {name} could not be deployed: {after.status}"
            raise DeployFailed(why, excerpt=reasons(self._cloudformation, after.id))
        return True

    def _update(self, asked: dict[str, Any], before: Stack, given: Mapping[str, str]) -> bool:
        summary = self._cloudformation.get_template_summary(TemplateBody=asked["TemplateBody"])
        known = {each["ParameterKey"] for each in summary["Parameters"]}
        asked["Parameters"] += [
            {"ParameterKey": key, "UsePreviousValue": True}
            for key in before.parameters
            if key in known and key not in given
        ]
        try:
            self._cloudformation.update_stack(**asked)
        except ClientError as error:
            if "No updates are to be performed" in error.response["Error"]["Message"]:
                return False
            raise
        return True

    def wait(self, stack: Stack) -> Stack:
        """Wait until nothing is being done to a stack, and return what has become of it."""
        now: Stack | None = stack
        while now is not None and now.is_moving:
            time.sleep(self._poll_s)
            now = self.find(stack.id)
        return now or Stack(stack.name, stack.id, "DELETE_COMPLETE")

    def delete(self, stack: Stack) -> None:
        """Delete a stack and wait; raise `DeployFailed` with what could not be deleted."""
        self._cloudformation.delete_stack(StackName=stack.id)
        time.sleep(self._poll_s)
        after = self.find(stack.id)
        after = after and self.wait(after)
        if after is not None and after.status != "DELETE_COMPLETE":
            why = f"stack {stack.name} could not be deleted: {after.status}"
            raise DeployFailed(why, excerpt=reasons(self._cloudformation, stack.id))


def _stack(described: Any) -> Stack:  # noqa: ANN401 - a typed dict of boto3-stubs
    return Stack(
        name=described["StackName"],
        id=described["StackId"],
        status=described["StackStatus"],
        parameters={
            each["ParameterKey"]: each.get("ParameterValue", "")
            for each in described.get("Parameters", [])
        },
        outputs={each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])},
        is_protected=bool(described.get("EnableTerminationProtection", False)),
    )
