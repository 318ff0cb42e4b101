"""The contract of `Metrics`, on AWS: what alarms and dashboards find."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from spillway.aws.clients import client
from spillway.aws.metrics import NAMESPACE, CloudWatchMetrics
from spillway.ports import Datum

if TYPE_CHECKING:
    from tests.contract.ports.implementations import Implementation


@pytest.fixture(params=["moto", "emulator"])
def on_aws(request: pytest.FixtureRequest) -> Implementation:
    found: Implementation = request.getfixturevalue(f"on_{request.param}")
    return found


def test_a_figure_is_found_under_its_name_stack_and_model(on_aws: Implementation) -> None:
    cloudwatch = client("cloudwatch")
    metrics = CloudWatchMetrics(cloudwatch, on_aws.unique)
    at = datetime.now(UTC)

    shortfall = Datum("default", "TaskShortfall", 3, "Count")
    delay = Datum("a", "EstimatedDelay", 1.5, "Seconds")
    metrics.put([shortfall, delay], at_ms=round(at.timestamp() * 1000))

    def found(name: str, model: str) -> list[tuple[float, str]]:
        answer = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=name,
            Dimensions=[
                {"Name": "Stack", "Value": on_aws.unique},
                {"Name": "Model", "Value": model},
            ],
            StartTime=at - timedelta(minutes=2),
            EndTime=at + timedelta(minutes=2),
            Period=60,
            Statistics=["Maximum"],
        )
        return [(point["Maximum"], point["Unit"]) for point in answer["Datapoints"]]

    assert found("TaskShortfall", "default") == [(3, "Count")]
    assert found("EstimatedDelay", "a") == [(1.5, "Seconds")]
    assert found("TaskShortfall", "a") == []


def test_a_thousand_figures_go_in_one_call_at_high_resolution(on_moto: Implementation) -> None:
    cloudwatch = client("cloudwatch")
    calls: list[Any] = []
    cloudwatch.meta.events.register(
        "provide-client-params.cloudwatch.PutMetricData",
        lambda params, **_: calls.append(params["MetricData"]),
    )
    data = [Datum(f"m{number}", "TaskShortfall", number, "Count") for number in range(2_001)]

    CloudWatchMetrics(cloudwatch, on_moto.unique).put(data, at_ms=round(time.time() * 1000))

    assert [len(call) for call in calls] == [1_000, 1_000, 1]
    assert {datum["StorageResolution"] for call in calls for datum in call} == {1}
