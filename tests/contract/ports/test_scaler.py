"""The scaler's handler with all that it is given on AWS: no twin among it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from scaling import publisher
from spillway.aws.clients import client
from spillway.aws.metrics import NAMESPACE
from tests.contract.ports.registries import SsmWorld
from tests.contract.ports.template import jobs_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.ports.implementations import Implementation


type Light = Literal["dynamodb", "ecs", "sqs", "ssm"]
LIGHT: tuple[Light, ...] = ("dynamodb", "ecs", "sqs", "ssm")


class Context:
    """Lambda's, with no time for a second tick."""

    aws_request_id = "invocation-1"

    def get_remaining_time_in_millis(self) -> int:
        return publisher.RESERVE_MS


@pytest.fixture
def stack(on_light: Implementation, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A core stack's name; its one model sleeps, and has 99 messages of a second each."""
    stack = on_light.unique
    client("dynamodb").create_table(**jobs_table(stack))
    sqs, ecs = client("sqs"), client("ecs")
    url = sqs.create_queue(QueueName=f"{stack}_default")["QueueUrl"]
    for _ in range(99):
        sqs.send_message(QueueUrl=url, MessageBody="{}")
    SsmWorld(client("ssm"), stack).announce("default")
    ecs.create_cluster(clusterName="spillway")
    ecs.register_task_definition(
        family=stack, containerDefinitions=[{"name": "worker", "image": "worker", "memory": 128}]
    )
    ecs.create_service(
        cluster="spillway", serviceName="spillway-default", taskDefinition=stack, desiredCount=0
    )
    told = {
        "STACK_NAME": stack, "JOBS_TABLE": stack, "INPUT_BUCKET": "i", "RESULT_BUCKET": "r",
        "DELIVERIES_TABLE": "d", "AUTH_MODE": "ApiKey",
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("spillway.log.configure", lambda: None)
    monkeypatch.setattr("scaling.waking.LOOKS_AFTER_S", ())
    lights = {name: on_light.client(name) for name in LIGHT}
    monkeypatch.setattr("spillway.aws.light.client", lights.__getitem__)
    with on_light.closing:
        yield stack
    ecs.delete_service(cluster="spillway", service="spillway-default", force=True)
    publisher._scaler.cache_clear()
    publisher._waker.cache_clear()


def test_a_tick_tells_cloudwatch_what_is_short(stack: str) -> None:
    publisher.handler({"detail-type": "Scheduled Event"}, Context())

    at = datetime.now(UTC)
    answer = client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="TaskShortfall",
        Dimensions=[{"Name": "Stack", "Value": stack}, {"Name": "Model", "Value": "default"}],
        StartTime=at - timedelta(minutes=2),
        EndTime=at + timedelta(minutes=2),
        Period=60,
        Statistics=["Maximum"],
    )
    # 99 jobs on six slots, each of which does one a second for half of the target, 30 s
    assert [point["Maximum"] for point in answer["Datapoints"]] == [2]


def test_a_wake_sets_the_services_count(stack: str) -> None:
    assert publisher.handler({"wake": "default"}, Context()) == {"before": 0, "after": 2}

    (service,) = client("ecs").describe_services(cluster="spillway", services=["spillway-default"])[
        "services"
    ]
    assert service["desiredCount"] == 2
