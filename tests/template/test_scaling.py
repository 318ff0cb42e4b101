"""The policies of a model: what they make of every shortfall and surplus there can be."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.resolution import Resolved

if TYPE_CHECKING:
    from tests.template.documents import Template

# https://docs.aws.amazon.com/general/latest/gr/as-app.html
MOST_STEPS = 20
MOST_TASKS = 1_000


@pytest.fixture(scope="session")
def stack(model: Template) -> Resolved:
    return Resolved(model)


def _steps(stack: Resolved, policy: str) -> list[dict[str, int]]:
    given = stack.properties(policy)["StepScalingPolicyConfiguration"]
    steps: list[dict[str, int]] = given["StepAdjustments"]
    return steps


def _adjustment(stack: Resolved, policy: str, alarm: str, value: int) -> int:
    """What the policy does when its alarm's metric has this value, as Auto Scaling reads it."""
    above = value - stack.properties(alarm)["Threshold"]
    (adjustment,) = [
        step["ScalingAdjustment"]
        for step in _steps(stack, policy)
        if step["MetricIntervalLowerBound"] <= above < step.get("MetricIntervalUpperBound", inf)
    ]
    return adjustment


@pytest.mark.parametrize("policy", ["ScaleOutPolicy", "ScaleInPolicy"])
def test_the_steps_are_what_auto_scaling_takes(policy: str, stack: Resolved) -> None:
    steps = _steps(stack, policy)

    assert len(steps) <= MOST_STEPS
    assert steps[0]["MetricIntervalLowerBound"] == 0
    for before, after in pairwise(steps):
        assert before["MetricIntervalUpperBound"] == after["MetricIntervalLowerBound"]
    assert "MetricIntervalUpperBound" not in steps[-1]


def test_one_decision_reaches_what_is_needed_and_not_much_more(stack: Resolved) -> None:
    for short in range(1, MOST_TASKS + 1):
        added = _adjustment(stack, "ScaleOutPolicy", "TaskShortfallAlarm", short)

        assert short <= added <= (short if short <= 5 else short * 1.43)


def test_no_more_than_the_surplus_is_removed_and_most_of_it_is(stack: Resolved) -> None:
    for surplus in range(1, MOST_TASKS + 1):
        removed = -_adjustment(stack, "ScaleInPolicy", "TaskSurplusAlarm", surplus)

        assert surplus * 0.7 <= removed <= surplus


def test_the_most_steps_add_is_the_most_that_may_run(model: Template, stack: Resolved) -> None:
    assert model["Parameters"]["MaxTasks"]["MaxValue"] == MOST_TASKS
    assert _steps(stack, "ScaleOutPolicy")[-1]["ScalingAdjustment"] == MOST_TASKS


@pytest.mark.parametrize(
    ("alarm", "metric", "period_s", "periods"),
    [("TaskShortfallAlarm", "TaskShortfall", 10, 1), ("TaskSurplusAlarm", "TaskSurplus", 60, 3)],
)
def test_out_is_fast_and_in_is_slow(
    alarm: str, metric: str, period_s: int, periods: int, stack: Resolved
) -> None:
    given = stack.properties(alarm)

    assert (given["MetricName"], given["Period"]) == (metric, period_s)
    assert given["EvaluationPeriods"] == periods
    assert given["Threshold"] == 1
    assert given["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert "DatapointsToAlarm" not in given, "all of them"


def test_the_policies_act_on_the_models_service_within_its_limits(model: Template) -> None:
    stack = Resolved(model, Cluster="cluster", MinTasks="2", MaxTasks="20")
    target = stack.properties("ServiceScaling")

    assert (target["MinCapacity"], target["MaxCapacity"]) == ("2", "20")
    assert target["ScalableDimension"] == "ecs:service:DesiredCount"
    assert target["ResourceId"] == {"Fn::Sub": "service/cluster/${Service.Name}"}
    for policy in ("ScaleOutPolicy", "ScaleInPolicy"):
        given: dict[str, Any] = stack.properties(policy)
        assert given["PolicyType"] == "StepScaling"
        assert given["ScalingTargetId"] == {"Ref": "ServiceScaling"}
        steps = given["StepScalingPolicyConfiguration"]
        assert steps["AdjustmentType"] == "ChangeInCapacity"


@pytest.mark.parametrize(
    ("alarm", "statistic"),
    [("TaskShortfallAlarm", "Maximum"), ("TaskSurplusAlarm", "Minimum")]
    + [(name, "Minimum") for name in ("WakingFailedAlarm", "NoProgressAlarm", "AtMaxAlarm")],
)
def test_a_moment_is_enough_to_scale_out_and_for_nothing_else(
    alarm: str, statistic: str, stack: Resolved
) -> None:
    assert stack.properties(alarm)["Statistic"] == statistic


def test_an_alarm_looks_back_for_a_day_at_most(model: Template) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    longest = model["Parameters"]["NoProgressAlarmMinutes"]["MaxValue"]
    given = Resolved(model, NoProgressAlarmMinutes=str(longest)).properties("NoProgressAlarm")

    assert int(given["EvaluationPeriods"]) * given["Period"] <= 86_400
