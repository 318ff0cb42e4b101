"""DynamoDB's calls about a model's live figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.attributes import to_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import UpdateItemInputTypeDef

PREFIX = "MODEL#"


def adding(table: str, model: str, *, busy_ms: int, jobs: int) -> UpdateItemInputTypeDef:
    """Jobs that a worker has finished, and how long they held their slots together."""
    values = {":busy": busy_ms, ":jobs": jobs}
    return updating(table, model, "ADD busyMs :busy, jobs :jobs", values)


def updating(
    table: str,
    model: str,
    expression: str,
    values: Mapping[str, int],
    *,
    condition: str | None = None,
) -> UpdateItemInputTypeDef:
    """A write of some of a model's figures."""
    request: UpdateItemInputTypeDef = {
        "TableName": table,
        "Key": {"pk": {"S": PREFIX + model}},
        "UpdateExpression": expression,
        "ExpressionAttributeValues": to_item(values),
    }
    if condition is not None:
        request["ConditionExpression"] = condition
    return request
