"""Scale-in protection: ECS does not end this task while it has work."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.ports import Agent

CHECK_S = 5.0
"""Between looks at whether to renew, to drop or to try again."""
IDLE_S = 10.0
"""Without work for so long, a task may go. Shorter pauses between jobs change nothing, so that ECS,
which throttles these calls, hears little of a busy task."""
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

    def __init__(self, agent: Agent, *, lease_s: int) -> None:
        self._agent = agent
        self._minutes = expiry_minutes(lease_s)
        self._in_hand = 0
        self._worked_s = 0.0
        self._sure_until_s = 0.0
        self._ends_by_s = 0.0
        self._is_failing = False
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Have the task protected from now on. Where ECS does not answer, work goes on without."""
        self._worked_s = _now_s()
        # While ECS does not answer, `run` tries again: no message is to wait for that.
        if not self._is_sure and not self._is_failing:
            async with self._turn:
                if not self._is_sure:
                    await self._protect()

    def begin(self) -> None:
        """Count a message in hand."""
        self._in_hand += 1

    def end(self) -> None:
        """Count it no more."""
        self._in_hand -= 1
        self._worked_s = _now_s()

    async def run(self) -> None:
        """Renew, drop and try again until cancelled."""
        while True:
            await asyncio.sleep(CHECK_S)
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
        is_done = await self._put(self._minutes)
        # A call that failed may have been heard all the same.
        self._ends_by_s = _now_s() + self._expiry_s
        if is_done:
            self._sure_until_s = asked_s + self._expiry_s

    async def _drop(self) -> None:
        self._sure_until_s = 0.0
        if await self._put(None):
            self._ends_by_s = 0.0

    async def _put(self, minutes: int | None) -> bool:
        try:
            await self._agent.protect(minutes)
        except Exception as error:  # noqa: BLE001 - it is tried again, and ends by itself
            if not self._is_failing:
                _LOG.warning("scale-in protection fails", extra={"why": str(error)})
            self._is_failing = True
            return False
        if self._is_failing:
            _LOG.info("scale-in protection works again")
        self._is_failing = False
        return True


def expiry_minutes(lease_s: int) -> int:
    """How long it lasts where nobody renews it: twice as long as a message stays hidden."""
    return min(LONGEST_MINUTES, max(SHORTEST_MINUTES, -(-2 * lease_s // 60)))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
