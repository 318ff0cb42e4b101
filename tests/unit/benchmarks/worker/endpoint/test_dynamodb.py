"""The jobs' table and the results' bucket at the stand-in, through Spillway's own ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.worker import jobs
from spillway import transitions
from spillway.aws.attributes import from_item, to_item
from spillway.aws.expression import Expression
from spillway.record import from_record, partition_key, to_record

if TYPE_CHECKING:
    from benchmarks.worker.standin import StandIn
    from spillway.job import Job
    from spillway.update import Update
    from tests.unit.benchmarks.worker.conftest import Clients


@pytest.fixture
def dynamodb(client: Clients) -> Any:
    return client("dynamodb")


@pytest.fixture
def job(dynamodb: Any) -> Job:
    (accepted,) = jobs.accepted(1)
    dynamodb.put_item(
        TableName="jobs",
        Item=to_item(to_record(accepted)),
        ConditionExpression="attribute_not_exists(pk)",
    )
    return accepted


def write(dynamodb: Any, change: Update) -> dict[str, Any]:
    expression = Expression.of(change)
    written = dynamodb.update_item(
        TableName="jobs",
        Key=key(change.key),
        UpdateExpression=expression.update,
        ConditionExpression=expression.condition,
        ExpressionAttributeNames=expression.names,
        ExpressionAttributeValues=to_item(expression.values),
        ReturnValues="ALL_NEW",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    return from_item(written["Attributes"])


def key(job_key: Any) -> dict[str, Any]:
    return {"pk": {"S": partition_key(job_key)}}


def test_the_fence_holds(dynamodb: Any, job: Job, aws: StandIn) -> None:
    now_ms = job.created_at_ms
    claim = transitions.claim(
        job.key, now_ms=now_ms, lease_until_ms=now_ms + 30_000, max_attempts=4, model_version="1"
    )
    claimed = write(dynamodb, claim)

    with pytest.raises(ClientError, match="ConditionalCheckFailed") as second_claim:
        write(dynamodb, claim)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        write(dynamodb, finish(job, attempt=2))
    done = write(dynamodb, finish(job, attempt=1))

    response: Any = second_claim.value.response
    assert from_item(response["Item"]) == claimed
    assert done["status"] == "SUCCEEDED"
    assert "leaseUntil" not in done
    assert aws.counts().refused == 2


def finish(job: Job, *, attempt: int) -> Update:
    return transitions.succeed(
        job.key, attempt=attempt, now_ms=job.created_at_ms, result="1", result_uri="s3://r/1"
    )


def test_what_was_put_is_found_one_by_one_and_together(dynamodb: Any, job: Job) -> None:
    one = dynamodb.get_item(TableName="jobs", Key=key(job.key), ConsistentRead=True)["Item"]
    many = dynamodb.batch_get_item(
        RequestItems={"jobs": {"Keys": [key(job.key), {"pk": {"S": "nobody"}}]}}
    )

    assert from_record(from_item(one)) == job
    assert many["Responses"]["jobs"] == [one]
    assert "Item" not in dynamodb.get_item(TableName="jobs", Key={"pk": {"S": "nobody"}})


def test_a_put_does_not_replace_what_its_condition_protects(dynamodb: Any, job: Job) -> None:
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.put_item(
            TableName="jobs",
            Item=to_item(to_record(job)),
            ConditionExpression="attribute_not_exists(pk)",
        )


def test_an_item_is_made_by_what_is_added_to_it(dynamodb: Any, job: Job) -> None:
    for _ in range(2):
        dynamodb.update_item(
            TableName="jobs",
            Key={"pk": {"S": "MODEL#bench"}},
            UpdateExpression="ADD jobs :n",
            ExpressionAttributeValues={":n": {"N": "3"}},
        )

    found = dynamodb.get_item(TableName="jobs", Key={"pk": {"S": "MODEL#bench"}})["Item"]
    assert found == {"pk": {"S": "MODEL#bench"}, "jobs": {"N": "6"}}


def test_an_object_is_what_was_put(client: Clients) -> None:
    s3 = client("s3")

    s3.put_object(Bucket="results", Key="results/a b/ü.json", Body=b"[1]")

    assert s3.get_object(Bucket="results", Key="results/a b/ü.json")["Body"].read() == b"[1]"
    assert s3.head_object(Bucket="results", Key="results/a b/ü.json")["ContentLength"] == 3
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="results", Key="other")
