from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling.engine.metrics import OWN_LAG, VENDED_LAG, Lag, Metric, Metrics, Sample, Statistic
from tests.unit.scaling.engine.samples import BACKLOG, SHORTFALL


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        (Statistic.AVERAGE, 2.0),
        (Statistic.MAXIMUM, 4.0),
        (Statistic.MINIMUM, 1.0),
        (Statistic.SAMPLE_COUNT, 3.0),
        (Statistic.SUM, 6.0),
    ],
)
def test_a_period_s_samples_become_one_datapoint(statistic: Statistic, expected: float) -> None:
    metrics = Metrics(keep_s=100)
    for at_s, value in ((0, 4), (5, 1), (9.9, 1), (10, 99)):
        metrics.put(SHORTFALL, Sample(at_s, value, seen_s=at_s))

    assert metrics.datapoint(SHORTFALL, statistic, 0, 10, now_s=20) == expected


def test_a_sample_is_not_there_before_its_lag_is_over() -> None:
    metrics = Metrics(keep_s=100)
    metrics.put(SHORTFALL, Sample(3, 7, seen_s=14))

    assert metrics.datapoint(SHORTFALL, Statistic.MAXIMUM, 0, 10, now_s=13.9) is None
    assert metrics.datapoint(SHORTFALL, Statistic.MAXIMUM, 0, 10, now_s=14) == 7


def test_other_metrics_and_other_dimensions_do_not_mix() -> None:
    metrics = Metrics(keep_s=100)
    metrics.put(Metric("Spillway", "TaskShortfall"), Sample(1, 7, seen_s=1))
    metrics.put(BACKLOG, Sample(1, 8, seen_s=1))

    assert metrics.datapoint(SHORTFALL, Statistic.SUM, 0, 10, now_s=10) is None


def test_what_is_older_than_anyone_looks_back_is_dropped() -> None:
    metrics = Metrics(keep_s=30)
    for at_s in (0, 20, 40, 60):
        metrics.put(SHORTFALL, Sample(at_s, 1, seen_s=at_s))

    assert metrics.datapoint(SHORTFALL, Statistic.SAMPLE_COUNT, 0, 100, now_s=100) == 2


@given(st.lists(st.integers(0, 59), min_size=1), st.randoms(use_true_random=False))
def test_the_order_in_which_samples_come_makes_no_difference(
    times: list[int], shuffle: random.Random
) -> None:
    metrics = Metrics(keep_s=60)
    shuffle.shuffle(times)
    for at_s in times:
        metrics.put(SHORTFALL, Sample(at_s, at_s, seen_s=at_s))

    count = metrics.datapoint(SHORTFALL, Statistic.SAMPLE_COUNT, 0, 30, now_s=60)
    assert (count or 0) == sum(at_s < 30 for at_s in times)


@pytest.mark.parametrize("lag", [OWN_LAG, VENDED_LAG, Lag(3, 3)])
def test_a_lag_lies_between_its_bounds_and_is_the_seed_s(lag: Lag) -> None:
    drawn = [lag.draw_s(random.Random(seed)) for seed in range(100)]

    assert all(lag.least_s <= each <= lag.most_s for each in drawn)
    assert drawn == [lag.draw_s(random.Random(seed)) for seed in range(100)]


@pytest.mark.parametrize(
    ("namespace", "is_vended"), [("AWS/SQS", True), ("Spillway", False), ("AWSome", False)]
)
def test_aws_s_own_metrics_are_known_by_their_namespace(namespace: str, is_vended: bool) -> None:
    assert Metric(namespace, "Any").is_vended is is_vended
