"""The API's documents about deliveries as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from spillway.deliveries.delivery import DeliveryStatus
from spillway.destinations.destination import Destination, from_document
from spillway.event import EventType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Document = Mapping[str, Any]

_NOTHING: Document = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to deliver: when it began, how long it took, what went wrong (None: nothing)."""

    at: datetime
    took_ms: int
    error: str | None = None

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a `DeliveryAttempt` of the API; raises KeyError or ValueError."""
        return cls(
            at=datetime.fromisoformat(document["at"]),
            took_ms=document["tookMs"],
            error=document.get("error"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as the API showed it once. None stands for what it did not say.

    A job's document says the least of it, a list all but its `history`. `job_id` is None for a
    sample too. `document` is what all of it was read from.
    """

    delivery_id: str
    event: EventType
    destination: Destination
    status: DeliveryStatus
    attempts: int
    job_id: str | None = None
    round: int | None = None
    created_at: datetime | None = None
    delivered_at: datetime | None = None
    """When the destination last took it."""
    next_attempt_at: datetime | None = None
    last_error: str | None = None
    history: tuple[Attempt, ...] = ()
    document: Document = field(default=_NOTHING, repr=False, compare=False)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is tried."""
        return self.status.is_over

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a `Delivery` or a `JobDelivery` of the API; raises KeyError or ValueError."""
        return cls(
            delivery_id=document["id"],
            event=EventType(document["event"]),
            destination=from_document(document["destination"]),
            status=DeliveryStatus(document["status"]),
            attempts=document["attempts"],
            job_id=document.get("jobId"),
            round=document.get("round"),
            created_at=_instant(document.get("createdAt")),
            delivered_at=_instant(document.get("deliveredAt")),
            next_attempt_at=_instant(document.get("nextAttemptAt")),
            last_error=document.get("lastError"),
            history=tuple(map(Attempt.of, document.get("history", ()))),
            document=document,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Deliveries of a list; without a token, they are its last."""

    items: Sequence[Delivery]
    next_token: str | None

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a `Deliveries` of the API; raises KeyError or ValueError."""
        return cls(list(map(Delivery.of, document["deliveries"])), document.get("nextPageToken"))


def destinations(document: Document) -> tuple[Destination, ...]:
    """Read a `Destinations` of the API; raises KeyError or ValueError."""
    return tuple(map(from_document, document["destinations"]))


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
