"""DynamoDB's calls about one job: their parameters, and what their answers and errors mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.aws.attributes import from_item, to_item
from spillway.aws.expression import Expression
from spillway.aws.faults import code
from spillway.errors import UpdateRefused
from spillway.record import from_record, partition_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb.type_defs import GetItemInputTypeDef, UpdateItemInputTypeDef

    from spillway.job import Job, JobKey
    from spillway.update import Update

type Item = Mapping[str, Any]


def getting(table: str, key: JobKey) -> GetItemInputTypeDef:
    """One job as last written."""
    return {"TableName": table, "Key": key_of(key), "ConsistentRead": True}


def applying(table: str, update: Update) -> UpdateItemInputTypeDef:
    """One conditional write, which tells the job after it, or the one that it was refused for."""
    expression = Expression.of(update)
    return {
        "TableName": table,
        "Key": key_of(update.key),
        "UpdateExpression": expression.update,
        "ConditionExpression": expression.condition,
        "ExpressionAttributeNames": expression.names,
        "ExpressionAttributeValues": to_item(expression.values),
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def key_of(key: JobKey) -> dict[str, Any]:
    """The item's key."""
    return {"pk": {"S": partition_key(key)}}


def job_of(item: Item) -> Job:
    """The job that an item holds."""
    return from_record(from_item(item))


def refused(error: ClientError) -> UpdateRefused:
    """What a refused write says of the job as it is; any other error is raised again."""
    item = refused_item(error)
    return UpdateRefused(job_of(item) if item else None)


def refused_item(error: ClientError) -> Item:
    """The item that a condition refused (empty where there is none), or the error again."""
    if code(error) != "ConditionalCheckFailedException":
        raise error
    item: Item = error.response.get("Item", {})  # type: ignore[assignment]
    return item
