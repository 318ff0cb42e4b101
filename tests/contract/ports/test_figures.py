"""The contract of `Figures`: what several add to and decide, and a wake that one wins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from spillway.live import Decision, LiveFigures, Measured, TasksSeen
from tests.contract.ports.implementations import MOTO_RACES, unfit

if TYPE_CHECKING:
    from spillway.ports import Figures
    from tests.contract.ports.implementations import Implementation

NOW_MS = 1_700_000_000_000
TASKS = TasksSeen(running=1, pending=2, desired=3, required=4, at_ms=NOW_MS)


def test_a_model_that_never_worked_has_none(figures: Figures) -> None:
    assert figures.read(["default"]) == {"default": LiveFigures()}
    assert figures.read([]) == {}


def test_what_workers_add_is_summed(figures: Figures) -> None:
    figures.add("default", busy_ms=1_500, jobs=3)
    figures.add("default", busy_ms=500, jobs=1)
    figures.add("another", busy_ms=7, jobs=1)

    assert figures.read(["default", "another"]) == {
        "default": LiveFigures(busy_ms=2_000, jobs=4),
        "another": LiveFigures(busy_ms=7, jobs=1),
    }


def test_more_models_than_one_call_takes(figures: Figures) -> None:
    models = [f"m{number}" for number in range(230)]
    figures.add("m229", busy_ms=1, jobs=1)

    found = figures.read(models)

    assert list(found) == models
    assert found["m229"].jobs == 1


def test_of_two_wakes_close_together_the_first_wins(figures: Figures) -> None:
    assert figures.wake("default", now_ms=NOW_MS, apart_ms=15_000)
    assert not figures.wake("default", now_ms=NOW_MS + 14_999, apart_ms=15_000)
    assert figures.read(["default"])["default"].woken_at_ms == NOW_MS
    assert figures.wake("default", now_ms=NOW_MS + 15_000, apart_ms=15_000)
    assert figures.read(["default"])["default"].woken_at_ms == NOW_MS + 15_000


def test_a_wake_from_a_clock_that_was_ahead_holds_nothing_up(figures: Figures) -> None:
    assert figures.wake("default", now_ms=NOW_MS + 3_600_000, apart_ms=15_000)

    assert figures.wake("default", now_ms=NOW_MS, apart_ms=15_000)
    assert not figures.wake("default", now_ms=NOW_MS - 5_000, apart_ms=15_000)


def test_of_many_wakes_at_once_one_wins(figures: Figures, implementation: Implementation) -> None:
    unfit(implementation, "moto", reason=MOTO_RACES)
    with ThreadPoolExecutor(8) as pool:
        won = pool.map(lambda _: figures.wake("default", now_ms=NOW_MS, apart_ms=15_000), range(24))

    assert sum(won) == 1


def test_what_the_scaler_notes_is_read_again(figures: Figures) -> None:
    measured = Measured(busy_ms=900, jobs=3, us_per_job=300_000)
    figures.add("default", busy_ms=1_000, jobs=4)

    figures.note("default", tasks=TASKS, work_at_ms=NOW_MS, measured=measured)

    assert figures.read(["default"])["default"] == LiveFigures(
        busy_ms=1_000, jobs=4, work_at_ms=NOW_MS, measured=measured, tasks=TASKS
    )


def test_a_note_of_tasks_alone_leaves_when_there_was_work_and_what_was_measured(
    figures: Figures,
) -> None:
    measured = Measured(busy_ms=900, jobs=3, us_per_job=300_000)
    figures.note("default", tasks=TASKS, work_at_ms=NOW_MS, measured=measured)
    later = replace(TASKS, running=0, desired=0, at_ms=NOW_MS + 1)

    figures.note("default", tasks=later)

    found = figures.read(["default"])["default"]
    assert (found.work_at_ms, found.measured, found.tasks) == (NOW_MS, measured, later)


def test_decisions_are_kept_beside_the_figures_the_newest_last(figures: Figures) -> None:
    figures.add("default", busy_ms=1_000, jobs=4)

    figures.decided("default", decision(0, 1))
    figures.decided("default", decision(1, 8, after_s=2))

    assert figures.read(["default", "another"]) == {
        "default": LiveFigures(
            busy_ms=1_000, jobs=4, decisions=(decision(0, 1), decision(1, 8, after_s=2))
        ),
        "another": LiveFigures(),
    }


def test_of_the_decisions_the_last_five_are_kept(figures: Figures) -> None:
    for count in range(7):
        figures.decided("default", decision(count, count + 1, after_s=count))

    kept = figures.read(["default"])["default"].decisions
    assert [each.after for each in kept] == [3, 4, 5, 6, 7]


def test_a_decision_that_two_tell_of_is_kept_once(figures: Figures) -> None:
    figures.decided("default", decision(0, 3))
    figures.decided("default", replace(decision(0, 3, after_s=1), reason="told again"))

    assert figures.read(["default"])["default"].decisions == (decision(0, 3),)


def test_of_decisions_told_at_once_none_is_lost(
    figures: Figures, implementation: Implementation
) -> None:
    unfit(implementation, "moto", reason=MOTO_RACES)
    told = [decision(0, count) for count in (1, 2, 3, 4)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: figures.decided("default", each), told))

    kept = figures.read(["default"])["default"].decisions
    assert sorted(kept, key=lambda each: each.after) == told


def decision(before: int, after: int, *, after_s: int = 0) -> Decision:
    at_ms = NOW_MS + after_s * 1_000
    return Decision(at_ms=at_ms, before=before, after=after, reason="12 jobs, 0.8 s each")
