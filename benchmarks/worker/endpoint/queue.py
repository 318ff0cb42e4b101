"""One standard queue: visibility, receive counts and receipts as SQS has them. No clock inside."""

from __future__ import annotations

import hashlib
import heapq
import uuid
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class NotInFlight(Exception):
    """The message is visible, or gone: its visibility can't be changed."""


@dataclass(slots=True, eq=False)
class Message:
    """One message. `hidden_until_s` is None while it is visible."""

    body: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None
    sent_s: float = 0.0
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    receives: int = 0
    receipt: str = ""
    hidden_until_s: float | None = None
    is_deleted: bool = False

    @property
    def md5(self) -> str:
        """What a client may check the body by."""
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest()


class Queue:
    """A queue. What is hidden comes back when its time is over, in no promised order."""

    def __init__(self) -> None:
        self._visible: deque[Message] = deque()
        self._by_receipt: dict[str, Message] = {}
        self._hidden: list[tuple[float, int, Message]] = []
        self._number = count()
        self.sent = self.received = self.redelivered = self.deleted = self.stale_deletes = 0

    def send(self, message: Message, *, now_s: float, delay_s: float = 0) -> None:
        """Append it, to be received after `delay_s`."""
        self.sent += 1
        message.sent_s = now_s
        if delay_s:
            self._hide(message, now_s + delay_s)
        else:
            self._visible.append(message)

    def receive(self, limit: int, *, visibility_s: float, now_s: float) -> list[Message]:
        """Take up to `limit` messages, each under a receipt of its own, hidden from now on."""
        self._surface(now_s)
        taken: list[Message] = []
        while self._visible and len(taken) < limit:
            message = self._visible.popleft()
            if not message.is_deleted:
                self._hand_out(message, now_s + visibility_s)
                taken.append(message)
        return taken

    def delete(self, receipt: str) -> None:
        """Remove a message for good. A receipt that a later one has replaced deletes nothing."""
        message = self._by_receipt.pop(receipt, None)
        if message is None:
            self.stale_deletes += 1
        else:
            message.is_deleted = True
            self.deleted += 1

    def hide(self, receipt: str, *, for_s: float, now_s: float) -> None:
        """Keep a message in flight hidden for so long from now; raise `NotInFlight`."""
        self._surface(now_s)
        message = self._by_receipt.get(receipt)
        if message is None or message.hidden_until_s is None:
            raise NotInFlight(receipt)
        self._hide(message, now_s + for_s)

    def next_visible_s(self, now_s: float) -> float | None:
        """When to look again, as far as no message is sent by then."""
        self._surface(now_s)
        return self._hidden[0][0] if self._hidden else None

    def messages(self) -> Iterator[Message]:
        """What waits to be received."""
        return (message for message in self._visible if not message.is_deleted)

    @property
    def depth(self) -> int:
        """How many wait to be received."""
        return sum(1 for _ in self.messages())

    @property
    def in_flight(self) -> int:
        """How many were received and are neither deleted nor visible again."""
        return sum(message.hidden_until_s is not None for message in self._by_receipt.values())

    def _hand_out(self, message: Message, until_s: float) -> None:
        self._by_receipt.pop(message.receipt, None)
        message.receives += 1
        message.receipt = f"{message.message_id}#{message.receives}"
        self._by_receipt[message.receipt] = message
        self._hide(message, until_s)
        self.received += 1
        self.redelivered += message.receives > 1

    def _hide(self, message: Message, until_s: float) -> None:
        message.hidden_until_s = until_s
        heapq.heappush(self._hidden, (until_s, next(self._number), message))

    def _surface(self, now_s: float) -> None:
        """Make visible what was hidden until now. An entry that a later one replaced is nothing."""
        while self._hidden and self._is_settled(now_s):
            until_s, _, message = heapq.heappop(self._hidden)
            if not message.is_deleted and message.hidden_until_s == until_s:
                message.hidden_until_s = None
                self._visible.append(message)

    def _is_settled(self, now_s: float) -> bool:
        until_s, _, message = self._hidden[0]
        return until_s <= now_s or message.is_deleted or message.hidden_until_s != until_s
