"""What the API's functions work with, put together on AWS."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.aws.bucket import S3Bucket
from spillway.aws.figures import DynamoFigures
from spillway.aws.queue import SqsQueues
from spillway.aws.store import DynamoStore
from spillway.aws.tenant_destinations import DynamoTenantDestinations
from spillway.aws.waker import LambdaWaker
from spillway.destinations.defaults import DefaultDestinations
from spillway.intake import Intake
from spillway.waking import Waking

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from spillway.settings import FunctionSettings


@dataclass(frozen=True, slots=True)
class Backend:
    """The ports that take jobs in and tell what has become of them."""

    intake: Intake
    store: DynamoStore
    queues: SqsQueues
    inputs: S3Bucket
    results: S3Bucket


def backend(
    settings: FunctionSettings,
    *,
    dynamodb: DynamoDBClient,
    sqs: SQSClient,
    s3: S3Client,
    functions: LambdaClient,
) -> Backend:
    """Stand the ports on these clients, once per environment."""
    store = DynamoStore(dynamodb, settings.jobs_table)
    queues = SqsQueues(sqs, settings.stack)
    inputs = S3Bucket(s3, settings.input_bucket)
    intake = Intake(
        store=store,
        queues=queues,
        inputs=inputs,
        clock=now_ms,
        backlog_limit=settings.backlog_limit,
        retention_days=settings.retention_days,
        waking=_waking(settings, dynamodb, functions),
        defaults=_defaults(settings, dynamodb),
    )
    return Backend(intake, store, queues, inputs, S3Bucket(s3, settings.result_bucket))


def _waking(
    settings: FunctionSettings, dynamodb: DynamoDBClient, functions: LambdaClient
) -> Waking | None:
    if not settings.wake_function:
        return None
    return Waking(
        figures=DynamoFigures(dynamodb, settings.jobs_table),
        waker=LambdaWaker(functions, settings.wake_function),
        clock=now_ms,
    )


def _defaults(settings: FunctionSettings, dynamodb: DynamoDBClient) -> DefaultDestinations:
    stored = DynamoTenantDestinations(dynamodb, settings.deliveries_table)
    return DefaultDestinations(stored, now_ms)


def now_ms() -> int:
    """Now, in epoch milliseconds: the `Clock` of every process."""
    return time.time_ns() // 1_000_000
