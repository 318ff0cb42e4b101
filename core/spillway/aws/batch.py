"""Many items of a table by their keys."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Any

from spillway.aws.faults import translated, unavailable
from spillway.aws.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

_AT_ONCE = 100  # DynamoDB's limit


def batch_get(
    dynamodb: DynamoDBClient, table: str, partitions: Iterable[str], *, consistent: bool = False
) -> Iterator[Mapping[str, Any]]:
    """Those of the items that exist, in no order; `consistent`, as last written."""
    # DynamoDB refuses a batch that names a key twice.
    for some in batched(dict.fromkeys(partitions), _AT_ONCE, strict=False):
        keys = [{"pk": {"S": partition}} for partition in some]
        yield from _batch(dynamodb, table, keys, consistent=consistent)


def _batch(
    dynamodb: DynamoDBClient, table: str, keys: Sequence[Mapping[str, Any]], *, consistent: bool
) -> Iterator[Mapping[str, Any]]:
    for _ in tries():
        asked: KeysAndAttributesTypeDef = {"Keys": keys, "ConsistentRead": consistent}
        with translated("DynamoDB"):
            got = dynamodb.batch_get_item(RequestItems={table: asked})
        yield from got["Responses"].get(table, [])
        left = got.get("UnprocessedKeys", {}).get(table)
        if not left:
            return
        keys = left["Keys"]
    raise unavailable("DynamoDB", "keys left unprocessed")
