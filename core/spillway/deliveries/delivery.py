"""A delivery: one event told to one destination, from its first attempt to its last.

::

    PENDING ──► DELIVERED
       │           ▲
       ├──► RETRYING ──► FAILED
       └───────────────────▲       redelivered: any of them ──► PENDING, in a further round

A delivery's end never changes what became of its job.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from spillway import event as events
from spillway.destinations.destination import Destination, from_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spillway.event import EventType
    from spillway.job import Job

SHARDS = 8
"""Over how many keys of its index each list of a tenant's deliveries in one state is spread: one
of DynamoDB's partitions takes 1,000 writes a second."""
HISTORY = 20
"""The last attempts that a delivery tells of: seven are one round."""
ERROR_LENGTH = 300
"""Characters kept of what went wrong: a receiver chooses some of them."""
KEPT_S = 7 * 86_400
"""How long a round is kept at least, whenever its job goes: the longest schedule that an operator
may ask for takes five days (MOST_DELAYS pauses of MOST_HIDDEN_S, delivery/schedule.py)."""


class DeliveryStatus(StrEnum):
    """What has become of a delivery. Only a redelivery leaves the last two."""

    PENDING = "PENDING"
    RETRYING = "RETRYING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is tried."""
        return self in (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED)


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """What names a delivery: the id is its tenant's own, as a job's is."""

    tenant: str
    delivery_id: str

    @property
    def shard(self) -> int:
        """Which of its tenant's lists it is in."""
        return hashlib.blake2b(self.delivery_id.encode(), digest_size=1).digest()[0] % SHARDS


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: when it began, how long it took, and what went wrong (None: nothing)."""

    at_ms: int
    took_ms: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one destination. Instants are epoch milliseconds.

    `attempts` are all so far, `attempts_before` those before the present round: the schedule of
    retries begins anew with each `round`, which a redelivery begins. `version` counts writes and is
    the fence: of two writers that read the same, one is refused.
    `delivered_at_ms` is when it was last taken: a further round that fails leaves it.
    `job_id`, `model` and `traceparent` are its job's; a sample, which no job stands behind, has
    none. In `round` 0 is a sample whose message was never sent.
    """

    tenant: str
    delivery_id: str
    job_id: str | None
    event: EventType
    destination: Destination
    status: DeliveryStatus
    created_at_ms: int
    delete_at_s: int
    model: str | None = None
    traceparent: str | None = None
    round: int = 1
    attempts: int = 0
    attempts_before: int = 0
    next_attempt_at_ms: int | None = None
    delivered_at_ms: int | None = None
    last_error: str | None = None
    history: tuple[Attempt, ...] = ()
    version: int = 1

    @property
    def key(self) -> DeliveryKey:
        """The delivery's name."""
        return DeliveryKey(self.tenant, self.delivery_id)


def delivery_id(
    tenant: str,
    name: str,
    event: EventType,
    destination: Destination,
    *,
    created_at_ms: int | None = None,
) -> str:
    """The one id of this event's delivery to this destination: each retry and repeat has it.

    `name` is the job's id, and `created_at_ms` tells it from a later job that has the same id once
    this one has passed its retention. A sample has a name of its own, and no such instant.
    An id has no dot, which the signed text of Standard Webhooks has between its parts.
    """
    made = () if created_at_ms is None else (str(created_at_ms),)
    told = "\0".join((tenant, name, *made, event, destination.type, destination.address))
    return f"dlv_{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}"


def due(job: Job) -> tuple[Delivery, ...]:
    """The deliveries that what has happened to the job asks for, as they are before any attempt."""
    return tuple(
        _pending(job, event, destination)
        for event in events.events_of(job)
        for destination in _destinations(job)
        if destination is not None and event in destination.events
    )


def due_now(job: Job) -> tuple[Delivery, ...]:
    """Those of them that its last event asks for."""
    latest = events.events_of(job)[-1:]
    return tuple(delivery for delivery in due(job) if delivery.event in latest)


def unknown_destinations(job: Job) -> int:
    """How many of the job's destinations can't be read here.

    While a release is rolled out, a job may name a type or an event that an older function does
    not know. That costs the others nothing.
    """
    return list(_destinations(job)).count(None)


def _destinations(job: Job) -> Iterator[Destination | None]:
    for document in json.loads(job.destinations or "[]"):
        yield _destination(document)


def _destination(document: Any) -> Destination | None:  # noqa: ANN401
    try:
        return from_document(document)
    except (KeyError, TypeError, ValueError):
        return None


def _pending(job: Job, event: EventType, destination: Destination) -> Delivery:
    at_ms = events.at_ms(job, event)
    return Delivery(
        tenant=job.tenant,
        delivery_id=delivery_id(
            job.tenant, job.job_id, event, destination, created_at_ms=job.created_at_ms
        ),
        job_id=job.job_id,
        model=job.model,
        traceparent=job.traceparent,
        event=event,
        destination=destination,
        status=DeliveryStatus.PENDING,
        created_at_ms=at_ms,
        next_attempt_at_ms=at_ms,
        delete_at_s=max(job.delete_at_s, at_ms // 1000 + KEPT_S),
    )


# --- what becomes of it: each a delivery before, and after ----------------------------------------


def delivered(delivery: Delivery, *, at_ms: int, took_ms: int) -> Delivery:
    """After an attempt that the destination took."""
    return replace(
        _attempted(delivery, Attempt(at_ms, took_ms, None)),
        status=DeliveryStatus.DELIVERED,
        delivered_at_ms=at_ms + took_ms,
        last_error=None,
        next_attempt_at_ms=None,
    )


def failed(
    delivery: Delivery, *, at_ms: int, took_ms: int, error: str, next_attempt_at_ms: int | None
) -> Delivery:
    """After an attempt that went wrong; without a next one, it has failed."""
    is_last = next_attempt_at_ms is None
    return replace(
        _attempted(delivery, Attempt(at_ms, took_ms, error[:ERROR_LENGTH])),
        status=DeliveryStatus.FAILED if is_last else DeliveryStatus.RETRYING,
        last_error=error[:ERROR_LENGTH],
        next_attempt_at_ms=next_attempt_at_ms,
    )


def again(delivery: Delivery, *, now_ms: int) -> Delivery:
    """Asked for once more: a further round of attempts, beginning now."""
    return replace(
        delivery,
        status=DeliveryStatus.PENDING,
        round=delivery.round + 1,
        attempts_before=delivery.attempts,
        next_attempt_at_ms=now_ms,
        delete_at_s=max(delivery.delete_at_s, now_ms // 1000 + KEPT_S),
        version=delivery.version + 1,
    )


def _attempted(delivery: Delivery, attempt: Attempt) -> Delivery:
    return replace(
        delivery,
        attempts=delivery.attempts + 1,
        history=(*delivery.history, attempt)[-HISTORY:],
        version=delivery.version + 1,
    )
