"""What most people would write: receive ten, work through them one by one, delete.

`python -m benchmarks.worker.contenders.plain [--batched] [--writes]`; `--batched` deletes all ten
by one call, `--writes` claims each job, stores its result and finishes it, as Spillway does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import boto3

from benchmarks.worker.work import WORK

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

type Job = dict[str, Any]
type Predict = Callable[[list[Any]], list[float]]

LEASE_S = 30
INLINE_BYTES = 8_192
CLAIM = (
    "SET #status = :running, startedAt = :now, leaseUntil = :until, dueAt = :until, "
    "maxAttempts = :most, modelVersion = :version ADD attempts :one"
)
CLAIMABLE = "#status = :queued AND expiresAt > :now AND failures < :most"
FINISH = (
    "SET #status = :succeeded, completedAt = :now, resultUri = :uri, #result = :result "
    "REMOVE dueShard, dueAt, leaseUntil, #error"
)
OURS = "#status = :running AND attempts = :attempt"


class Store:
    """A job's row and its result."""

    def __init__(self, dynamodb: DynamoDBClient, s3: S3Client) -> None:
        self._dynamodb = dynamodb
        self._s3 = s3

    def claim(self, job: Job) -> int:
        """Begin an attempt; its number."""
        now_ms = round(time.time() * 1000)
        claimed = self._dynamodb.update_item(
            TableName=os.environ["JOBS_TABLE"],
            Key=_key(job),
            UpdateExpression=CLAIM,
            ConditionExpression=CLAIMABLE,
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":queued": {"S": "QUEUED"},
                ":running": {"S": "RUNNING"},
                ":now": {"N": str(now_ms)},
                ":until": {"N": str(now_ms + LEASE_S * 1000)},
                ":most": {"N": "4"},
                ":version": {"S": "1"},
                ":one": {"N": "1"},
            },
            ReturnValues="ALL_NEW",
        )
        return int(claimed["Attributes"]["attempts"]["N"])

    def finish(self, job: Job, attempt: int, result: str) -> None:
        """Store the result, then say that the job succeeded."""
        key = f"results/{job['tenant']}/{job['jobId']}/{attempt}.json"
        bucket = os.environ["RESULT_BUCKET"]
        self._s3.put_object(
            Bucket=bucket, Key=key, Body=result.encode(), ContentType="application/json"
        )
        self._dynamodb.update_item(
            TableName=os.environ["JOBS_TABLE"],
            Key=_key(job),
            UpdateExpression=FINISH,
            ConditionExpression=OURS,
            ExpressionAttributeNames={"#status": "status", "#result": "result", "#error": "error"},
            ExpressionAttributeValues={
                ":running": {"S": "RUNNING"},
                ":succeeded": {"S": "SUCCEEDED"},
                ":attempt": {"N": str(attempt)},
                ":now": {"N": str(round(time.time() * 1000))},
                ":uri": {"S": f"s3://{bucket}/{key}"},
                ":result": {"S": result},
            },
        )


def work_through(body: str, predict: Predict, store: Store | None) -> None:
    """One job."""
    job = json.loads(body)
    attempt = store.claim(job) if store else 0
    result = json.dumps(predict([job["payload"]])[0])
    if store:
        store.finish(job, attempt, result)


def run(sqs: SQSClient, predict: Predict, store: Store | None, *, batched: bool) -> None:
    """Work until killed."""
    queue_url = os.environ["QUEUE_URL"]
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=10,
            VisibilityTimeout=LEASE_S,
        )
        messages = answer.get("Messages", [])
        for message in messages:
            work_through(message["Body"], predict, store)
            if not batched:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        if batched and messages:
            delete(sqs, queue_url, messages)


def delete(sqs: SQSClient, queue_url: str, messages: list[MessageTypeDef]) -> None:
    """Delete all of them at once."""
    sqs.delete_message_batch(
        QueueUrl=queue_url,
        Entries=[
            {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
            for number, message in enumerate(messages)
        ],
    )


def _key(job: Job) -> dict[str, Any]:
    return {"pk": {"S": f"JOB#{job['tenant']}#{job['jobId']}"}}


if __name__ == "__main__":
    run(
        boto3.client("sqs"),
        WORK[os.environ["WORK"]]().predict,
        Store(boto3.client("dynamodb"), boto3.client("s3")) if "--writes" in sys.argv else None,
        batched="--batched" in sys.argv,
    )
