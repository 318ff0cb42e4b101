"""The tenants' default destinations, one item each in the DeliveriesTable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.attributes import to_item
from spillway.aws.faults import translated
from spillway.aws.item import key, read
from spillway.destinations.destination import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.destinations.destination import Destination


class DynamoTenantDestinations:
    """Items `DESTINATIONS#<tenant>`."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def get(self, tenant: str) -> tuple[Destination, ...]:
        item = read(self._dynamodb, self._table, _partition(tenant))
        return () if item is None else from_text(item["destinations"]["S"])

    def set(self, tenant: str, destinations: Sequence[Destination]) -> None:
        partition = _partition(tenant)
        item = to_item({"pk": partition, "destinations": to_text(destinations)})
        with translated("DynamoDB"):
            if destinations:
                self._dynamodb.put_item(TableName=self._table, Item=item)
            else:
                self._dynamodb.delete_item(TableName=self._table, Key=key(partition))


def _partition(tenant: str) -> str:
    return f"DESTINATIONS#{tenant}"
