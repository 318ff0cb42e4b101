"""Jobs in the JobsTable: each write is one conditional call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from spillway.aws.attributes import from_item, to_item
from spillway.aws.batch import batch_get
from spillway.aws.expression import Expression
from spillway.aws.faults import code, translated
from spillway.errors import JobExists, UpdateRefused
from spillway.job import TENANT_SHARDS, Job, JobKey, Status
from spillway.record import from_record, job_key, partition_key, to_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.update import Update

type Item = Mapping[str, Any]

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
                raise JobExists(_job(_refused_item(error))) from None

    def get(self, key: JobKey) -> Job | None:
        with translated("DynamoDB"):
            found = self._dynamodb.get_item(
                TableName=self._table, Key=_key(key), ConsistentRead=True
            )
        return _job(found["Item"]) if "Item" in found else None

    def get_many(self, keys: Sequence[JobKey]) -> Sequence[Job]:
        asked = [partition_key(key) for key in keys]
        found = {job.key: job for job in map(_job, batch_get(self._dynamodb, self._table, asked))}
        return [found[key] for key in keys if key in found]

    def apply(self, update: Update) -> Job:
        expression = Expression.of(update)
        with translated("DynamoDB"):
            try:
                written = self._dynamodb.update_item(
                    TableName=self._table,
                    Key=_key(update.key),
                    UpdateExpression=expression.update,
                    ConditionExpression=expression.condition,
                    ExpressionAttributeNames=expression.names,
                    ExpressionAttributeValues=to_item(expression.values),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                item = _refused_item(error)
                raise UpdateRefused(_job(item) if item else None) from None
        return _job(written["Attributes"])

    def forget(self, key: JobKey) -> None:
        with translated("DynamoDB"):
            try:
                self._dynamodb.delete_item(
                    TableName=self._table,
                    Key=_key(key),
                    ConditionExpression="#status = :queued",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={":queued": {"S": Status.QUEUED.value}},
                )
            except ClientError as error:
                _refused_item(error)

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


def _key(key: JobKey) -> dict[str, Any]:
    return {"pk": {"S": partition_key(key)}}


def _job(item: Item) -> Job:
    return from_record(from_item(item))


def _refused_item(error: ClientError) -> Item:
    """The item that a condition refused (empty where there is none), or the error again."""
    if code(error) != "ConditionalCheckFailedException":
        raise error
    item: Item = error.response.get("Item", {})  # type: ignore[assignment]
    return item
