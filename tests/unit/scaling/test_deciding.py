"""What is noted of a look, and which change of the desired count is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scaling.capacity import Observation
from scaling.deciding import SETTLED_MS, change, is_noted, tasks_seen
from scaling.observing import Seen, limits
from spillway.live import Decision, LiveFigures, TasksSeen
from spillway.ports import ModelEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW_MS = 1_700_000_000_000
ENTRY = ModelEntry("default", "https://queue", 10, 4, 30, "s3://models/default/", slots=1)


def seen(
    desired: int, *, work: int = 0, decided: Sequence[int] = (), noted: TasksSeen | None = None
) -> Seen:
    """A look; what was decided of late came to those counts, a minute apart."""
    return Seen(
        entry=ENTRY,
        limits=limits(ENTRY),
        measured=None,
        figures=LiveFigures(tasks=noted, decisions=tuple(map(decision, decided))),
        observation=Observation(
            visible=work, in_flight=0, delayed=0, running=desired, pending=0, desired=desired
        ),
    )


def decision(after: int, at_ms: int = NOW_MS - 60_000) -> Decision:
    return Decision(at_ms=at_ms, before=99, after=after, reason="")


def noted(desired: int, running: int = 0) -> TasksSeen:
    return TasksSeen(
        running=running, pending=0, desired=desired, required=0, at_ms=NOW_MS - 3_600_000
    )


def test_the_tasks_are_told_beside_what_the_work_asks_for() -> None:
    assert tasks_seen(seen(2, work=3), at_ms=NOW_MS) == TasksSeen(
        running=2, pending=0, desired=2, required=1, at_ms=NOW_MS
    )


@pytest.mark.parametrize(
    ("look", "before", "after"),
    [
        (seen(3, decided=[1]), 1, 3),
        (seen(0, decided=[1, 3]), 3, 0),
        (seen(0, decided=[3], noted=noted(0)), 3, 0),
        (seen(2, noted=noted(1)), 1, 2),
        (seen(2, noted=noted(0)), 0, 2),
    ],
)
def test_a_count_that_changed_since_the_last_decision_or_note_is_told(
    look: Seen, before: int, after: int
) -> None:
    told = change(look, at_ms=NOW_MS)

    assert told is not None
    assert (told.at_ms, told.before, told.after) == (NOW_MS, before, after)


@pytest.mark.parametrize(
    "look",
    [seen(3, decided=[1, 3]), seen(2, noted=noted(2)), seen(2), seen(0)],
    ids=["as decided", "as noted", "nothing known", "never up"],
)
def test_without_a_change_nothing_is_told(look: Seen) -> None:
    assert change(look, at_ms=NOW_MS) is None


def test_a_change_says_what_was_seen() -> None:
    told = change(seen(3, work=1, decided=[0]), at_ms=NOW_MS)

    assert told is not None
    assert told.reason == f"1 job, 1 s each (assumed), target {ENTRY.target_latency_s} s"


@pytest.mark.parametrize(
    ("ago_ms", "is_told"), [(-100, False), (SETTLED_MS - 1, False), (SETTLED_MS, True)]
)
def test_a_count_from_around_the_last_decision_is_not_told_as_another(
    ago_ms: int, is_told: bool
) -> None:
    # Given a wake that has set three tasks, and a look at the count that may be from before it
    known = seen(0, decided=[3]).figures.decisions[0].at_ms

    told = change(seen(0, decided=[3]), at_ms=known + ago_ms)

    assert (told is not None) is is_told


@pytest.mark.parametrize(
    ("look", "is_so"),
    [
        (seen(0, noted=noted(0)), True),
        (seen(0, noted=noted(1)), False),
        (seen(0, noted=noted(0, running=1)), False),
        (seen(0), False),
        (seen(0, work=1, noted=noted(0)), False),
        (seen(1, noted=noted(1, running=1)), False),
    ],
)
def test_a_model_that_sleeps_is_noted_once(look: Seen, is_so: bool) -> None:
    assert is_noted(look, tasks_seen(look, at_ms=NOW_MS)) is is_so
