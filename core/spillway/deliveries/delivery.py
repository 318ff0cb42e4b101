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
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from spillway import event as events
from spillway.destinations.destination import Destination, from_text

if TYPE_CHECKING:
    from spillway.event import EventType
    from spillway.job import Job

SHARDS = 8
"""Over how many keys of its index each list of a tenant's deliveries in one state is spread: one
of DynamoDB's partitions takes 1,000 writes a second."""
HISTORY = 20
"""The last attempts that a delivery tells of: seven are one round."""
ERROR_LENGTH = 300
"""Characters kept of what went wrong: a receiver chooses some of them."""


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
    `job_id` is None for a sample that no job stands behind.
    """

    tenant: str
    delivery_id: str
    job_id: str | None
    event: EventType
    destination: Destination
    status: DeliveryStatus
    created_at_ms: int
    delete_at_s: int
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


def delivery_id(tenant: str, job_id: str, event: EventType, destination: Destination) -> str:
    """The one id of this event's delivery to this destination: each retry and repeat has it.

    It has no dot, which the signed text of Standard Webhooks has between its parts.
    """
    told = f"{tenant}\0{job_id}\0{event}\0{destination.type}\0{destination.address}"
    return f"dlv_{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}"


def due(job: Job) -> tuple[Delivery, ...]:
    """The deliveries that what has happened to the job asks for, as they are before any attempt."""
    if job.destinations is None:
        return ()
    return tuple(
        _pending(job, event, destination)
        for event in events.events_of(job)
        for destination in from_text(job.destinations)
        if event in destination.events
    )


def due_now(job: Job) -> tuple[Delivery, ...]:
    """Those of them that its last event asks for."""
    latest = events.events_of(job)[-1:]
    return tuple(delivery for delivery in due(job) if delivery.event in latest)


def _pending(job: Job, event: EventType, destination: Destination) -> Delivery:
    at_ms = events.at_ms(job, event)
    return Delivery(
        tenant=job.tenant,
        delivery_id=delivery_id(job.tenant, job.job_id, event, destination),
        job_id=job.job_id,
        event=event,
        destination=destination,
        status=DeliveryStatus.PENDING,
        created_at_ms=at_ms,
        next_attempt_at_ms=at_ms,
        delete_at_s=job.delete_at_s,
    )


# --- what becomes of it: each a delivery before, and after ----------------------------------------


def delivered(delivery: Delivery, *, at_ms: int, took_ms: int) -> Delivery:
    """After an attempt that the destination took."""
    return replace(
        _attempted(delivery, Attempt(at_ms, took_ms, None)),
        status=DeliveryStatus.DELIVERED,
        delivered_at_ms=at_ms + took_ms,
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
        version=delivery.version + 1,
    )


def _attempted(delivery: Delivery, attempt: Attempt) -> Delivery:
    return replace(
        delivery,
        attempts=delivery.attempts + 1,
        history=(*delivery.history, attempt)[-HISTORY:],
        version=delivery.version + 1,
    )
