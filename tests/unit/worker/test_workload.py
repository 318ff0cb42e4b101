"""What is in hand counts until it is gone; what has begun makes room for the next."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

from spillway.ports import Received
from worker.workload import Limits, Workload

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = Limits(slots=2, max_batch=4, messages=20, bytes=1_000)


def message(number: int, body: str = "{}") -> Received:
    return Received(message_id=str(number), receipt=f"r{number}", body=body, receives=1)


def test_an_idle_worker_has_room_for_what_could_begin() -> None:
    async def scenario() -> None:
        assert Workload(LIMITS).room == 8

    asyncio.run(scenario())


def test_what_is_asked_for_takes_room_until_it_is_answered() -> None:
    async def scenario() -> None:
        load = Workload(LIMITS)
        load.ask(6)
        assert load.room == 2
        load.take(message(1))
        load.answered(6)
        assert load.room == 7

    asyncio.run(scenario())


def test_what_has_begun_waits_no_more() -> None:
    async def scenario() -> None:
        load = Workload(LIMITS)
        for number in range(8):
            load.take(message(number))
        assert load.room == 0
        load.pace.computed(60.0)
        with load.computing([f"r{number}" for number in range(4)]):
            assert load.room == 0, "the other slot has its batch"
        assert load.room == 4, "that batch is over, and slow ones are not run ahead of"

    asyncio.run(scenario())


def test_what_is_computed_counts_until_it_is_gone() -> None:
    async def scenario() -> None:
        load = Workload(LIMITS)
        load.pace.computed(0.0)
        messages = [message(number) for number in range(20)]
        for one in messages:
            load.take(one)
        with load.computing([one.receipt for one in messages]):
            pass
        assert load.room == 0
        load.put_down(messages[0])
        assert load.room == 1

    asyncio.run(scenario())


def test_large_messages_leave_no_room_for_more() -> None:
    async def scenario() -> None:
        load = Workload(LIMITS)
        load.take(message(1, "x" * 600))
        assert load.room == 7
        load.take(large := message(2, "x" * 600))
        assert load.room == 0
        load.put_down(large)
        assert load.room == 7

    asyncio.run(scenario())


def test_a_job_that_is_over_while_it_is_computed_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        load = Workload(LIMITS)
        load.pace.computed(60.0)
        load.take(lost := message(1))
        load.put_down(lost)
        with load.computing([lost.receipt]):
            pass
        assert load.room == 8
        load.take(message(2))
        assert load.room == 7

    asyncio.run(scenario())


def test_whoever_waits_for_room_hears_of_each_change() -> None:
    async def scenario() -> None:
        load = Workload(LIMITS)
        load.take(one := message(1))
        stack = ExitStack()
        changes: list[Callable[[], object]] = [
            lambda: load.answered(0),
            lambda: stack.enter_context(load.computing([one.receipt])),
            lambda: load.put_down(one),
        ]
        for change in changes:
            load.changed.clear()
            change()
            assert load.changed.is_set()

    asyncio.run(scenario())
