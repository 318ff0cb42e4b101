"""Receives: one long poll while the queue is empty, several side by side while it is not."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from spillway.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from spillway.ports import Received
    from worker.ports import Inbox
    from worker.workload import Workload

AT_ONCE = 10
"""SQS gives up to ten messages a call."""
WIDEST = 8
"""Receives side by side: at SQS's usual 10 to 20 ms they bring thousands of messages a second."""
SHORT_POLL_S = 1
"""How long a receive waits that runs ahead: what comes later is for whoever idles then. Not zero:
such a receive asks some of SQS's servers only, and may find nothing in a queue that is not empty.
"""
PAUSE_S = 1.0
"""Between receives while SQS does not answer."""

_LOG = logging.getLogger(__name__)


class Receivers:
    """Asks for messages as far as there is room for them, and hands on what comes."""

    def __init__(
        self,
        inbox: Inbox,
        workload: Workload,
        deliver: Callable[[Sequence[Received]], Awaitable[None]],
        *,
        poll_s: int,
        lease_s: int,
    ) -> None:
        self._inbox = inbox
        self._workload = workload
        self._deliver = deliver
        self._poll_s = poll_s
        self._lease_s = lease_s
        self._width = 1
        self._polls: set[asyncio.Task[None]] = set()

    @property
    def is_waiting(self) -> bool:
        """Whether a receive is under way."""
        return any(not poll.done() for poll in self._polls)

    def start(self) -> None:
        """Begin as many receives as there is room for. What one of them raised is raised here."""
        self._reap()
        under_way = len(self._polls)
        for limit in limits(self._workload.room, under_way=under_way, width=self._width):
            is_alone = not self._polls and self._workload.has_idle_slot
            wait_s = self._poll_s if is_alone else min(self._poll_s, SHORT_POLL_S)
            self._workload.ask(limit)
            self._polls.add(asyncio.create_task(self._poll(limit, wait_s)))

    async def end(self, *, within_s: float) -> None:
        """Wait for those under way: what they bring would else stay hidden for a lease."""
        if self._polls:
            await asyncio.wait(self._polls, timeout=within_s)

    def _reap(self) -> None:
        ended = {poll for poll in self._polls if poll.done()}
        self._polls -= ended
        for poll in ended:
            poll.result()

    async def _poll(self, limit: int, wait_s: int) -> None:
        try:
            messages = await self._receive(limit, wait_s)
            self._width = width_after(self._width, got=len(messages), limit=limit)
            if messages:
                await self._deliver(messages)
        finally:
            self._workload.answered(limit)

    async def _receive(self, limit: int, wait_s: int) -> Sequence[Received]:
        began_s = _now_s()
        try:
            messages = await self._inbox.receive(limit=limit, wait_s=wait_s, lease_s=self._lease_s)
        except Unavailable as error:
            _LOG.warning("nothing received", extra={"why": str(error)})
            await asyncio.sleep(PAUSE_S)
            return []
        if messages:
            self._workload.pace.received(_now_s() - began_s)
        return messages


def limits(room: int, *, under_way: int, width: int) -> list[int]:
    """The sizes of the receives to begin; beside others, a little room waits to become more."""
    if under_way and room < AT_ONCE:
        return []
    sizes = [min(AT_ONCE, room - begun) for begun in range(0, room, AT_ONCE)]
    return sizes[: max(0, width - under_way)]


def width_after(width: int, *, got: int, limit: int) -> int:
    """How many receives to have side by side from now on.

    Twice as many while they come back full, or nearly: from a long queue SQS may give fewer than
    it was asked for. One while there is nothing.
    """
    if not got:
        return 1
    return min(WIDEST, 2 * width) if 2 * got >= limit else max(1, width // 2)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
