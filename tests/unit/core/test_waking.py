"""When a job wakes its model, and what becomes of it where that fails."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.errors import Unavailable
from spillway.memory import MemoryFigures, MemoryWaker
from spillway.waking import APART_MS, Waking, is_due

NOW_MS = 1_800_000_000_000
ENVIRONMENTS = 1_000


class Counted(MemoryFigures):
    """Figures that count the conditional writes, and may be told to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.fault: Exception | None = None

    def wake(self, model: str, *, now_ms: int, apart_ms: int) -> bool:
        self.writes += 1
        if self.fault is not None:
            raise self.fault
        return super().wake(model, now_ms=now_ms, apart_ms=apart_ms)


class Faulty(MemoryWaker):
    """A waker that may be told to fail."""

    fault: Exception | None = None

    def wake(self, model: str) -> None:
        if self.fault is not None:
            raise self.fault
        super().wake(model)


class World:
    """One model store, one function to wake models, and as many environments as asked for."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.figures = Counted()
        self.waker = Faulty()

    def environment(self) -> Waking:
        return Waking(figures=self.figures, waker=self.waker, clock=lambda: self.now_ms)


def test_the_first_job_wakes_its_model() -> None:
    world = World()

    world.environment().wake("m")

    assert world.waker.woken == ["m"]
    assert world.figures.read(["m"])["m"].woken_at_ms == NOW_MS


def test_an_environment_writes_once_in_fifteen_seconds() -> None:
    world = World()
    waking = world.environment()

    for _ in range(150):
        waking.wake("m")
        world.now_ms += 200

    assert world.figures.writes == 2
    assert world.waker.woken == ["m", "m"]


def test_each_model_is_woken_for_itself() -> None:
    world = World()
    waking = world.environment()

    for model in ("a", "b", "a"):
        waking.wake(model)

    assert world.waker.woken == ["a", "b"]


def test_of_a_thousand_environments_one_wakes_the_model() -> None:
    world = World()
    environments = [world.environment() for _ in range(ENVIRONMENTS)]
    barrier = Barrier(50)

    def flood(some: list[Waking]) -> None:
        barrier.wait()
        for waking in some:
            waking.wake("m")

    with ThreadPoolExecutor(50) as pool:
        for wakes in range(1, 4):
            list(pool.map(flood, [environments[at::50] for at in range(50)]))
            assert world.waker.woken == ["m"] * wakes
            assert world.figures.writes == wakes * ENVIRONMENTS
            world.now_ms += APART_MS


def test_a_wake_elsewhere_holds_this_one_back() -> None:
    world = World()
    world.environment().wake("m")
    world.now_ms += APART_MS - 1

    world.environment().wake("m")

    assert world.waker.woken == ["m"]


@pytest.mark.parametrize(
    "fault", [Unavailable("dependency-unavailable", "Lambda: throttled"), RuntimeError("a bug")]
)
def test_a_wake_that_fails_is_told_once_and_tried_again_after_its_pause(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    waking = world.environment()
    world.waker.fault = fault

    for _ in range(5):
        waking.wake("m")
    assert [record.message for record in caplog.records] == ["not woken"]
    assert caplog.records[0].levelno >= logging.WARNING

    world.waker.fault = None
    world.now_ms += APART_MS
    waking.wake("m")
    assert world.waker.woken == ["m"]


def test_a_write_that_fails_wakes_nobody_and_raises_nothing() -> None:
    world = World()
    world.figures.fault = Unavailable("dependency-unavailable", "DynamoDB: throttled")

    world.environment().wake("m")

    assert world.waker.woken == []


@given(st.integers(0, 2**42), st.integers(-(2**40), 2**40))
def test_a_try_is_due_again_once_its_pause_is_over_whatever_the_clock_does(
    tried_ms: int, later_ms: int
) -> None:
    assert is_due(tried_ms, tried_ms + later_ms) == (not 0 <= later_ms < APART_MS)
    assert is_due(None, tried_ms)
