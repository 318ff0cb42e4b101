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


_BATCH = 10


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
        self.is_gone = False

    def send(self, body: str, *, group: str) -> None:
        with self._lock:
            if self.is_gone:
                raise UnknownModel("no such queue")
            entry = _Entry(f"m{next(self._ids)}", body, group, self._clock())
            self._entries[entry.message_id] = entry

    def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:  # noqa: ARG002
        _check_batch(limit)
        now_ms = self._clock()
        with self._lock:
            self._redrive(now_ms)
            ready = [entry for entry in self._entries.values() if entry.visible_at_ms <= now_ms]
            return [self._hand_out(entry, now_ms + lease_s * 1000) for entry in ready[:limit]]

    def delete(self, receipts: Sequence[str]) -> None:
        _check_batch(len(receipts))
        with self._lock:
            for receipt in receipts:
                self._entries.pop(receipt.partition("/")[0], None)

    def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        _check_batch(len(receipts))
        now_ms = self._clock()
        with self._lock:
            for receipt in receipts:
                message_id, _, receive = receipt.partition("/")
                entry = self._entries.get(message_id)
                # SQS hides only what is in flight, and only for who received it last.
                if entry and entry.visible_at_ms > now_ms and str(entry.receives) == receive:
                    entry.visible_at_ms = now_ms + for_s * 1000

    def bury(self, body: str, *, group: str, reason: str) -> None:
        self.dead_letters.append(Buried(body, group, reason))

    def depth(self) -> Depth:
        now_ms = self._clock()
        with self._lock:
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


def _check_batch(size: int) -> None:
    """SQS refuses the whole call: a caller that asks for more has a bug."""
    if size > _BATCH:
        raise ValueError(f"at most {_BATCH} messages go in one call, not {size}")


class MemoryQueues:
    """The models' queues by name."""

    def __init__(self, queues: Mapping[str, Queue]) -> None:
        self._queues = dict(queues)

    def find(self, model: str) -> Queue:
        try:
            return self._queues[model]
        except KeyError:
            raise UnknownModel(model) from None
