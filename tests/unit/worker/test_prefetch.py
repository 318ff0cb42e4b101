"""How far a worker runs ahead: no job waits here that another task could begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.prefetch import TICK_S, next_look_s, startable

LEAD_S = 0.03
SECONDS = st.floats(0, 1e5)


@pytest.mark.parametrize(
    ("what", "ages_s", "slots", "max_batch", "batch_s", "expected"),
    [
        ("an idle slot is filled", [], 1, 8, None, 8),
        ("each idle slot is filled", [], 4, 1, None, 4),
        ("of a first batch nobody knows how long it takes", [5.0], 1, 8, None, 0),
        ("nothing waits beside a slow model", [1.0], 1, 8, 60.0, 0),
        ("the next batch is fetched just before a slow one ends", [59.98], 1, 8, 60.0, 8),
        ("it still is where that one is hardly late", [60.02], 1, 8, 60.0, 8),
        ("one that is late by much may take as long again", [90.0], 1, 8, 60.0, 0),
        ("an idle slot is filled beside a busy one", [1.0], 2, 1, 60.0, 1),
        ("slots that end soon are filled anew", [0.19, 0.18, 0.1, 0.0], 4, 1, 0.2, 2),
        ("a model that takes 9 ms begins more while a job is fetched", [0.0], 1, 8, 0.009, 24),
        ("so does an idle one", [], 1, 8, 0.009, 32),
    ],
)
def test_as_many_jobs_as_could_begin_by_the_time_they_are_here(
    what: str,
    ages_s: list[float],
    slots: int,
    max_batch: int,
    batch_s: float | None,
    expected: int,
) -> None:
    asked = startable(ages_s, slots=slots, max_batch=max_batch, batch_s=batch_s, lead_s=LEAD_S)

    assert asked == expected, what


def test_a_model_that_takes_no_time_is_run_ahead_of_by_what_a_receive_takes() -> None:
    assert 100 < startable([], slots=1, max_batch=1, batch_s=0.0, lead_s=LEAD_S) < 1000


@given(
    st.lists(SECONDS, max_size=8), st.integers(8, 16), st.integers(1, 64), SECONDS, st.floats(0, 1)
)
def test_whatever_was_measured_idle_slots_are_filled(
    ages_s: list[float], slots: int, max_batch: int, batch_s: float, lead_s: float
) -> None:
    asked = startable(ages_s, slots=slots, max_batch=max_batch, batch_s=batch_s, lead_s=lead_s)

    assert asked >= (slots - len(ages_s)) * max_batch


@pytest.mark.parametrize(
    ("what", "ages_s", "batch_s", "expected"),
    [
        ("nothing computes", [], 1.0, None),
        ("nothing is known", [0.5], None, None),
        ("when the batch is about to end", [0.5], 1.0, 0.47),
        ("when the first of them is", [0.5, 0.9, 0.2], 1.0, 0.07),
        ("not for one that is about to end already", [0.98, 0.2], 1.0, 0.77),
        ("not for one that is late", [1.5], 1.0, None),
        ("not without end within a tick of the clock", [0.97 - 1e-9], 1.0, 0.0),
    ],
)
def test_the_next_look_is_when_a_slot_comes_within_reach(
    what: str, ages_s: list[float], batch_s: float | None, expected: float | None
) -> None:
    look_s = next_look_s(ages_s, batch_s=batch_s, lead_s=LEAD_S)

    assert look_s == (None if expected is None else pytest.approx(expected + TICK_S)), what
