"""Why a stack could not be deployed, from its own events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

MOST = 6
# Resources that CloudFormation gave up only because another one failed.
FOLLOWING = "cancelled"


def failures(cloudformation: CloudFormationClient, stack: str) -> str:
    """Return a line for each resource that failed, the first failure first; "" if none is known."""
    try:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    except ClientError:
        return ""
    lines = [
        f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): {reason}"
        for event in reversed(events)
        if str(event.get("ResourceStatus", "")).endswith("_FAILED")
        and (reason := event.get("ResourceStatusReason", ""))
        and FOLLOWING not in reason.lower()
    ]
    return "\n".join(lines[:MOST])
