"""The live figures on virtual time: what jobs took, told now and then, and all of it at the end."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from spillway.errors import InvalidPayload, PredictionFailed, Unavailable
from tests.unit.worker.loop.bench import Bench, echo
from tests.unit.worker.loop.virtual_time import run
from worker.tally import PERIOD_S

if TYPE_CHECKING:
    from collections.abc import Sequence


def figures(bench: Bench) -> tuple[int, int]:
    held = bench.figures.held.read(["m"])["m"]
    return held.busy_ms, held.jobs


def test_each_job_of_a_batch_holds_a_slot_for_as_long_as_the_batch_computes() -> None:
    async def scenario() -> None:
        bench = Bench().with_settings(max_batch=8)
        keys = [bench.submit(number, job_id=f"j{number}") for number in range(8)]
        async with bench.worker():
            await bench.until_over(*keys)
            assert figures(bench) == (0, 0)
            await asyncio.sleep(PERIOD_S)
            assert figures(bench) == (8 * 100, 8)

    run(scenario())


def test_a_busy_worker_writes_once_a_period_and_an_idle_one_never() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with bench.worker():
            for number in range(60):
                await bench.until_over(bench.submit(number, job_id=f"j{number}"))
                await asyncio.sleep(0.3)
            await asyncio.sleep(600)
        instants = [at_s for at_s, _, _ in bench.figures.adds]
        assert len(instants) <= 7
        assert all(later - earlier >= PERIOD_S for earlier, later in pairwise(instants))
        assert figures(bench) == (60 * 100, 60)

    run(scenario())


def test_what_is_left_is_told_when_the_worker_ends() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with bench.worker():
            await bench.until_over(bench.submit("hello"))
        assert figures(bench) == (100, 1)
        assert len(bench.figures.adds) == 1

    run(scenario())


def test_figures_that_could_not_be_told_are_told_later() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.figures.faults = [Unavailable("x", "y"), RuntimeError("a bug")]
        async with bench.worker():
            await bench.until_over(bench.submit("one", job_id="j1"))
            await asyncio.sleep(2 * PERIOD_S)
            assert figures(bench) == (0, 0)
            await bench.until_over(bench.submit("two", job_id="j2"))
            await asyncio.sleep(PERIOD_S)
        assert figures(bench) == (200, 2)

    run(scenario())


def test_a_store_that_hangs_keeps_no_worker_from_ending() -> None:
    async def scenario() -> None:
        async def hang(**_: int) -> None:
            await asyncio.sleep(3600)

        bench = Bench()
        bench.figures.add = hang  # type: ignore[method-assign]
        async with bench.worker():
            await bench.until_over(bench.submit("hello"))
            ends_s = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - ends_s < 15

    run(scenario())


def test_the_time_of_failed_attempts_is_their_jobs_time() -> None:
    async def scenario() -> None:
        tries = 0

        async def flaky(payloads: Sequence[Any]) -> list[Any]:
            nonlocal tries
            tries += 1
            said = await echo(payloads)
            if tries == 1:
                raise PredictionFailed("once")
            return said

        bench = Bench(flaky)
        async with bench.worker():
            await bench.until_over(bench.submit("hello"))
        assert figures(bench) == (200, 1)

    run(scenario())


def test_a_job_that_fails_has_ended_too() -> None:
    async def scenario() -> None:
        async def refuse(payloads: Sequence[Any]) -> list[Any]:
            await asyncio.sleep(0.05)
            return [InvalidPayload("no") for _ in payloads]

        bench = Bench(refuse)
        async with bench.worker():
            await bench.until_over(bench.submit("hello"))
        assert figures(bench) == (50, 1)

    run(scenario())


@pytest.mark.parametrize("slots", [1, 4])
def test_what_a_full_worker_gets_done_is_its_slots_by_what_a_job_takes(slots: int) -> None:
    async def scenario() -> None:
        # Given a model that answers at once, and results that take half a second to store
        async def at_once(payloads: Sequence[Any]) -> list[Any]:
            return list(payloads)

        bench = Bench(at_once, put_s=0.5).with_settings(max_batch=slots)
        keys = [bench.submit(number, job_id=f"j{number:04d}") for number in range(2_000)]

        # When they are more than it can hold
        began_s = asyncio.get_running_loop().time()
        async with bench.worker():
            await bench.until_over(*keys)
            took_s = asyncio.get_running_loop().time() - began_s

        # Then capacity may reckon with what was really done
        busy_ms, jobs = figures(bench)
        assert slots / (busy_ms / 1000 / jobs) == pytest.approx(2_000 / took_s, rel=0.1)

    run(scenario())


def test_of_a_worker_with_room_the_calls_are_not_counted() -> None:
    async def scenario() -> None:
        bench = Bench(put_s=5).with_settings(max_batch=8)
        async with bench.worker():
            await bench.until_over(bench.submit("hello"))
        assert figures(bench) == (100, 1)

    run(scenario())
