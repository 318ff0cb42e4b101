"""Why a stack could not be made, changed or deleted, from its own events and its nested stacks'."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

MOST = 6
STACK_TYPE = "AWS::CloudFormation::Stack"
BEGUN = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})
# What a resource says that was given up only because another one failed.
FOLLOWING = "cancelled"


def reasons(cloudformation: CloudFormationClient, stack: str) -> str:
    """Return a line for each resource that failed of late, the first failure first.

    Where none did, the stack's own word; "" if CloudFormation tells nothing of the stack.
    """
    return "\n".join(_reasons(cloudformation, stack)[:MOST])


def _reasons(cloudformation: CloudFormationClient, stack: str) -> list[str]:
    of_resources: list[str] = []
    of_stack: list[str] = []
    for event in _failed(cloudformation, stack):
        line = _line(event)
        if _is_own(event):
            of_stack.append(line)
        elif event.get("ResourceType") == STACK_TYPE and event.get("PhysicalResourceId"):
            of_resources += _reasons(cloudformation, event["PhysicalResourceId"]) or [line]
        else:
            of_resources.append(line)
    return of_resources or of_stack


def _failed(cloudformation: CloudFormationClient, stack: str) -> list[StackEventTypeDef]:
    return [
        event
        for event in reversed(_latest(cloudformation, stack))
        if event.get("ResourceStatus", "").endswith("_FAILED")
        and (reason := event.get("ResourceStatusReason", ""))
        and FOLLOWING not in reason.lower()
    ]


def _latest(cloudformation: CloudFormationClient, stack: str) -> list[StackEventTypeDef]:
    """The events since the last thing was begun, newest first; what is refused is not there."""
    latest = []
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    with suppress(ClientError):
        for event in (event for page in pages for event in page["StackEvents"]):
            latest.append(event)
            if _is_own(event) and event.get("ResourceStatus") in BEGUN:
                break
    return latest


def _is_own(event: StackEventTypeDef) -> bool:
    return event.get("PhysicalResourceId") == event["StackId"]


def _line(event: StackEventTypeDef) -> str:
    resource = f"{event.get('LogicalResourceId')} ({event.get('ResourceType')})"
    return f"{resource}: {event.get('ResourceStatusReason')}"
