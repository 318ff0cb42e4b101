from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.live import LiveFigures, Measured, TasksSeen
from spillway.measuring import (
    MEMORY_JOBS,
    has_progressed,
    idle_s,
    measured,
    unfinished_since_ms,
)


def after(jobs: int, each_ms: int, known: Measured | None = None) -> LiveFigures:
    """Figures after so many more jobs of this length."""
    before_ms, before = (known.busy_ms, known.jobs) if known else (0, 0)
    return LiveFigures(busy_ms=before_ms + jobs * each_ms, jobs=before + jobs, measured=known)


def test_nothing_is_measured_before_a_job_is_done() -> None:
    assert measured(LiveFigures()) is None
    assert measured(LiveFigures(busy_ms=500)) is None


def test_the_first_jobs_are_averaged() -> None:
    assert measured(after(4, 250)) == Measured(busy_ms=1000, jobs=4, us_per_job=250_000)


def test_without_further_jobs_the_value_stands() -> None:
    known = Measured(busy_ms=1000, jobs=4, us_per_job=123)

    assert measured(after(0, 0, known)) == known


def test_as_many_jobs_as_are_remembered_weigh_half() -> None:
    known = Measured(busy_ms=10**6, jobs=10**4, us_per_job=100_000)

    moved = measured(after(MEMORY_JOBS, 300, known))
    assert moved is not None
    assert moved.us_per_job == 200_000


def test_a_model_that_became_slower_is_soon_known_to_be() -> None:
    figures = after(10_000, 100)
    for _ in range(10):
        figures = after(20, 900, measured(figures))

    found = measured(figures)
    assert found is not None
    assert found.us_per_job == pytest.approx(900_000, rel=0.01)


@pytest.mark.parametrize(
    "known",
    [
        Measured(busy_ms=10, jobs=99, us_per_job=7),
        Measured(busy_ms=10**6, jobs=1, us_per_job=7),
    ],
)
def test_counters_that_began_anew_are_measured_anew(known: Measured) -> None:
    figures = LiveFigures(busy_ms=600, jobs=2, measured=known)

    assert measured(figures) == Measured(busy_ms=600, jobs=2, us_per_job=300_000)
    assert has_progressed(figures)


def test_progress_is_a_job_more_than_at_the_last_look() -> None:
    known = Measured(busy_ms=1000, jobs=4, us_per_job=250_000)

    assert not has_progressed(LiveFigures())
    assert not has_progressed(after(0, 0, known))
    assert has_progressed(after(1, 10, known))


@pytest.mark.parametrize(
    ("figures", "seconds"),
    [
        (LiveFigures(work_at_ms=40_000), 60),
        (LiveFigures(woken_at_ms=70_000), 30),
        (LiveFigures(work_at_ms=40_000, woken_at_ms=70_000), 30),
        (LiveFigures(), 100),
        (LiveFigures(work_at_ms=100_500), 0),
        (LiveFigures(work_at_ms=40_000, woken_at_ms=3_600_000), 60),
    ],
)
def test_idle_is_the_time_since_work_or_a_wake(figures: LiveFigures, seconds: float) -> None:
    assert idle_s(figures, 100_000) == seconds


def noted(since_ms: int | None, jobs: int = 0, known: int = 0) -> LiveFigures:
    """A model with these jobs done, of which so many were known, looked at a while ago."""
    tasks = TasksSeen(
        running=1, pending=0, desired=1, required=1, at_ms=90_000, unfinished_since_ms=since_ms
    )
    before = Measured(busy_ms=known, jobs=known, us_per_job=1_000) if known else None
    return LiveFigures(busy_ms=jobs, jobs=jobs, measured=before, tasks=tasks)


@pytest.mark.parametrize(
    ("case", "figures", "running", "in_flight", "since_ms"),
    [
        ("the first look", LiveFigures(), 1, 1, 100_000),
        ("they began since the last look", noted(None), 1, 1, 100_000),
        ("none was finished", noted(40_000), 1, 1, 40_000),
        ("one was finished", noted(40_000, jobs=5, known=4), 1, 1, 100_000),
        ("none is in flight", noted(40_000), 1, 0, None),
        ("no task runs", noted(40_000), 0, 1, None),
        ("a clock that was ahead", noted(900_000), 1, 1, 100_000),
    ],
)
def test_since_when_none_of_those_in_flight_was_finished(
    case: str, figures: LiveFigures, running: int, in_flight: int, since_ms: int | None
) -> None:
    found = unfinished_since_ms(figures, running=running, in_flight=in_flight, now_ms=100_000)

    assert found == since_ms


@given(st.lists(st.tuples(st.integers(0, 10**4), st.integers(0, 10**7)), max_size=20))
def test_the_value_lies_between_the_shortest_and_the_longest_job(
    looks: list[tuple[int, int]],
) -> None:
    figures = LiveFigures()
    for jobs, each_ms in looks:
        figures = after(jobs, each_ms, measured(figures))

    lengths = [each_ms for jobs, each_ms in looks if jobs]
    found = measured(figures)
    if not lengths:
        assert found is None
    else:
        assert found is not None
        # each look rounds down by less than a microsecond
        assert min(lengths) * 1000 - len(looks) <= found.us_per_job <= max(lengths) * 1000
