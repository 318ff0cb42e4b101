"""Jobs in the JobsTable, as far as a worker reads and writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.faults import translated
from spillway.aws.wire.store import applying, getting, job_of, refused

if TYPE_CHECKING:
    from spillway.aws.aio.clients import JsonClient
    from spillway.job import Job, JobKey
    from spillway.update import Update


class DynamoStore:
    """The JobsTable."""

    def __init__(self, dynamodb: JsonClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    async def get(self, key: JobKey) -> Job | None:
        with translated("DynamoDB"):
            found = await self._dynamodb.get_item(**getting(self._table, key))
        return job_of(found["Item"]) if "Item" in found else None

    async def apply(self, update: Update) -> Job:
        with translated("DynamoDB"):
            try:
                written = await self._dynamodb.update_item(**applying(self._table, update))
            except ClientError as error:
                raise refused(error) from None
        return job_of(written["Attributes"])
