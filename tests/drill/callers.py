"""The tenants: each asks for its jobs as its orders say, again and again until it is answered."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from spillway.client.batch import in_order
from spillway.errors import SpillwayError
from tests.drill.plan import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spillway.client import Client
    from spillway.client.documents import Uploaded
    from tests.drill.plan import Order

AT_ONCE = 6
TRIES = 5
"""A caller goes on for so long, each time as often as the client repeats a call by itself."""


@dataclass(slots=True)
class Ledger:
    """What was accepted: the ids that each tenant was given for each of its keys."""

    ids: defaultdict[tuple[str, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    refusals: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def accepted(self, order: Order, job_id: str) -> None:
        """Note an answer."""
        with self._lock:
            self.ids[order.tenant, order.idempotency_key][job_id] += 1

    def unanswered(self, why: str) -> None:
        """Note that a caller gave up, for now."""
        with self._lock:
            self.refusals.append(why)


class Callers:
    """All tenants, by their clients."""

    def __init__(self, clients: Mapping[str, Client], ledger: Ledger) -> None:
        self._clients = clients
        self._ledger = ledger

    def submit(self, orders: Iterable[Order]) -> None:
        """Submit all, some at once; each is accepted in the end, else `SystemExit`."""
        deque(in_order(self._submit, orders, concurrency=AT_ONCE), maxlen=0)

    def _submit(self, order: Order) -> None:
        uploaded: Uploaded | None = None
        client = self._clients[order.tenant]
        for _ in range(TRIES):
            try:
                if order.kind is Kind.UPLOADED and uploaded is None:
                    uploaded = client.upload(order.payload)
                job = client.submit(
                    uploaded or order.payload, idempotency_key=order.idempotency_key
                )
            except SpillwayError as error:
                self._ledger.unanswered(f"{order.tenant}'s {order.kind} job: {error}")
            else:
                return self._ledger.accepted(order, job.job_id)
        raise SystemExit(f"never accepted: {self._ledger.refusals[-1]}")
