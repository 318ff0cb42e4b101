"""Receiving on virtual time: how far ahead, how wide, and what that costs others."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spillway.job import Status
from tests.unit.worker.loop.bench import Bench
from tests.unit.worker.loop.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from spillway.ports import Received

RECEIVE_S = 0.02


@dataclass
class Receives:
    """What one worker asked of its queue, in which a receive takes a while."""

    at_once: int = 0
    widest: int = 0
    asked: int = 0
    receives: list[int] = field(default_factory=list)


def watched(bench: Bench) -> Receives:
    """Have a bench's receives take their time, and be counted."""
    seen = Receives()
    receive = bench.inbox.receive

    async def slowly(*, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        assert 1 <= limit <= 10
        seen.asked += 1
        with _one_more(seen):
            await asyncio.sleep(RECEIVE_S)
            messages = await receive(limit=limit, wait_s=wait_s, lease_s=lease_s)
        seen.receives += [message.receives for message in messages]
        return messages

    bench.inbox.receive = slowly  # type: ignore[method-assign]
    return seen


@contextmanager
def _one_more(seen: Receives) -> Iterator[None]:
    seen.at_once += 1
    seen.widest = max(seen.widest, seen.at_once)
    yield
    seen.at_once -= 1


def taking(seconds: Callable[[], float]) -> Callable[[Sequence[Any]], Awaitable[list[Any]]]:
    async def compute(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(seconds())
        return list(payloads)

    return compute


def test_a_job_is_left_to_others_until_this_worker_could_soon_begin_it() -> None:
    async def scenario() -> None:
        bench = Bench(taking(lambda: 10.0)).with_settings(max_batch=1)
        async with bench.worker():
            await bench.until_over(bench.submit(0, job_id="taught"))
            for n in range(5):
                first = bench.submit(n, job_id=f"first{n}")
                await bench.until(first, Status.RUNNING)
                second = bench.submit(n, job_id=f"second{n}")
                await asyncio.sleep(9)
                assert bench.job(second).status is Status.QUEUED
                assert bench.queue.depth().visible == 1
                await bench.until_over(first, second)

    run(scenario())


def test_a_poll_that_runs_ahead_is_over_before_the_job_is_late_by_much() -> None:
    """What comes then is for whoever idles: nobody knows how long this one goes on."""

    async def scenario() -> None:
        takes_s = 10.0
        bench = Bench(taking(lambda: takes_s)).with_settings(max_batch=1)
        seen = watched(bench)
        async with bench.worker():
            await bench.until_over(bench.submit(0, job_id="taught"))
            takes_s, before = 20.0, seen.asked
            late = bench.submit(1, job_id="late")
            await asyncio.sleep(13)
            other = bench.submit(2, job_id="other")
            await asyncio.sleep(5)
            assert seen.asked > before, "it was run ahead"
            assert bench.job(other).status is Status.QUEUED
            await bench.until_over(late, other)

    run(scenario())


def test_a_slow_model_s_next_job_is_here_when_it_is_wanted() -> None:
    """Without running ahead, a receive and a claim would stand between each two jobs."""

    async def scenario() -> None:
        bench = Bench(taking(lambda: 0.2)).with_settings(max_batch=1)
        watched(bench)
        keys = [bench.submit(n, job_id=f"j{n}") for n in range(100)]
        async with bench.worker():
            jobs = await bench.until_over(*keys)
        ended_ms = sorted(job.completed_at_ms or 0 for job in jobs)
        assert ended_ms[-1] - ended_ms[0] < 99 * 200 * 1.02

    run(scenario())


def test_nothing_is_received_twice_while_a_model_is_slower_than_a_lease() -> None:
    async def scenario() -> None:
        bench = Bench(taking(lambda: 100.0)).with_settings(max_batch=4)
        seen = watched(bench)
        keys = [bench.submit(n, job_id=f"j{n}") for n in range(40)]
        async with bench.worker():
            jobs = await bench.until_over(*keys)
        assert {job.attempts for job in jobs} == {1}
        assert set(seen.receives) == {1}

    run(scenario())


def test_what_was_fetched_for_a_fast_model_is_held_when_it_turns_slow() -> None:
    async def scenario() -> None:
        pace_s = 0.005
        bench = Bench(taking(lambda: pace_s)).with_settings(max_batch=4)
        seen = watched(bench)
        keys = [bench.submit(n, job_id=f"j{n}") for n in range(400)]
        async with bench.worker():
            while bench.queue.depth().visible > 200:
                await asyncio.sleep(0.001)
            pace_s = 40.0
            held = bench.queue.depth().in_flight
            assert held > 2 * 4, "it was run ahead of"
            await asyncio.sleep(200)
            pace_s = 0.005
            jobs = await bench.until_over(*keys)
        assert {job.attempts for job in jobs} == {1}
        assert set(seen.receives) == {1}

    run(scenario())


def test_receives_go_side_by_side_while_there_is_a_backlog_and_one_at_a_time_after() -> None:
    async def scenario() -> None:
        bench = Bench(taking(lambda: 0.001)).with_settings(max_batch=32)
        seen = watched(bench)
        keys = [bench.submit(n, job_id=f"j{n}") for n in range(2000)]
        async with bench.worker():
            await bench.until_over(*keys)
            assert seen.widest > 1
            assert seen.asked < 2000 / 10 * 1.5, "most receives are full"
            await asyncio.sleep(10)
            before = seen.asked
            await asyncio.sleep(600)
            idle = seen.asked - before
        assert idle <= 600 / bench.settings.poll_s + 1, "one long poll after the other"

    run(scenario())


def test_what_is_not_deleted_is_still_in_hand() -> None:
    async def scenario() -> None:
        bench = Bench(taking(lambda: 0.001)).with_settings(max_batch=8)
        keys = [bench.submit(n, job_id=f"j{n}") for n in range(1000)]
        delete, gate = bench.inbox.delete, asyncio.Event()

        async def held_up(receipts: Sequence[str]) -> None:
            await gate.wait()
            await delete(receipts)

        bench.inbox.delete = held_up  # type: ignore[method-assign]
        async with bench.worker():
            await asyncio.sleep(25)
            assert bench.inbox.most_out == bench.settings.in_flight
            gate.set()
            await bench.until_over(*keys)
        assert bench.inbox.most_out == bench.settings.in_flight

    run(scenario())


def test_a_dangerous_job_runs_alone_though_receives_are_under_way() -> None:
    async def scenario() -> None:
        company: list[int] = []

        async def noting(payloads: Sequence[Any]) -> list[Any]:
            is_killer = "killer" in payloads
            await asyncio.sleep(2 if is_killer else 0.005)
            if is_killer:
                company.append(bench.queue.depth().in_flight)
            return list(payloads)

        bench = Bench(noting).with_settings(max_batch=8)
        seen = watched(bench)
        killer = bench.submit("killer", job_id="killer")
        [lost] = bench.queue.receive(limit=1, wait_s=0, lease_s=30)
        bench.claim(lost, max_attempts=3)
        await asyncio.sleep(31)
        mates = [bench.submit(n, job_id=f"mate{n}") for n in range(400)]
        waiting = bench.queue._entries
        waiting[lost.message_id] = waiting.pop(lost.message_id)  # it comes last
        async with bench.worker():
            await bench.until(killer, Status.RUNNING)
            while bench.queue.depth().visible:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            mates.append(bench.submit(400, job_id="mate400"))
            await bench.until_over(killer, *mates)
        assert seen.widest > 1
        assert company == [1]

    run(scenario())


def test_a_message_that_comes_to_a_stopping_worker_is_given_back_unbegun() -> None:
    async def scenario() -> None:
        bench = Bench()
        watched(bench)
        async with bench.worker() as stop:
            await asyncio.sleep(1)
            stop.set()
            await asyncio.sleep(0.1)
            key = bench.submit(1)
        assert bench.job(key).status is Status.QUEUED
        assert bench.job(key).attempts == 0
        assert bench.queue.depth().visible == 1

    run(scenario())


def test_a_queue_that_is_gone_ends_the_worker() -> None:
    async def scenario() -> None:
        bench = Bench()

        async def gone(**_: Any) -> Sequence[Received]:
            raise LookupError("no such queue")

        bench.inbox.receive = gone  # type: ignore[method-assign]
        async with bench.worker():
            await asyncio.sleep(1)

    try:
        run(scenario())
    except* LookupError:
        pass
    else:
        raise AssertionError("it goes on as if nothing were wrong")
