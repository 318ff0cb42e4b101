"""A queue in a list, with SQS's visibility, receive counts and redrive."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.errors import UnknownModel
from spillway.ports import Depth, Queue, Received

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spillway.ports import Clock


@dataclass(slots=True)
class _Entry:
    message_id: str
    body: str
    group: str
    visible_at_ms: int
    receives: int = 0


@dataclass(frozen=True, slots=True)
class Buried:
    """One message in the DLQ."""

    body: str
    group: str
    reason: str | None


class MemoryQueue:
    """The twin of one model's queue and DLQ. It never waits: the caller's clock decides."""

    def __init__(self, clock: Clock, *, max_receives: int = 1000) -> None:
        self._clock = clock
        self._max_receives = max_receives
        self._entries: dict[str, _Entry] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self.dead_letters: list[Buried] = []

    def send(self, body: str, *, group: str) -> None:
        with self._lock:
            entry = _Entry(f"m{next(self._ids)}", body, group, self._clock())
            self._entries[entry.message_id] = entry

    def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:  # noqa: ARG002
        now_ms = self._clock()
        with self._lock:
            self._redrive(now_ms)
            ready = [entry for entry in self._entries.values() if entry.visible_at_ms <= now_ms]
            return [self._hand_out(entry, now_ms + lease_s * 1000) for entry in ready[:limit]]

    def delete(self, receipts: Sequence[str]) -> None:
        with self._lock:
            for receipt in receipts:
                self._entries.pop(receipt.partition("/")[0], None)

    def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        visible_at_ms = self._clock() + for_s * 1000
        with self._lock:
            for receipt in receipts:
                message_id, _, receive = receipt.partition("/")
                entry = self._entries.get(message_id)
                # An older receive's receipt changes nothing, as on SQS once it is visible again.
                if entry is not None and entry.receives == int(receive):
                    entry.visible_at_ms = visible_at_ms

    def bury(self, body: str, *, group: str, reason: str) -> None:
        self.dead_letters.append(Buried(body, group, reason))

    def depth(self) -> Depth:
        now_ms = self._clock()
        entries = list(self._entries.values())
        visible = sum(entry.visible_at_ms <= now_ms for entry in entries)
        return Depth(visible=visible, in_flight=len(entries) - visible, delayed=0)

    def _hand_out(self, entry: _Entry, visible_at_ms: int) -> Received:
        entry.visible_at_ms = visible_at_ms
        entry.receives += 1
        receipt = f"{entry.message_id}/{entry.receives}"
        return Received(entry.message_id, receipt, entry.body, entry.receives)

    def _redrive(self, now_ms: int) -> None:
        spent = [
            entry
            for entry in self._entries.values()
            if entry.visible_at_ms <= now_ms and entry.receives >= self._max_receives
        ]
        for entry in spent:
            del self._entries[entry.message_id]
            self.dead_letters.append(Buried(entry.body, entry.group, None))


class MemoryQueues:
    """The models' queues by name."""

    def __init__(self, queues: Mapping[str, Queue]) -> None:
        self._queues = dict(queues)

    def find(self, model: str) -> Queue:
        try:
            return self._queues[model]
        except KeyError:
            raise UnknownModel(model) from None
