from __future__ import annotations

from typing import Any

import pytest

from tools.dashboard.alarm import state

NOW_S = 1_800_000_000


def alarm(**changes: Any) -> Any:
    given = {
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 2,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    return given | changes


def minutes_ago(**values: float) -> dict[int, float]:
    return {NOW_S - 60 * int(ago[1:]): value for ago, value in values.items()}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({}, "OK"),
        (minutes_ago(_1=1), "OK"),
        (minutes_ago(_1=1, _5=1), "ALARM"),
        (minutes_ago(_1=1, _6=1), "OK"),
        (minutes_ago(_1=0, _2=0, _3=0), "OK"),
    ],
)
def test_so_many_of_the_last_periods_must_breach(points: dict[int, float], expected: str) -> None:
    assert state(alarm(), points, now_s=NOW_S) == expected


def test_the_minute_that_is_not_over_does_not_count() -> None:
    points = {NOW_S: 9.0, NOW_S - 60: 9.0}

    assert state(alarm(), points, now_s=NOW_S + 30) == "OK"


def test_missing_data_breach_where_the_alarm_says_so() -> None:
    silent = alarm(
        Period=300,
        EvaluationPeriods=2,
        DatapointsToAlarm=2,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )

    assert state(silent, {}, now_s=NOW_S) == "ALARM"
    assert state(silent, {NOW_S - 300: 5.0}, now_s=NOW_S) == "OK"


def test_without_a_number_all_periods_must_breach() -> None:
    every = alarm(EvaluationPeriods=3)
    del every["DatapointsToAlarm"]

    assert state(every, minutes_ago(_1=1, _2=1), now_s=NOW_S) == "OK"
    assert state(every, minutes_ago(_1=1, _2=1, _3=1), now_s=NOW_S) == "ALARM"
