"""One item of a table, as last written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.faults import translated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.aws.wire.store import Item


def key(partition: str) -> dict[str, dict[str, str]]:
    """The key of the item."""
    return {"pk": {"S": partition}}


def read(dynamodb: DynamoDBClient, table: str, partition: str) -> Item | None:
    """The item, or None where there is none."""
    with translated("DynamoDB"):
        found = dynamodb.get_item(TableName=table, Key=key(partition), ConsistentRead=True)
    return found.get("Item")
