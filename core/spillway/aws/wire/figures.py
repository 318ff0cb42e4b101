"""DynamoDB's calls about a model's live figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.attributes import to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import UpdateItemInputTypeDef

    from spillway.update import Record

PREFIX = "MODEL#"


def key(model: str) -> dict[str, dict[str, str]]:
    """The key of a model's item."""
    return {"pk": {"S": PREFIX + model}}


def adding(table: str, model: str, *, busy_ms: int, jobs: int) -> UpdateItemInputTypeDef:
    """Jobs that a worker has finished, and how long they held their slots together."""
    values = {":busy": busy_ms, ":jobs": jobs}
    return updating(table, model, "ADD busyMs :busy, jobs :jobs", values)


def updating(
    table: str,
    model: str,
    expression: str,
    values: Record,
    *,
    condition: str | None = None,
) -> UpdateItemInputTypeDef:
    """A write of some of a model's figures."""
    request: UpdateItemInputTypeDef = {
        "TableName": table,
        "Key": key(model),
        "UpdateExpression": expression,
        "ExpressionAttributeValues": to_item(values),
    }
    if condition is not None:
        request["ConditionExpression"] = condition
    return request
