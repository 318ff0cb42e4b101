"""botocore clients, set up in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config

from spillway.aws.timeouts import ATTEMPTS, CONNECT_TIMEOUT_S, READ_TIMEOUT_S, WAKE_ATTEMPTS

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient


@overload
def client(
    service: Literal["cloudwatch"], *, connections: int = 10, region_name: str | None = None
) -> CloudWatchClient: ...
@overload
def client(
    service: Literal["dynamodb"], *, connections: int = 10, region_name: str | None = None
) -> DynamoDBClient: ...
@overload
def client(
    service: Literal["ecs"], *, connections: int = 10, region_name: str | None = None
) -> ECSClient: ...
@overload
def client(
    service: Literal["events"], *, connections: int = 10, region_name: str | None = None
) -> EventBridgeClient: ...
@overload
def client(
    service: Literal["lambda"], *, connections: int = 10, region_name: str | None = None
) -> LambdaClient: ...
@overload
def client(
    service: Literal["s3"], *, connections: int = 10, region_name: str | None = None
) -> S3Client: ...
@overload
def client(
    service: Literal["sns"], *, connections: int = 10, region_name: str | None = None
) -> SNSClient: ...
@overload
def client(
    service: Literal["sqs"], *, connections: int = 10, region_name: str | None = None
) -> SQSClient: ...
@overload
def client(
    service: Literal["ssm"], *, connections: int = 10, region_name: str | None = None
) -> SSMClient: ...
def client(
    service: Literal[
        "cloudwatch", "dynamodb", "ecs", "events", "lambda", "s3", "sns", "sqs", "ssm"
    ],
    *,
    connections: int = 10,
    region_name: str | None = None,
) -> Any:
    """A client that gives up within what its caller can wait, safe between threads.

    Credentials and endpoint come from the environment, as in every AWS SDK, and so does the region
    where none is named.
    """
    attempts = WAKE_ATTEMPTS if service == "lambda" else ATTEMPTS
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S[service],
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=connections,
        # A presigned URL is to name the region's own host: the global one, which botocore would
        # take, redirects to a new bucket elsewhere, and the signature does not hold there.
        # An endpoint given by its IP address is addressed by paths all the same.
        s3={"addressing_style": "virtual"} if service == "s3" else None,
        signature_version="s3v4" if service == "s3" else "v4",
        tcp_keepalive=True,
    )
    return boto3.client(service, region_name=region_name, config=config)
