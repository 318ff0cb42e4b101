"""The looks go on until the model has worked and sleeps again."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from benchmarks.burst import sampling
from benchmarks.burst.story import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable

ASLEEP, AWAKE, BUSY = 0, 1, 2
"""Tasks that run; two have a job."""


class Looks:
    """What each look sees: the tasks that run, or nothing that was answered."""

    def __init__(self, seen: Iterable[int | None]) -> None:
        self._seen = iter(seen)

    def sample(self) -> Sample | None:
        running = next(self._seen)
        return None if running is None else _sample(running)


def _sample(running: int) -> Sample:
    return Sample(
        at_s=0,
        waiting=0,
        in_flight=int(running == BUSY),
        desired=running,
        running=running,
        estimated_delay_s=0,
    )


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "EVERY_S", 0.0)


def followed(seen: Iterable[int | None], news: Iterable[str] = ()) -> tuple[list[int], list[str]]:
    """The running tasks of each sample, and what was told."""
    lines = iter([list(news)])
    told: list[str] = []
    samples = sampling.followed(
        cast("sampling.Sampler", Looks(seen)),
        news=lambda: next(lines, []),
        tell=told.append,
        until=lambda: True,
    )
    return [sample.running for sample in samples], told


def test_a_model_that_has_not_woken_yet_is_waited_for() -> None:
    seen = [*[ASLEEP] * 20, AWAKE, *[ASLEEP] * sampling.RESTS]

    assert followed(seen)[0] == seen


def test_a_pause_is_no_end() -> None:
    seen = [AWAKE, ASLEEP, AWAKE, *[ASLEEP] * sampling.RESTS]

    assert followed(seen)[0] == seen


def test_a_look_that_was_not_answered_is_left_out() -> None:
    seen = [None, AWAKE, None, *[ASLEEP] * sampling.RESTS]

    assert followed(seen)[0] == [AWAKE, *[ASLEEP] * sampling.RESTS]


def test_news_are_told_and_now_and_then_a_sample() -> None:
    told = followed([*[BUSY] * 20, *[ASLEEP] * sampling.RESTS], news=["0 → 2 tasks"])[1]

    assert told[0] == "  0 → 2 tasks"
    assert ["2 of 2 tasks run" in line for line in told[1:]] == [True, True, False]


def test_once_all_is_done_that_is_said_and_few_samples_more() -> None:
    told = followed([*[BUSY] * 20, *[AWAKE] * 100, *[ASLEEP] * sampling.RESTS])[1]

    assert told[2] == sampling.DONE
    assert ["1 of 1 tasks run" in line for line in told[3:]] == [True, True]
