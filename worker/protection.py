"""Scale-in protection: ECS does not end this task while it has work."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from worker.ports import Agent

CHECK_S, LONGEST_PAUSE_S = 5.0, 60.0
"""Between looks at whether to renew or to drop; twice as long after each further failure. ECS may
refuse for long: while the tasks that were replaced still work, or more work than are desired."""
IDLE_S = 10.0
"""Without work for so long, a task may go. Shorter pauses between jobs change nothing, so that ECS,
which throttles these calls, hears little of a busy task."""
REST_AFTER_S = 600.0
"""Protected for so long without a break, a task rests: under steady work it is never idle by
itself, and ECS could neither scale it in nor replace it by a new version's."""
REST_WAIT_S, REST_S = 30.0, 10.0
"""How long what is in hand may take to end before that; jobs that take longer put it off. And how
long ECS then has: two seconds of a hundred."""
RENEWALS = 3
"""Protection outlives two renewals that failed."""
SHORTEST_MINUTES, LONGEST_MINUTES = 10, 2880
"""The second is ECS's limit."""

_LOG = logging.getLogger(__name__)


class Protection:
    """Protects the task before a job begins and as long as any is in hand; drops it when idle.

    An idle task waits for messages unprotected, or ECS could never end it. What it then receives
    begins once the task is protected; told to stop in between, it gives the message back unbegun.
    """

    def __init__(self, agent: Agent, *, lease_s: int, rng: random.Random) -> None:
        self._agent = agent
        self._rng = rng
        self._minutes = expiry_minutes(lease_s)
        self._in_hand = 0
        self._worked_s = 0.0
        self._sure_until_s = 0.0
        self._ends_by_s = 0.0
        self._rest_at_s = math.inf
        self._is_failing = False
        self._pause_s = CHECK_S
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Have the task protected from now on. Where ECS does not do so, work goes on without."""
        self._worked_s = _now_s()
        # While that fails, `run` tries again: no message is to wait for it.
        if not self._is_sure and not self._is_failing:
            async with self._turn:
                if not self._is_sure and not self._is_failing:
                    await self._protect()

    def begin(self) -> None:
        """Count a message in hand."""
        self._in_hand += 1

    def end(self) -> None:
        """Count it no more."""
        self._in_hand -= 1
        self._worked_s = _now_s()

    @property
    def needs_rest(self) -> bool:
        """Whether nothing is to be received now, so that what is in hand ends and it can `rest`."""
        return _now_s() >= self._rest_at_s

    def put_rest_off(self) -> None:
        """Try again later; not all tasks of a flood at one time."""
        self._rest_at_s = _now_s() + REST_AFTER_S * self._rng.uniform(0.5, 1.0)

    async def rest(self, stop: asyncio.Event) -> None:
        """Have the task unprotected for a while, until `stop` at most, with nothing in hand."""
        async with self._turn:
            await self._drop()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), REST_S)
            self._rest_at_s = math.inf

    async def run(self) -> None:
        """Renew, drop and try again until cancelled."""
        while True:
            await asyncio.sleep(self._pause_s)
            async with self._turn:
                await self._check()

    @property
    def _is_sure(self) -> bool:
        return _now_s() < self._sure_until_s

    @property
    def _is_idle(self) -> bool:
        return not self._in_hand and _now_s() - self._worked_s >= IDLE_S

    async def _check(self) -> None:
        now_s = _now_s()
        if self._is_idle:
            if now_s < self._ends_by_s:
                await self._drop()
        elif self._sure_until_s - now_s <= self._expiry_s * (1 - 1 / RENEWALS):
            await self._protect()

    @property
    def _expiry_s(self) -> float:
        return 60.0 * self._minutes

    async def _protect(self) -> None:
        asked_s = _now_s()
        if math.isinf(self._rest_at_s):
            self.put_rest_off()
        is_done = await self._put(self._minutes)
        # A call that failed may have been heard all the same.
        self._ends_by_s = _now_s() + self._expiry_s
        if is_done:
            self._sure_until_s = asked_s + self._expiry_s

    async def _drop(self) -> None:
        self._sure_until_s = 0.0
        if await self._put(None):
            self._ends_by_s, self._rest_at_s = 0.0, math.inf

    async def _put(self, minutes: int | None) -> bool:
        try:
            await self._agent.protect(minutes)
        except Exception as error:  # noqa: BLE001 - it is tried again, and ends by itself
            self._fail(str(error))
            return False
        if self._is_failing:
            _LOG.info("scale-in protection works again")
        self._is_failing, self._pause_s = False, CHECK_S
        return True

    def _fail(self, why: str) -> None:
        """Tell the first failure of a row; let the next tries be farther apart."""
        if self._is_failing:
            self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)
        else:
            _LOG.warning("scale-in protection fails", extra={"why": why})
        self._is_failing = True


def expiry_minutes(lease_s: int) -> int:
    """How long it lasts where nobody renews it: twice as long as a message stays hidden."""
    return min(LONGEST_MINUTES, max(SHORTEST_MINUTES, -(-2 * lease_s // 60)))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
