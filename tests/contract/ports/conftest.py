"""Each port's answers: the twin, AWS as moto and the emulator have it, that by other clients.

A test that takes `store`, `queue`, `bucket`, `deliveries` … runs once on each of them.
"""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from spillway import memory
from spillway.aws.bucket import S3Bucket
from spillway.aws.clients import client
from spillway.aws.deliveries import DynamoDeliveries
from spillway.aws.disabled_webhooks import DynamoDisabledWebhooks
from spillway.aws.figures import DynamoFigures
from spillway.aws.store import DynamoStore
from spillway.aws.tenant_destinations import DynamoTenantDestinations
from tests.contract.ports import emulator
from tests.contract.ports.aio import AioBucket, AioFigures, AioQueues, AioStore
from tests.contract.ports.delivery_queues import (
    DeliveryQueueWorld,
    SqsDeliveryWorld,
    TwinDeliveryWorld,
)
from tests.contract.ports.implementations import Implementation, unfit
from tests.contract.ports.queues import QueueWorld, SqsWorld, TwinWorld
from tests.contract.ports.registries import RegistryWorld, SsmWorld, TwinRegistryWorld
from tests.contract.ports.services import EcsWorld, ServicesWorld, TwinServicesWorld
from tests.contract.ports.template import deliveries_table, jobs_table
from tests.contract.ports.webhook_secrets import SecretsWorld, SsmSecretsWorld, TwinSecretsWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.ports import (
        Bucket,
        DeliveryStore,
        DisabledWebhooks,
        Figures,
        JobStore,
        TenantDestinations,
    )


NOT_A_WORKERS = "a worker asks for none of it"


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator.running(tmp_path_factory.mktemp("emulator")) as url:
        yield url


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One for all tests: what takes time is to read the services' models."""
    return boto3.Session()


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch, session: boto3.Session) -> pytest.MonkeyPatch:
    """Credentials that are good for nothing, and nothing of the user's own set-up."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return monkeypatch


@pytest.fixture
def on_moto(aws_environment: pytest.MonkeyPatch) -> Iterator[Implementation]:
    with mock_aws(config={"core": {"mock_credentials": False, "reset_boto3_session": False}}):
        yield Implementation("moto", _unique())


@pytest.fixture
def on_emulator(aws_environment: pytest.MonkeyPatch, emulator_url: str) -> Implementation:
    aws_environment.setenv("AWS_ENDPOINT_URL", emulator_url)
    return Implementation("emulator", _unique())


@pytest.fixture
def on_light(on_emulator: Implementation, aws_environment: pytest.MonkeyPatch) -> Implementation:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        aws_environment.delenv(name, raising=False)  # or botocore would take the calls
    return Implementation("light", on_emulator.unique)


@pytest.fixture
def on_aio(on_emulator: Implementation) -> Implementation:
    return Implementation("aio", on_emulator.unique)


@pytest.fixture(params=["twin", "moto", "emulator", "light", "aio"])
def implementation(request: pytest.FixtureRequest) -> Iterator[Implementation]:
    if request.param == "twin":
        chosen = Implementation("twin", _unique())
    else:
        chosen = request.getfixturevalue(f"on_{request.param}")
    with chosen.closing:
        yield chosen


@pytest.fixture
def store(implementation: Implementation) -> JobStore:
    if implementation.is_twin:
        return memory.MemoryStore()
    dynamodb = client("dynamodb")
    dynamodb.create_table(**jobs_table(implementation.unique))
    if implementation.is_aio:
        return AioStore(implementation.loop, implementation.unique)
    return DynamoStore(implementation.client("dynamodb"), implementation.unique)


@pytest.fixture
def queues(implementation: Implementation) -> QueueWorld:
    if implementation.is_twin:
        return TwinWorld()
    sqs, stack = implementation.client("sqs"), implementation.unique
    return SqsWorld(
        sqs, stack, AioQueues(implementation.loop, stack) if implementation.is_aio else None
    )


@pytest.fixture
def bucket(implementation: Implementation) -> Bucket:
    if implementation.is_twin:
        return memory.MemoryBucket(implementation.unique)
    s3 = client("s3")
    s3.create_bucket(Bucket=implementation.unique)
    if implementation.is_aio:
        return AioBucket(implementation.loop, implementation.unique)
    return S3Bucket(implementation.client("s3"), implementation.unique)


@pytest.fixture
def registry(implementation: Implementation) -> RegistryWorld:
    unfit(implementation, "aio", reason=NOT_A_WORKERS)
    if implementation.is_twin:
        return TwinRegistryWorld()
    return SsmWorld(client("ssm"), implementation.unique)


@pytest.fixture
def figures(implementation: Implementation) -> Figures:
    if implementation.is_twin:
        return memory.MemoryFigures()
    dynamodb = client("dynamodb")
    dynamodb.create_table(**jobs_table(implementation.unique))
    if implementation.is_aio:
        return AioFigures(implementation.loop, implementation.unique)
    return DynamoFigures(implementation.client("dynamodb"), implementation.unique)


@pytest.fixture
def services(implementation: Implementation) -> ServicesWorld:
    unfit(implementation, "aio", reason=NOT_A_WORKERS)
    if implementation.is_twin:
        return TwinServicesWorld()
    return EcsWorld(client("ecs"), implementation.client("ecs"), implementation.unique)


@pytest.fixture
def deliveries(implementation: Implementation) -> DeliveryStore:
    if implementation.is_twin:
        return memory.MemoryDeliveries()
    return DynamoDeliveries(*_deliveries_table(implementation))


@pytest.fixture
def disabled_webhooks(implementation: Implementation) -> DisabledWebhooks:
    if implementation.is_twin:
        return memory.MemoryDisabledWebhooks()
    return DynamoDisabledWebhooks(*_deliveries_table(implementation))


@pytest.fixture
def tenant_destinations(implementation: Implementation) -> TenantDestinations:
    if implementation.is_twin:
        return memory.MemoryTenantDestinations()
    return DynamoTenantDestinations(*_deliveries_table(implementation))


@pytest.fixture
def delivery_queue(implementation: Implementation) -> DeliveryQueueWorld:
    unfit(implementation, "aio", reason=NOT_A_WORKERS)
    if implementation.is_twin:
        return TwinDeliveryWorld()
    return SqsDeliveryWorld(implementation.client("sqs"), implementation.unique)


@pytest.fixture
def webhook_secrets(implementation: Implementation) -> SecretsWorld:
    unfit(implementation, "aio", reason=NOT_A_WORKERS)
    if implementation.is_twin:
        return TwinSecretsWorld()
    return SsmSecretsWorld(client("ssm"), implementation.client("ssm"), implementation.unique)


def _deliveries_table(implementation: Implementation) -> tuple[DynamoDBClient, str]:
    """A client of the implementation's, and a table that it finds."""
    unfit(implementation, "aio", reason=NOT_A_WORKERS)
    client("dynamodb").create_table(**deliveries_table(implementation.unique))
    return implementation.client("dynamodb"), implementation.unique


def _unique() -> str:
    return f"spillway-{uuid.uuid4().hex[:12]}"
