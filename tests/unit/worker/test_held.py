from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.unit.worker.loop.virtual_time import run
from worker.held import Drained, Held

if TYPE_CHECKING:
    from spillway.job import Job
    from spillway.message import Message
    from spillway.ports import Received


def held() -> Held:
    """An attempt, of which only the outcome is looked at."""
    return Held(cast("Received", None), cast("Message", None), cast("Job", None))


def test_the_first_reason_to_give_up_stands() -> None:
    async def scenario() -> str:
        one = held()
        one.give_up(Drained("the worker stops"))
        one.complete("too late")
        return await one.outcome

    with pytest.raises(Drained):
        run(scenario())


def test_a_result_that_is_there_is_not_given_up() -> None:
    async def scenario() -> str:
        one = held()
        one.complete("1")
        one.give_up(Drained("the worker stops"))
        return await one.outcome

    assert run(scenario()) == "1"


def test_a_reason_that_nobody_asks_for_is_no_fault() -> None:
    faults: list[dict[str, Any]] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
        held().give_up(Drained("the worker stops"))
        gc.collect()

    run(scenario())

    assert faults == []
