"""Why a stack failed is told by the resources that did, wherever they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from tools.stack_events import reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation import CloudFormationClient


class Events:
    """The events of some stacks, newest first, as CloudFormation gives them."""

    def __init__(self, **stacks: list[tuple[str, str, str, str, str]]) -> None:
        self._stacks = stacks

    def get_paginator(self, _: str) -> Events:
        return self

    def paginate(self, *, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's
        if StackName not in self._stacks:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStackEvents")
        names = ("LogicalResourceId", "ResourceType", "PhysicalResourceId", "ResourceStatus",
                 "ResourceStatusReason")  # fmt: skip
        events = [
            dict(zip(names, each, strict=True), StackId=StackName)
            for each in self._stacks[StackName]
        ]
        yield {"StackEvents": events}


STACK = "AWS::CloudFormation::Stack"


def _reasons(events: Events, stack: str) -> list[str]:
    return reasons(cast("CloudFormationClient", events), stack).splitlines()


def test_the_reasons_are_those_of_the_last_operation_without_what_followed() -> None:
    events = Events(
        core=[
            ("core", STACK, "core", "UPDATE_ROLLBACK_IN_PROGRESS", "failed: [A]"),
            ("B", "AWS::SQS::Queue", "b", "UPDATE_FAILED", "Resource update cancelled"),
            ("A", "AWS::SQS::Queue", "a", "UPDATE_FAILED", "no such key"),
            ("core", STACK, "core", "UPDATE_IN_PROGRESS", "User Initiated"),
            ("C", "AWS::SQS::Queue", "c", "UPDATE_FAILED", "a month ago"),
        ]
    )

    assert _reasons(events, "core") == ["A (AWS::SQS::Queue): no such key"]


def test_a_nested_stack_tells_its_own_reasons() -> None:
    events = Events(
        core=[
            ("Model", STACK, "inner", "UPDATE_FAILED", "Embedded stack inner was not updated"),
            ("core", STACK, "core", "UPDATE_IN_PROGRESS", "User Initiated"),
        ],
        inner=[
            ("Service", "AWS::ECS::Service", "s", "UPDATE_FAILED", "circuit breaker"),
            ("inner", STACK, "inner", "UPDATE_IN_PROGRESS", ""),
        ],
    )

    assert _reasons(events, "core") == ["Service (AWS::ECS::Service): circuit breaker"]


def test_a_nested_stack_that_was_never_made_is_told_itself() -> None:
    events = Events(
        core=[
            ("Other", STACK, "gone", "CREATE_FAILED", "gone before it was asked"),
            ("Model", STACK, "", "CREATE_FAILED", "not authorized"),
            ("core", STACK, "core", "CREATE_IN_PROGRESS", "User Initiated"),
        ]
    )

    assert _reasons(events, "core") == [
        f"Model ({STACK}): not authorized",
        f"Other ({STACK}): gone before it was asked",
    ]


def test_the_stacks_own_word_is_told_where_no_resource_failed() -> None:
    events = Events(core=[("core", STACK, "core", "CREATE_FAILED", "validation failed")])

    assert _reasons(events, "core") == [f"core ({STACK}): validation failed"]


def test_of_an_unknown_stack_nothing_is_told() -> None:
    assert _reasons(Events(), "core") == []
