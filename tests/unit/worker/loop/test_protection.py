"""Scale-in protection on virtual time: no job begins without it, no idle task keeps it."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.job import Status
from tests.unit.worker.loop.bench import Bench, echo
from tests.unit.worker.loop.virtual_time import run
from worker.protection import (
    CHECK_S,
    IDLE_S,
    LONGEST_MINUTES,
    LONGEST_PAUSE_S,
    RENEWALS,
    REST_AFTER_S,
    REST_S,
    REST_WAIT_S,
    expiry_minutes,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from spillway.job import Job, JobKey
    from spillway.ports import Received

DROPPED_S = IDLE_S + CHECK_S + 0.1
"""By then an idle task's protection is dropped."""


def lasting(seconds: float) -> Callable[[Sequence[Any]], Awaitable[list[Any]]]:
    async def compute(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(seconds)
        return list(payloads)

    return compute


@asynccontextmanager
async def gaps(bench: Bench) -> AsyncIterator[list[float]]:
    """The instants, to half a second, at which a job ran without protection."""
    seen: list[float] = []

    async def watch() -> None:
        while True:
            statuses = {record["status"] for record in bench.store._records.values()}
            if Status.RUNNING.value in statuses and not bench.agent.protects:
                seen.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    yield seen
    watching.cancel()


def test_a_task_is_protected_before_it_first_receives() -> None:
    async def scenario() -> None:
        bench = Bench()
        receive = bench.inbox.receive
        protected: list[bool] = []

        async def look(**asked: Any) -> Any:
            protected.append(bench.agent.protects)
            return await receive(**asked)

        bench.inbox.receive = look  # type: ignore[method-assign]
        async with bench.worker():
            await asyncio.sleep(1)
        assert protected == [True]

    run(scenario())


def test_a_dangerous_job_that_waited_for_a_receive_begins_protected() -> None:
    async def scenario() -> None:
        protected: list[bool] = []

        async def look(payloads: Sequence[Any]) -> list[Any]:
            protected.append(bench.agent.protects)
            return list(payloads)

        bench = Bench(look)
        get, receive = bench.jobs.get, bench.inbox.receive
        receives: list[float] = []

        async def slow_get(key: JobKey) -> Job | None:
            await asyncio.sleep(0.1)  # meanwhile the next receive begins
            return await get(key)

        async def slow_receive(**asked: Any) -> Sequence[Received]:
            receives.append(asyncio.get_running_loop().time())
            if len(receives) == 2:
                await asyncio.sleep(DROPPED_S + 3)
            return await receive(**asked)

        bench.jobs.get = slow_get  # type: ignore[method-assign]
        bench.inbox.receive = slow_receive  # type: ignore[method-assign]
        key = bench.submit(1)
        [lost] = bench.queue.receive(limit=1, wait_s=0, lease_s=30)
        bench.claim(lost, max_attempts=3)
        await asyncio.sleep(31)
        async with bench.worker():
            await bench.until_over(key)
        assert bench.agent.asked[1][1] is None, "the task passed for idle"
        assert protected == [True]

    run(scenario())


def test_an_idle_task_may_go() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with bench.worker():
            await asyncio.sleep(DROPPED_S)
            assert not bench.agent.protects
            await asyncio.sleep(3600)
        assert [minutes for _, minutes in bench.agent.asked] == [expiry_minutes(30), None]

    run(scenario())


def test_a_job_that_an_idle_task_receives_begins_once_it_is_protected() -> None:
    async def scenario() -> None:
        began: list[bool] = []

        async def look(payloads: Sequence[Any]) -> list[Any]:
            began.append(bench.agent.protects)
            return await echo(payloads)

        bench = Bench(look)
        claimed: list[bool] = []
        apply = bench.jobs.apply

        async def watched(update: Any) -> Any:
            claimed.append(bench.agent.protects)
            return await apply(update)

        bench.jobs.apply = watched  # type: ignore[method-assign]
        async with bench.worker():
            await asyncio.sleep(60)
            key = bench.submit("late")
            await bench.until_over(key)
        assert began == [True]
        assert all(claimed)

    run(scenario())


def test_told_to_stop_before_it_is_protected_a_task_gives_the_message_back_unbegun() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with bench.worker() as stop:
            await asyncio.sleep(60)
            bench.agent.takes_s = 2
            key = bench.submit("late")
            await asyncio.sleep(1)
            stop.set()
        assert bench.job(key).attempts == 0
        assert bench.queue.depth().visible == 1

    run(scenario())


def test_pauses_between_jobs_drop_nothing() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with bench.worker():
            for number in range(20):
                await bench.until_over(bench.submit(number, job_id=f"j{number}"))
                await asyncio.sleep(IDLE_S * 0.8)
            assert bench.agent.protects
        assert len(bench.agent.asked) == 1

    run(scenario())


@pytest.mark.parametrize("minutes", [25, 40, 12 * 60 - 1])
def test_a_long_job_is_protected_from_its_claim_to_its_end(minutes: int) -> None:
    async def scenario() -> None:
        bench = Bench(lasting(60 * minutes))
        async with bench.worker(), gaps(bench) as unprotected:
            await asyncio.sleep(60)
            key = bench.submit("film", timeoutSeconds=43_200, ttlSeconds=86_400)
            await bench.until_over(key, within_s=90_000)
            await asyncio.sleep(DROPPED_S)
            assert not bench.agent.protects
        assert unprotected == []
        renewals = [at_s for at_s, asked in bench.agent.asked if asked is not None]
        assert len(renewals) <= 3 + minutes * RENEWALS / expiry_minutes(30)

    run(scenario())


def test_where_ecs_does_not_answer_work_goes_on_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        bench = Bench(lasting(1))
        bench.agent.is_away = True
        bench.agent.takes_s = 5
        async with bench.worker():
            keys = [bench.submit(number, job_id=f"j{number}") for number in range(200)]
            jobs = await bench.until_over(*keys)
        assert {job.status for job in jobs} == {Status.SUCCEEDED}
        assert bench.now_ms() - jobs[0].created_at_ms < 60_000, "nothing waited for ECS"

    run(scenario())
    told = [record.message for record in caplog.records if "protection" in record.message]
    assert told == ["scale-in protection fails"]


def test_protection_is_tried_again_until_ecs_answers() -> None:
    async def scenario() -> None:
        bench = Bench(lasting(600))
        bench.agent.is_away = True
        async with bench.worker(), gaps(bench) as unprotected:
            key = bench.submit("film", timeoutSeconds=900)
            await asyncio.sleep(60)
            bench.agent.is_away = False
            await bench.until_over(key)
        assert unprotected
        assert max(unprotected) <= 60 + LONGEST_PAUSE_S + 1

    run(scenario())


def test_a_refusal_is_told_once_with_its_reason_and_tried_less_and_less(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="worker.protection")

    async def scenario() -> None:
        bench = Bench(lasting(1200))
        bench.agent.refuses = "DEPLOYMENT_BLOCKED"
        async with bench.worker():
            key = bench.submit("film", timeoutSeconds=1800)
            await asyncio.sleep(600)
            bench.agent.refuses = None
            await asyncio.sleep(LONGEST_PAUSE_S + 1)
            assert bench.agent.protects
            assert (await bench.until_over(key))[0].status is Status.SUCCEEDED
        tries = [at_s for at_s, _ in bench.agent.asked if at_s < 600]
        pauses = [round(after - before) for before, after in pairwise(tries)]
        assert pauses == [5, 10, 20, 40, *[60] * 8]

    run(scenario())
    told = [(each.message, getattr(each, "why", "")) for each in caplog.records]
    assert told == [
        ("scale-in protection fails", "DEPLOYMENT_BLOCKED"),
        ("scale-in protection works again", ""),
    ]


def test_after_a_success_it_is_soon_tried_again() -> None:
    async def scenario() -> None:
        bench = Bench(lasting(1200))
        bench.agent.refuses = "DEPLOYMENT_BLOCKED"
        async with bench.worker():
            bench.submit("film", timeoutSeconds=1800)
            await asyncio.sleep(300)
            bench.agent.refuses = None
            await asyncio.sleep(LONGEST_PAUSE_S + 1)
            bench.agent.refuses = "DEPLOYMENT_BLOCKED"
            done = len(bench.agent.asked)
            await asyncio.sleep(300)
        renewals = [at_s for at_s, _ in bench.agent.asked[done:]]
        assert [round(after - before) for before, after in pairwise(renewals)][:3] == [5, 10, 20]

    run(scenario())


def test_a_drop_that_fails_is_tried_again() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with bench.worker():
            await bench.until_over(bench.submit("hello"))
            bench.agent.is_away = True
            await asyncio.sleep(30)
            assert bench.agent.protects
            bench.agent.is_away = False
            await asyncio.sleep(LONGEST_PAUSE_S)
            assert not bench.agent.protects

    run(scenario())


def test_a_job_that_comes_after_a_failed_drop_is_protected_again() -> None:
    async def scenario() -> None:
        bench = Bench(lasting(120))
        async with bench.worker():
            await asyncio.sleep(IDLE_S)
            bench.agent.is_away = True
            await asyncio.sleep(CHECK_S + 1)
            bench.agent.is_away = False
            bench.agent._until_s = 0.0  # it was heard, and only its answer was lost
            bench.submit("late", timeoutSeconds=300)
            await asyncio.sleep(2 * CHECK_S + 2)
            assert bench.agent.protects

    run(scenario())


def test_a_worker_that_hangs_is_not_protected_for_ever() -> None:
    async def scenario() -> None:
        bench = Bench(lasting(3000))
        async with bench.worker() as stop:
            bench.submit("film", timeoutSeconds=40_000)
            await asyncio.sleep(700)
            bench.agent.is_away = True  # as if nothing of it were heard any more
            await asyncio.sleep(60 * expiry_minutes(30))
            assert not bench.agent.protects
            stop.set()

    run(scenario())


@given(st.integers(3, 43_200))
def test_protection_outlasts_the_visibility_of_a_message_and_ends(lease_s: int) -> None:
    minutes = expiry_minutes(lease_s)

    assert 60 * minutes * (1 - 1 / RENEWALS) - CHECK_S > lease_s
    assert minutes <= LONGEST_MINUTES


async def steady(bench: Bench, every_s: float, keys: list[JobKey]) -> None:
    """Jobs without end, so that the worker is never idle for long."""
    for number in count():
        keys.append(bench.submit(number, job_id=f"steady{number}"))
        await asyncio.sleep(every_s)


def test_under_steady_work_a_task_rests_unprotected_for_a_moment_and_then_works_on() -> None:
    async def scenario() -> None:
        bench = Bench(lasting(0.1))
        keys: list[JobKey] = []
        unprotected_s: list[float] = []
        async with bench.worker(), gaps(bench) as seen:
            submitting = asyncio.create_task(steady(bench, 2, keys))
            await asyncio.sleep(60)
            while asyncio.get_running_loop().time() < 3 * REST_AFTER_S:
                if not bench.agent.protects:
                    unprotected_s.append(asyncio.get_running_loop().time())
                await asyncio.sleep(0.5)
            submitting.cancel()
        # Between four and six rests, each long enough for ECS to end the task
        rests = 1 + sum(later - earlier > 1 for earlier, later in pairwise(unprotected_s))
        assert 3 <= rests <= 6
        assert len(unprotected_s) * 0.5 / rests >= REST_S - 1
        # And no job has run unprotected, nor waited for long
        assert seen == []
        jobs = [bench.job(key) for key in keys[:-10]]
        assert len(jobs) > 800
        took_ms = [(job.completed_at_ms or math.inf) - job.created_at_ms for job in jobs]
        assert max(took_ms) < 1000 * (REST_S + 2)

    run(scenario())


def test_long_jobs_put_a_rest_off_and_keep_their_neighbours_for_half_a_minute_at_most() -> None:
    async def scenario() -> None:
        # Given a job of an hour on one of two slots, and short ones without end on the other
        async def compute(payloads: Sequence[Any]) -> list[Any]:
            await asyncio.sleep(3600 if payloads[0] == "long" else 0.1)
            return list(payloads)

        bench = Bench(compute).with_settings(max_batch=1, concurrency=2)
        keys: list[JobKey] = []
        async with bench.worker(), gaps(bench) as seen:
            long = bench.submit("long", job_id="long", timeoutSeconds=7200)
            submitting = asyncio.create_task(steady(bench, 2, keys))
            await bench.until_over(long, within_s=4000)
            submitting.cancel()
        assert seen == []
        jobs = [bench.job(key) for key in keys[:-20]]
        took_ms = [(job.completed_at_ms or math.inf) - job.created_at_ms for job in jobs]
        assert 10_000 < max(took_ms) < 1000 * (REST_WAIT_S + 2)

    run(scenario())
