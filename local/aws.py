"""AWS clients on the emulator, whatever the user's own configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config

from local.environment import ROOT_KEY, ROOT_SECRET
from local.settings import REGION

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

    from local.settings import Settings


class Aws:
    """The clients that a start uses, each made when first asked for."""

    def __init__(self, settings: Settings) -> None:
        self._endpoint_url = settings.endpoint_url
        self._session = boto3.Session(
            aws_access_key_id=ROOT_KEY, aws_secret_access_key=ROOT_SECRET, region_name=REGION
        )

    @property
    def cloudformation(self) -> CloudFormationClient:
        """Stacks."""
        return cast("CloudFormationClient", self._client("cloudformation"))

    @property
    def s3(self) -> S3Client:
        """Buckets, addressed by path."""
        return cast("S3Client", self._client("s3"))

    @property
    def ecs(self) -> ECSClient:
        """Services and tasks."""
        return cast("ECSClient", self._client("ecs"))

    @property
    def dynamodb(self) -> DynamoDBClient:
        """The jobs table, and in it the models' live figures."""
        return cast("DynamoDBClient", self._client("dynamodb"))

    @property
    def sqs(self) -> SQSClient:
        """The models' queues."""
        return cast("SQSClient", self._client("sqs"))

    @property
    def logs(self) -> object:
        """What functions and workers wrote."""
        return self._client("logs")

    @property
    def functions(self) -> LambdaClient:
        """The deployed functions."""
        return cast("LambdaClient", self._client("lambda"))

    @property
    def ssm(self) -> SSMClient:
        """The registry of models."""
        return cast("SSMClient", self._client("ssm"))

    @property
    def apigateway(self) -> APIGatewayClient:
        """API keys."""
        return cast("APIGatewayClient", self._client("apigateway"))

    def _client(self, service: str) -> object:
        config = Config(proxies={}, s3={"addressing_style": "path"}, retries={"max_attempts": 2})
        return self._session.client(  # type: ignore[call-overload]
            service, endpoint_url=self._endpoint_url, config=config
        )
