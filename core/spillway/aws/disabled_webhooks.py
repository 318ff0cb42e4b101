"""The webhooks that are gone, one item each in the DeliveriesTable."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from spillway.aws.attributes import to_item
from spillway.aws.faults import translated
from spillway.aws.item import key, read

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.update import Record


KEPT_S = 90 * 86_400
"""After which a webhook is tried again. The table forgets the item some days later at most."""


class DynamoDisabledWebhooks:
    """Items `DISABLED#<tenant>#<hash of the URL>`, which may be longer than a key."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def is_disabled(self, tenant: str, url: str) -> bool:
        return read(self._dynamodb, self._table, _partition(tenant, url)) is not None

    def disable(self, tenant: str, url: str, *, now_ms: int) -> None:
        record: Record = {
            "pk": _partition(tenant, url),
            "url": url,
            "disabledAt": now_ms,
            "deleteAt": now_ms // 1000 + KEPT_S,
        }
        with translated("DynamoDB"):
            self._dynamodb.put_item(TableName=self._table, Item=to_item(record))

    def enable(self, tenant: str, url: str) -> None:
        with translated("DynamoDB"):
            self._dynamodb.delete_item(TableName=self._table, Key=key(_partition(tenant, url)))


def _partition(tenant: str, url: str) -> str:
    return f"DISABLED#{tenant}#{hashlib.blake2b(url.encode(), digest_size=16).hexdigest()}"
