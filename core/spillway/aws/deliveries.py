"""Deliveries in the DeliveriesTable: each write is one conditional call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.attributes import from_item, to_item
from spillway.aws.batch import batch_get
from spillway.aws.faults import translated
from spillway.aws.item import read
from spillway.aws.spread_index import SpreadIndex
from spillway.aws.wire.store import refused_item
from spillway.deliveries.delivery import SHARDS, DeliveryStatus
from spillway.deliveries.record import (
    delivery_key,
    from_record,
    partition_key,
    status_shard,
    to_record,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef

    from spillway.aws.wire.store import Item
    from spillway.deliveries.delivery import Delivery, DeliveryKey


class DynamoDeliveries:
    """The DeliveriesTable and its index, which has a list for each state."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._by_status = SpreadIndex(dynamodb, table, index="byStatus", key="statusShard")

    def add(self, delivery: Delivery) -> Delivery:
        refused = self._put(self._putting(delivery, "attribute_not_exists(pk)"))
        return delivery if refused is None else _delivery(refused)

    def get(self, key: DeliveryKey) -> Delivery | None:
        item = read(self._dynamodb, self._table, partition_key(key))
        return None if item is None else _delivery(item)

    def get_many(self, keys: Sequence[DeliveryKey]) -> Sequence[Delivery]:
        asked = [partition_key(key) for key in keys]
        items = batch_get(self._dynamodb, self._table, asked, consistent=True)
        found = {delivery.key: delivery for delivery in map(_delivery, items)}
        return [found[key] for key in keys if key in found]

    def replace(self, delivery: Delivery) -> bool:
        """A write whose answer was lost is told as done where it is sent again."""
        request = self._putting(delivery, "#version = :before")
        request["ExpressionAttributeNames"] = {"#version": "version"}
        request["ExpressionAttributeValues"] = to_item({":before": delivery.version - 1})
        refused = self._put(request)
        return refused is None or (bool(refused) and _delivery(refused) == delivery)

    def page(
        self, tenant: str, *, status: DeliveryStatus | None, before: str | None, limit: int
    ) -> Sequence[Delivery]:
        """One query per list, so four times as many where no state is asked for.

        The index lags: what has left the state since is passed over. What is just leaving one
        state for another may stand in neither list, and comes with the next reading.
        """

        def in_state(partitions: Sequence[str]) -> Sequence[Delivery]:
            found = self.get_many([delivery_key(partition) for partition in partitions])
            return [delivery for delivery in found if status in (None, delivery.status)]

        states = tuple(DeliveryStatus) if status is None else (status,)
        shards = [status_shard(tenant, state, shard) for state in states for shard in range(SHARDS)]
        return self._by_status.page(shards, in_state, before=before, limit=limit)

    def _putting(self, delivery: Delivery, condition: str) -> PutItemInputTypeDef:
        return {
            "TableName": self._table,
            "Item": to_item(to_record(delivery)),
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _put(self, request: PutItemInputTypeDef) -> Item | None:
        """Put it, or return the item that the condition refused, empty where there is none."""
        with translated("DynamoDB"):
            try:
                self._dynamodb.put_item(**request)
            except ClientError as error:
                return refused_item(error)
        return None


def _delivery(item: Item) -> Delivery:
    return from_record(from_item(item))
