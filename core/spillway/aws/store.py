"""Jobs in the JobsTable: each write is one conditional call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.attributes import to_item
from spillway.aws.batch import batch_get
from spillway.aws.faults import translated
from spillway.aws.spread_index import SpreadIndex
from spillway.aws.wire.store import applying, getting, job_of, key_of, refused, refused_item
from spillway.errors import JobExists
from spillway.job import TENANT_SHARDS, Status
from spillway.record import job_key, partition_key, to_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.job import Job, JobKey
    from spillway.update import Update


class DynamoStore:
    """The JobsTable and its two indexes."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._by_tenant = SpreadIndex(dynamodb, table, index="byTenant", key="tenantShard")

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
        shards = [f"{tenant}#{shard}" for shard in range(TENANT_SHARDS)]
        return self._by_tenant.page(shards, self._listed, before=before, limit=limit)

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

    def _listed(self, partitions: Sequence[str]) -> Sequence[Job]:
        return self.get_many([job_key(partition) for partition in partitions])
