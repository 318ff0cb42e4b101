"""The queue's twin with long polls, in any order, and with deliveries of what is in flight."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.errors import MalformedMessage
from spillway.memory import MemoryQueue
from spillway.message import decode
from tests.simulation.dice import fractions
from tests.simulation.plan import CALM_AT_S
from tests.simulation.processes import EPOCH_MS, now_ms
from tests.simulation.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spillway.job import JobKey
    from spillway.ports import Received
    from tests.simulation.history import History
    from tests.simulation.plan import Plan


@dataclass(frozen=True, slots=True)
class _Poll:
    """A receive that waits. `is_wanted`: whether there is still somebody to answer to."""

    limit: int
    lease_s: int
    answer: asyncio.Future[Sequence[Received]]
    is_wanted: Callable[[], bool]


class WatchedQueue(MemoryQueue):
    """SQS, as much of it as may be unpleasant."""

    def __init__(self, plan: Plan, history: History, is_over: Callable[[JobKey], bool]) -> None:
        super().__init__(now_ms, max_receives=plan.shape.max_receives)
        self._plan = plan
        self._history = history
        self._is_over = is_over
        self._polls: deque[_Poll] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._receives = 0

    def send(self, body: str, *, group: str) -> None:
        super().send(body, group=group)
        self._look()

    def poll(
        self, *, limit: int, wait_s: int, lease_s: int, is_wanted: Callable[[], bool]
    ) -> asyncio.Future[Sequence[Received]]:
        """Receive, waiting for something to come."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[Received]] = loop.create_future()
        self._polls.append(_Poll(limit, lease_s, answer, is_wanted))
        loop.call_later(wait_s, _give_up, answer, context=Context())
        self._look()
        return answer

    def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        self._receives += 1
        self._disturb()
        return super().receive(limit=limit, wait_s=wait_s, lease_s=lease_s)

    def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        super().hide(receipts, for_s=for_s)
        self._look()

    def delete(self, receipts: Sequence[str]) -> None:
        gone = [self._entries.get(receipt.partition("/")[0]) for receipt in receipts]
        super().delete(receipts)
        for entry in filter(None, gone):
            key = job_of(entry.body)
            is_over = key is None or self._is_over(key)
            self._history.delete(key, is_over=is_over, copies=self.copies(entry.body))

    def copies(self, body: str) -> int:
        """How many messages of the same body there are, in the queue and in the DLQ."""
        return [*self.bodies(), *(letter.body for letter in self.dead_letters)].count(body)

    def bodies(self) -> tuple[str, ...]:
        """What lies in the queue, in flight or not."""
        return tuple(entry.body for entry in self._entries.values())

    def redrive(self) -> None:
        """Move the DLQ back."""
        letters, self.dead_letters = self.dead_letters, []
        for letter in letters:
            self.send(letter.body, group=letter.group)

    def _look(self) -> None:
        """Answer those who wait as far as there is something to be had; come back when there is."""
        while self._polls:
            poll = self._polls[0]
            if poll.answer.done() or not poll.is_wanted():
                self._polls.popleft()
            elif messages := self.receive(limit=poll.limit, wait_s=0, lease_s=poll.lease_s):
                self._polls.popleft()
                poll.answer.set_result(messages)
            else:
                break
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._polls and self._entries:
            next_ms = min(entry.visible_at_ms for entry in self._entries.values())
            self._timer = asyncio.get_running_loop().call_at(
                (next_ms - EPOCH_MS) / 1000 + 0.001, self._look, context=Context()
            )

    def _disturb(self) -> None:
        if asyncio.get_running_loop().time() > CALM_AT_S:
            return
        if self._plan.has(Trouble.REORDER):
            order = sorted(self._entries, key=self._luck)
            self._entries = {message_id: self._entries[message_id] for message_id in order}
        if self._plan.has(Trouble.DUPLICATE):
            for entry in self._entries.values():
                if self._luck(entry.message_id) < self._plan.rates[Trouble.DUPLICATE]:
                    entry.visible_at_ms = min(entry.visible_at_ms, now_ms())

    def _luck(self, message_id: str) -> float:
        return fractions(self._plan.seed, "delivery", self._receives, message_id)[0]


def job_of(body: str) -> JobKey | None:
    """Whose message it is; None where it is not one of ours."""
    with suppress(MalformedMessage):
        return decode(body).key
    return None


def _give_up(answer: asyncio.Future[Sequence[Received]]) -> None:
    if not answer.done():
        answer.set_result([])
