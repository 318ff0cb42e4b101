from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling.engine.alarms import Comparison
from scaling.engine.metrics import Statistic
from scaling.engine.step import AdjustmentType, Step, fault, met, whole
from tests.unit.scaling.engine.samples import alarm, step_policy

HIGH = alarm(threshold=50, comparison=Comparison.AT_LEAST)
LOW = alarm(threshold=50, comparison=Comparison.AT_MOST)
OUT = ((0, 10, 0), (10, 20, 10), (20, None, 30))
IN = ((-10, 0, 0), (-20, -10, -10), (None, -20, -30))

type Bounds = tuple[float | None, float | None, int]


# The example of AWS's page on step scaling: 10 tasks, threshold 50.
@pytest.mark.parametrize(
    ("value", "running", "change"),
    [(50, 10, 0), (59.9, 10, 0), (60, 10, 1), (69.9, 10, 1), (70, 11, 3), (1e9, 10, 3)],
)
def test_above_the_threshold_a_lower_bound_is_inclusive(
    value: float, running: int, change: int
) -> None:
    policy = step_policy(*OUT, adjustment_type=AdjustmentType.PERCENT)

    assert policy.change(HIGH, value, running) == change


@pytest.mark.parametrize(
    ("value", "running", "change"),
    [(50, 10, 0), (40.1, 10, 0), (40, 14, -1), (30.1, 14, -1), (30, 13, -3), (-1e9, 10, -3)],
)
def test_below_the_threshold_an_upper_bound_is_inclusive(
    value: float, running: int, change: int
) -> None:
    policy = step_policy(*IN, adjustment_type=AdjustmentType.PERCENT)

    assert policy.change(LOW, value, running) == change


def test_on_the_threshold_a_value_is_on_the_alarm_s_side() -> None:
    both = (Step(None, 0, -1), Step(0, None, 1))

    assert met(both, HIGH, 50) == Step(0, None, 1)
    assert met(both, LOW, 50) == Step(None, 0, -1)


def test_a_value_that_no_step_covers_changes_nothing() -> None:
    assert step_policy((10, None, 5)).change(HIGH, 55, 3) == 0


@pytest.mark.parametrize(
    ("adjustment_type", "adjustment", "running", "change"),
    [
        (AdjustmentType.CHANGE, 5, 3, 5),
        (AdjustmentType.CHANGE, -5, 3, -5),
        (AdjustmentType.EXACT, 5, 3, 2),
        (AdjustmentType.EXACT, 0, 3, -3),
        (AdjustmentType.PERCENT, 10, 10, 1),
        (AdjustmentType.PERCENT, 50, 0, 0),
    ],
)
def test_an_adjustment_means_what_its_type_says(
    adjustment_type: AdjustmentType, adjustment: int, running: int, change: int
) -> None:
    policy = step_policy((0, None, adjustment), adjustment_type=adjustment_type)

    assert policy.change(HIGH, 50, running) == change


@pytest.mark.parametrize(
    ("percentage", "tasks"), [(12.7, 12), (0.67, 1), (0, 0), (-0.58, -1), (-6.67, -6), (1, 1)]
)
def test_a_percentage_is_rounded_toward_zero_but_never_to_it(percentage: float, tasks: int) -> None:
    assert whole(percentage) == tasks


@pytest.mark.parametrize(("adjustment", "change"), [(25, 2), (-25, -2), (100, 4), (0, 0)])
def test_a_percentage_changes_at_least_the_least_magnitude(adjustment: int, change: int) -> None:
    policy = step_policy(
        (0, None, adjustment), adjustment_type=AdjustmentType.PERCENT, min_magnitude=2
    )

    assert policy.change(HIGH, 50, running=4) == change


def test_the_alarm_s_datapoints_are_aggregated() -> None:
    assert step_policy((0, None, 1)).value([1, 2, 6]) == 3
    assert step_policy((0, None, 1), aggregation=Statistic.MAXIMUM).value([1, 6, 2]) == 6


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ((), "at least one"),
        (((None, None, 1),), "a lower or an upper bound"),
        (((0, 10, 1), (12, None, 2)), "gap"),
        (((0, 10, 1), (8, None, 2)), "overlap"),
        (((0, None, 1), (10, None, 2)), "overlap"),
        (((0, 10, 1),), "without upper bound"),
        (((-10, 0, -1),), "without lower bound"),
    ],
)
def test_steps_that_aws_refuses_are_refused(steps: tuple[Bounds, ...], problem: str) -> None:
    assert problem in fault([Step(*step) for step in steps])


bounds = st.lists(st.integers(1, 1000), unique=True, max_size=18).map(sorted)


@given(bounds, st.floats(0, 2000))
def test_every_value_beyond_the_threshold_meets_exactly_one_step(
    within: list[int], breach: float
) -> None:
    edges: list[float | None] = [0, *within, None]
    steps = [Step(lower, upper, 1) for lower, upper in pairwise(edges)]

    assert fault(steps) == ""
    assert sum(step.covers(breach, is_above=True) for step in steps) == 1
    mirrored = [
        Step(None if each.upper is None else -each.upper, -(each.lower or 0), -1) for each in steps
    ]
    assert fault(mirrored) == ""
    assert sum(step.covers(-breach, is_above=False) for step in mirrored) == 1


@given(st.floats(-1e6, 1e6))
def test_a_percentage_keeps_its_sign_and_adds_no_task_beyond_the_first(percentage: float) -> None:
    tasks = whole(percentage)

    assert (tasks > 0) == (percentage > 0)
    assert (tasks < 0) == (percentage < 0)
    assert abs(tasks) <= max(1, abs(percentage))
