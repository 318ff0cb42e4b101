"""Jobs in the JobsTable: each write is one conditional call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.attributes import to_item
from spillway.aws.batch import batch_get
from spillway.aws.faults import translated
from spillway.aws.wire.store import applying, getting, job_of, key_of, refused, refused_item
from spillway.errors import JobExists
from spillway.job import TENANT_SHARDS, Status
from spillway.record import job_key, partition_key, to_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.aws.wire.store import Item
    from spillway.job import Job, JobKey
    from spillway.update import Update

_AT_ONCE = 10  # queries of one list: as many as the client keeps connections


class DynamoStore:
    """The JobsTable and its two indexes."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def put(self, job: Job) -> None:
        with translated("DynamoDB"):
            try:
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item=to_item(to_record(job)),
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                raise JobExists(job_of(refused_item(error))) from None

    def get(self, key: JobKey) -> Job | None:
        with translated("DynamoDB"):
            found = self._dynamodb.get_item(**getting(self._table, key))
        return job_of(found["Item"]) if "Item" in found else None

    def get_many(self, keys: Sequence[JobKey]) -> Sequence[Job]:
        asked = [partition_key(key) for key in keys]
        found = {job.key: job for job in map(job_of, batch_get(self._dynamodb, self._table, asked))}
        return [found[key] for key in keys if key in found]

    def apply(self, update: Update) -> Job:
        with translated("DynamoDB"):
            try:
                written = self._dynamodb.update_item(**applying(self._table, update))
            except ClientError as error:
                raise refused(error) from None
        return job_of(written["Attributes"])

    def forget(self, key: JobKey) -> None:
        with translated("DynamoDB"):
            try:
                self._dynamodb.delete_item(
                    TableName=self._table,
                    Key=key_of(key),
                    ConditionExpression="#status = :queued",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={":queued": {"S": Status.QUEUED.value}},
                )
            except ClientError as error:
                refused_item(error)

    def page(self, tenant: str, *, before: str | None, limit: int) -> Sequence[Job]:
        """The index lags: where it lists jobs that are gone by now, older ones fill the page.

        A page that is short says that the list ends.
        """
        jobs: list[Job] = []
        while (wanted := limit - len(jobs)) > 0:
            items = self._newest(tenant, before, wanted)
            jobs += self.get_many([job_key(item["pk"]["S"]) for item in items])
            if len(items) < wanted:
                break
            before = items[-1]["createdKey"]["S"]
        return jobs

    def due(self, shard: str, *, now_ms: int, limit: int) -> Sequence[JobKey]:
        with translated("DynamoDB"):
            found = self._dynamodb.query(
                TableName=self._table,
                IndexName="byDue",
                KeyConditionExpression="dueShard = :shard AND dueAt <= :now",
                ExpressionAttributeValues={":shard": {"S": shard}, ":now": {"N": str(now_ms)}},
                Limit=limit,
            )
        return [job_key(item["pk"]["S"]) for item in found["Items"]]

    def _newest(self, tenant: str, before: str | None, limit: int) -> list[Item]:
        """One query per shard, side by side; the newest of what they list."""

        def newest(shard: int) -> list[Item]:
            return self._newest_of_shard(f"{tenant}#{shard}", before, limit)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = [item for items in pool.map(newest, range(TENANT_SHARDS)) for item in items]
        return sorted(found, key=lambda item: str(item["createdKey"]["S"]), reverse=True)[:limit]

    def _newest_of_shard(self, tenant_shard: str, before: str | None, limit: int) -> list[Item]:
        condition, values = "tenantShard = :shard", {":shard": {"S": tenant_shard}}
        if before is not None:
            condition += " AND createdKey < :before"
            values[":before"] = {"S": before}
        with translated("DynamoDB"):
            found = self._dynamodb.query(
                TableName=self._table,
                IndexName="byTenant",
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ScanIndexForward=False,
                Limit=limit,
            )
        return list(found["Items"])
