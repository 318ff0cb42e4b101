"""The queue of deliveries that are due, in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.memory.queue import MemoryQueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.ports import Clock, Received

LEASE_S = 120


class MemoryDeliveryQueue:
    """The twin of the delivery queue: `sent` is all that was sent, each a tenant and a body.

    What Lambda does for its function, a test does itself: it receives, and deletes what succeeded.
    """

    def __init__(self, clock: Clock) -> None:
        self._queue = MemoryQueue(clock)
        self.sent: list[tuple[str, str]] = []

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        for tenant, body in messages:
            self._queue.send(body, group=tenant)
        self.sent += messages

    def receive(self, *, limit: int = 10, lease_s: int = LEASE_S) -> Sequence[Received]:
        """Return what may be received now, hidden from others for `lease_s` seconds."""
        return self._queue.receive(limit=limit, wait_s=0, lease_s=lease_s)

    def delete(self, receipt: str) -> None:
        """Remove a message for good."""
        self._queue.delete([receipt])

    def hide(self, receipt: str, *, for_s: int) -> None:
        self._queue.hide([receipt], for_s=for_s)
