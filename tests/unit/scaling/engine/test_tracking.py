from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling.engine.alarms import Missing
from scaling.engine.tracking import needed
from tests.unit.scaling.engine.samples import tracking_policy


def test_aws_makes_a_high_and_a_low_alarm_of_minutes() -> None:
    high, low = tracking_policy(target_value=10).alarms()

    assert (high.period_s, high.datapoints_to_alarm, high.evaluation_periods) == (60, 3, 3)
    assert (low.period_s, low.datapoints_to_alarm, low.evaluation_periods) == (60, 15, 15)
    assert [high.breaches(value) for value in (10, 10.1)] == [False, True]
    assert [low.breaches(value) for value in (9, 8.9)] == [False, True]
    assert {high.missing, low.missing} == {Missing.MISSING}


def test_a_policy_that_does_not_scale_in_has_no_low_alarm() -> None:
    assert len(tracking_policy(scales_in=False).alarms()) == 1


@pytest.mark.parametrize(
    ("running", "value", "tasks"),
    [
        (4, 10, 4),
        (4, 10.1, 5),
        (4, 20, 8),
        (4, 8, 4),
        (4, 7.5, 3),
        (4, 0, 0),
        (0, 500, 1),
        (0, 5, 0),
    ],
)
def test_the_tasks_are_those_that_bring_the_metric_to_its_target(
    running: int, value: float, tasks: int
) -> None:
    assert needed(running, value, target_value=10) == tasks


def test_what_division_leaves_over_is_no_further_task() -> None:
    assert 3 * 0.1 / 0.1 > 3

    assert needed(3, 0.1, target_value=0.1) == 3


def test_an_alarm_moves_the_count_its_own_way_alone() -> None:
    policy = tracking_policy(target_value=10)
    high, low = policy.alarms()

    assert policy.change(high, 5, running=4) == 0
    assert policy.change(low, 20, running=4) == 0


def test_the_newest_datapoint_counts() -> None:
    assert tracking_policy().value([30, 20, 40]) == 40


@given(st.integers(1, 10_000), st.floats(0, 1e6), st.floats(0.01, 1e6))
def test_neither_too_few_tasks_are_asked_for_nor_one_too_many(
    running: int, value: float, target_value: float
) -> None:
    tasks = needed(running, value, target_value)
    load = running * value

    assert tasks * target_value >= load * (1 - 1e-6) - 1e-6 * target_value
    assert (tasks - 1) * target_value < load * (1 + 1e-6) or tasks == 0
