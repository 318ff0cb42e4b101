"""The AWS account and region that a deploy goes to, and its clients."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ProfileNotFound

from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

    from deploy.stage import Stage
    from spillway_cli.logs.source import CloudWatchLogs


class Account:
    """Clients, each made when first asked for; raises `DeployFailed` where no region is known."""

    def __init__(self, session: boto3.Session) -> None:
        if session.region_name is None:
            raise DeployFailed(
                "which region? AWS_DEFAULT_REGION=eu-central-1 says it, or `region` in the profile"
            )
        self.session = session
        self.region: str = session.region_name

    @classmethod
    def of(cls, stage: Stage) -> Account:
        """Return the account that the stage, else the caller's environment, names."""
        try:
            return cls(boto3.Session(profile_name=stage.profile, region_name=stage.region))
        except ProfileNotFound as error:
            raise DeployFailed(f"{error}") from None

    @cached_property
    def number(self) -> str:
        """The account's twelve digits, asked of STS: shows too that the credentials are good."""
        return str(self._client("sts").get_caller_identity()["Account"])

    @cached_property
    def apigateway(self) -> APIGatewayClient:
        """API keys and usage plans."""
        client: APIGatewayClient = self._client("apigateway")
        return client

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        """Stacks."""
        client: CloudFormationClient = self._client("cloudformation")
        return client

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """The tables of jobs and deliveries."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def ecs(self) -> ECSClient:
        """Services and tasks."""
        client: ECSClient = self._client("ecs")
        return client

    @cached_property
    def functions(self) -> LambdaClient:
        """Functions, and what the account lets them have."""
        client: LambdaClient = self._client("lambda")
        return client

    @cached_property
    def logs(self) -> CloudWatchLogs:
        """What the functions and workers write."""
        client: CloudWatchLogs = self._client("logs")
        return client

    @cached_property
    def s3(self) -> S3Client:
        """Buckets."""
        client: S3Client = self._client("s3")
        return client

    @cached_property
    def sqs(self) -> SQSClient:
        """Queues."""
        client: SQSClient = self._client("sqs")
        return client

    @cached_property
    def ssm(self) -> SSMClient:
        """The registry of models, and webhook secrets."""
        client: SSMClient = self._client("ssm")
        return client

    def ecr(self, region: str) -> Any:  # noqa: ANN401 - ECR's stubs are not among the packages
        """Repositories of images, in any region."""
        return self.session.client("ecr", region_name=region)

    def _client(self, service: str) -> Any:  # noqa: ANN401 - boto3-stubs name each service's type
        return self.session.client(service)  # type: ignore[call-overload]
