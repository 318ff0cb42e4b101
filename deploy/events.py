"""Why a stack could not be deployed or deleted, from its own events and its nested stacks'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation import CloudFormationClient

MOST = 6
STACK_TYPE = "AWS::CloudFormation::Stack"
BEGUN = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})
# What a resource says that was given up only because another one failed.
FOLLOWING = "cancelled"


def reasons(cloudformation: CloudFormationClient, stack: str) -> str:
    """Return a line for each resource that failed of late, the first failure first."""
    return "\n".join(list(_reasons(cloudformation, stack))[:MOST])


def _reasons(cloudformation: CloudFormationClient, stack: str) -> Iterator[str]:
    for event in reversed(_latest(cloudformation, stack)):
        reason = event.get("ResourceStatusReason", "")
        is_failed = event["ResourceStatus"].endswith("_FAILED")
        if not is_failed or not reason or FOLLOWING in reason.lower():
            continue
        inner = event.get("PhysicalResourceId", "")
        if event["ResourceType"] != STACK_TYPE:
            yield f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
        elif inner and inner != event["StackId"]:
            yield from _reasons(cloudformation, inner)


def _latest(cloudformation: CloudFormationClient, stack: str) -> list[Any]:
    """The events since the last thing was begun, newest first."""
    latest = []
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    for event in (event for page in pages for event in page["StackEvents"]):
        latest.append(event)
        is_own = event.get("PhysicalResourceId") == event["StackId"]
        if is_own and event["ResourceStatus"] in BEGUN:
            break
    return latest
