"""What this worker has in hand, and how much more it has room for."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.pace import Pace
from worker.prefetch import next_look_s, startable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spillway.ports import Received


@dataclass(frozen=True, slots=True)
class Limits:
    """`slots` batches of up to `max_batch` jobs at once; messages in hand, and their bytes."""

    slots: int
    max_batch: int
    messages: int
    bytes: int


class Workload:
    """Counts messages from when they are asked for until they are gone from the queue.

    Not until they are computed: what is bounded is all that lies in memory. `changed` is set
    whenever there may be more room than before.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._asked = 0
        self._in_hand: dict[str, int] = {}
        self._bytes = 0
        self._begun: set[str] = set()
        self._computing: dict[object, float] = {}
        self.pace = Pace()
        self.changed = asyncio.Event()

    @property
    def room(self) -> int:
        """How many more messages to ask for now."""
        if self._bytes >= self._limits.bytes:
            return 0
        free = self._limits.messages - len(self._in_hand)
        return max(0, min(free, self._startable - self._waiting) - self._asked)

    @property
    def has_idle_slot(self) -> bool:
        """Whether the next message could begin at once."""
        return len(self._computing) < self._limits.slots and not self._waiting

    @property
    def next_look_s(self) -> float | None:
        """After how many seconds there may be more room, though nothing has changed."""
        return next_look_s(self._ages_s, batch_s=self.pace.batch_s, lead_s=self.pace.lead_s)

    def ask(self, limit: int) -> None:
        """Keep room for what a receive may bring."""
        self._asked += limit

    def answered(self, limit: int) -> None:
        """Keep it no more: what the receive brought is in hand."""
        self._asked -= limit
        self.changed.set()

    def take(self, received: Received) -> None:
        """Count a message in hand."""
        self._in_hand[received.receipt] = len(received.body)
        self._bytes += len(received.body)

    def put_down(self, received: Received) -> None:
        """Count it no more."""
        self._bytes -= self._in_hand.pop(received.receipt)
        self._begun.discard(received.receipt)
        self.changed.set()

    @contextmanager
    def computing(self, receipts: Sequence[str]) -> Iterator[None]:
        """Count these as begun, and the batch's time."""
        batch, began_s = object(), _now_s()
        # A job may be over, its lease lost, and be computed all the same.
        self._begun.update(receipt for receipt in receipts if receipt in self._in_hand)
        self._computing[batch] = began_s
        self.changed.set()
        try:
            yield
        finally:
            del self._computing[batch]
            self.pace.computed(_now_s() - began_s)
            self.changed.set()

    @property
    def _waiting(self) -> int:
        return len(self._in_hand) - len(self._begun)

    @property
    def _startable(self) -> int:
        return startable(
            self._ages_s,
            slots=self._limits.slots,
            max_batch=self._limits.max_batch,
            batch_s=self.pace.batch_s,
            lead_s=self.pace.lead_s,
        )

    @property
    def _ages_s(self) -> list[float]:
        now_s = _now_s()
        return [now_s - began_s for began_s in self._computing.values()]


def _now_s() -> float:
    return asyncio.get_running_loop().time()
