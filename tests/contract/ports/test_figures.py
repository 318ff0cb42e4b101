"""The contract of `Figures`: counters that several add to, and a wake that one wins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from spillway.ports import LiveFigures, Measured

if TYPE_CHECKING:
    from spillway.ports import Figures

NOW_MS = 1_700_000_000_000


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


def test_of_many_wakes_at_once_one_wins(figures: Figures) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = pool.map(lambda _: figures.wake("default", now_ms=NOW_MS, apart_ms=15_000), range(24))

    assert sum(won) == 1


def test_what_the_scaler_notes_is_read_again(figures: Figures) -> None:
    measured = Measured(busy_ms=900, jobs=3, us_per_job=300_000)
    figures.add("default", busy_ms=1_000, jobs=4)

    figures.note("default", work_at_ms=NOW_MS, measured=measured)

    assert figures.read(["default"])["default"] == LiveFigures(
        busy_ms=1_000, jobs=4, work_at_ms=NOW_MS, measured=measured
    )


def test_a_note_of_work_alone_leaves_what_was_measured(figures: Figures) -> None:
    measured = Measured(busy_ms=900, jobs=3, us_per_job=300_000)
    figures.note("default", work_at_ms=NOW_MS, measured=measured)

    figures.note("default", work_at_ms=NOW_MS + 1, measured=None)

    found = figures.read(["default"])["default"]
    assert (found.work_at_ms, found.measured) == (NOW_MS + 1, measured)
