"""Many items of a table by their keys."""

from __future__ import annotations

import time
from itertools import batched
from typing import TYPE_CHECKING, Any

from spillway.aws.faults import translated, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 100  # DynamoDB's limit
_TRIES = 5
_PAUSE_S = 0.05


def batch_get(
    dynamodb: DynamoDBClient, table: str, partitions: Iterable[str]
) -> Iterator[Mapping[str, Any]]:
    """Those of the items that exist, in no order."""
    # DynamoDB refuses a batch that names a key twice.
    for some in batched(dict.fromkeys(partitions), _AT_ONCE, strict=False):
        yield from _batch(dynamodb, table, [{"pk": {"S": partition}} for partition in some])


def _batch(
    dynamodb: DynamoDBClient, table: str, keys: Sequence[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    for attempt in range(_TRIES):
        if attempt:  # botocore retries a refused call, not one that is answered in part
            time.sleep(_PAUSE_S * 2**attempt)
        with translated("DynamoDB"):
            got = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})
        yield from got["Responses"].get(table, [])
        left = got.get("UnprocessedKeys", {}).get(table)
        if not left:
            return
        keys = left["Keys"]
    raise unavailable("DynamoDB", "keys left unprocessed")
