"""A list that an index spreads over several keys, read as one: the newest first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from spillway.aws.faults import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.aws.wire.store import Item

_AT_ONCE = 10  # queries of one list: as many as the client keeps connections


class SpreadIndex:
    """An index of a table, sorted by `createdKey` under each of its keys."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, *, index: str, key: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._index = index
        self._key = key

    def page[T](
        self,
        shards: Sequence[str],
        read: Callable[[Sequence[str]], Sequence[T]],
        *,
        before: str | None,
        limit: int,
    ) -> Sequence[T]:
        """What `read` gives for the partition keys of the newest items.

        The index lags: where it lists what is gone by now, older ones fill the page. A page that
        is short says that the list ends.
        """
        found: list[T] = []
        while (wanted := limit - len(found)) > 0:
            items = self._newest(shards, before, wanted)
            found += read([item["pk"]["S"] for item in items])
            if len(items) < wanted:
                break
            before = items[-1]["createdKey"]["S"]
        return found

    def _newest(self, shards: Sequence[str], before: str | None, limit: int) -> list[Item]:
        """One query per shard, side by side; the newest of what they list.

        What moves from one shard to another meanwhile may be listed in both, and comes once.
        """
        newest = partial(self._newest_of_shard, before=before, limit=limit)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            listed = [item for items in pool.map(newest, shards) for item in items]
        found = {str(item["createdKey"]["S"]): item for item in listed}
        return [found[created] for created in sorted(found, reverse=True)[:limit]]

    def _newest_of_shard(self, shard: str, *, before: str | None, limit: int) -> list[Item]:
        condition, values = f"{self._key} = :shard", {":shard": {"S": shard}}
        if before is not None:
            condition += " AND createdKey < :before"
            values[":before"] = {"S": before}
        with translated("DynamoDB"):
            found = self._dynamodb.query(
                TableName=self._table,
                IndexName=self._index,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ScanIndexForward=False,
                Limit=limit,
            )
        return list(found["Items"])
