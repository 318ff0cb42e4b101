"""The examples of AWS's documentation, and what holds of every evaluation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling.engine.alarms import Alarm, Comparison, Missing, State, evaluate, evaluated, windows
from tests.unit.scaling.engine.samples import alarm

OK, ALARM, LACKING = State.OK, State.ALARM, State.INSUFFICIENT_DATA
KEPT = None
"""The state is as it was."""

# Both tables: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
# X breaches, 0 does not, - is missing; the newest is on the right.
TREATMENTS = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)
THREE_OF_THREE = {
    "0-X-X": (OK, OK, OK, OK),
    "0----": (OK, OK, OK, OK),
    "-----": (LACKING, KEPT, ALARM, OK),
    "0XX-X": (ALARM, ALARM, ALARM, ALARM),
    "----X": (LACKING, KEPT, ALARM, OK),
    "X----": (ALARM, KEPT, ALARM, OK),
    "--X--": (ALARM, KEPT, ALARM, OK),
}
TWO_OF_THREE = {
    "0-X-X": (ALARM, ALARM, ALARM, ALARM),
    "00X0X": (ALARM, ALARM, ALARM, ALARM),
    "0-X--": (OK, OK, ALARM, OK),
    "----0": (OK, OK, ALARM, OK),
    "----X": (LACKING, KEPT, ALARM, OK),
    "---X-": (ALARM, KEPT, ALARM, OK),
}
CASES = [
    pytest.param(
        datapoints, 3, pattern, missing, expected, id=f"{datapoints}of3 {pattern} {missing}"
    )
    for datapoints, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for pattern, row in table.items()
    for missing, expected in zip(TREATMENTS, row, strict=True)
]

VALUES = {"X": 1.0, "0": 0.0, "-": None}
values = st.one_of(st.none(), st.integers(-2, 4).map(float))
states = st.sampled_from(State)


@st.composite
def alarms(draw: st.DrawFn) -> Alarm:
    periods = draw(st.integers(1, 5))
    return alarm(
        evaluation_periods=periods,
        datapoints_to_alarm=draw(st.integers(1, periods)),
        missing=draw(st.sampled_from(Missing)),
    )


@st.composite
def evaluations(draw: st.DrawFn) -> tuple[Alarm, list[float | None]]:
    made = draw(alarms())
    return made, draw(st.lists(values, min_size=made.slots, max_size=made.slots))


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize(("datapoints", "periods", "pattern", "missing", "expected"), CASES)
def test_an_alarm_is_in_the_state_that_aws_says(
    datapoints: int,
    periods: int,
    pattern: str,
    missing: Missing,
    expected: State | None,
    before: State,
) -> None:
    evaluating = alarm(evaluation_periods=periods, datapoints_to_alarm=datapoints, missing=missing)

    after = evaluate(evaluating, [VALUES[each] for each in pattern], before)

    assert after is (before if expected is KEPT else expected)


@given(evaluations(), states, states)
def test_only_ignored_gaps_keep_a_state(
    evaluation: tuple[Alarm, list[float | None]], one: State, other: State
) -> None:
    evaluating, slots = evaluation

    if evaluating.missing is not Missing.IGNORE:
        assert evaluate(evaluating, slots, one) is evaluate(evaluating, slots, other)


@given(evaluations(), states)
def test_a_higher_value_never_ends_an_alarm(
    evaluation: tuple[Alarm, list[float | None]], before: State
) -> None:
    evaluating, slots = evaluation
    higher = [None if value is None else value + 1 for value in slots]

    if evaluate(evaluating, slots, before) is ALARM:
        assert evaluate(evaluating, higher, before) is ALARM


@given(evaluations(), states)
def test_with_enough_datapoints_the_gaps_do_not_count(
    evaluation: tuple[Alarm, list[float | None]], before: State
) -> None:
    evaluating, slots = evaluation
    newest = evaluated(evaluating, slots)

    if len(newest) == evaluating.evaluation_periods:
        breaches = sum(value >= 1 for value in newest)
        expected = ALARM if breaches >= evaluating.datapoints_to_alarm else OK
        assert evaluate(evaluating, slots, before) is expected


@given(alarms(), states)
def test_silence_never_scales_unless_it_is_said_to_breach(made: Alarm, before: State) -> None:
    after = evaluate(made, [None] * made.slots, before)

    assert after is not ALARM or before is ALARM or made.missing is Missing.BREACHING


@pytest.mark.parametrize(
    ("period_s", "interval_s"), [(10, 10), (20, 10), (30, 10), (60, 60), (300, 60), (3600, 60)]
)
def test_a_short_period_is_evaluated_every_10_s_and_any_other_each_minute(
    period_s: int, interval_s: int
) -> None:
    assert alarm(period_s=period_s).interval_s == interval_s


def test_the_periods_slide_with_each_evaluation() -> None:
    five_minutes = alarm(period_s=300, evaluation_periods=1)

    assert list(windows(five_minutes, 1219.9))[-1] == (900, 1200)
    assert list(windows(five_minutes, 1260.0))[-1] == (960, 1260)


def test_two_more_periods_are_looked_at_than_are_evaluated() -> None:
    assert list(windows(alarm(period_s=10), 47.0)) == [(10, 20), (20, 30), (30, 40)]


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        (Comparison.AT_LEAST, [1, 2]),
        (Comparison.ABOVE, [2]),
        (Comparison.AT_MOST, [0, 1]),
        (Comparison.BELOW, [0]),
    ],
)
def test_a_datapoint_on_the_threshold_breaches_where_the_comparison_includes_it(
    comparison: Comparison, breaching: list[int]
) -> None:
    comparing = alarm(threshold=1, comparison=comparison)

    assert [value for value in (0, 1, 2) if comparing.breaches(value)] == breaching
