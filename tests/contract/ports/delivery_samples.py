"""Deliveries as tests need them: one that is pending, and what differs from it."""

from __future__ import annotations

from typing import Any

from spillway.deliveries.delivery import (
    Attempt,
    Delivery,
    DeliveryKey,
    DeliveryStatus,
    delivered,
    failed,
)
from spillway.destinations.destination import Destination
from spillway.event import EventType
from tests.contract.ports.samples import MINUTE_MS, NOW_MS

KEY = DeliveryKey("acme", "dlv_1")
HOOK = Destination("webhook", "https://example.com/hooks?größe=🙂")


def pending(delivery_id: str = KEY.delivery_id, **changes: Any) -> Delivery:
    """A delivery before its first attempt."""
    values: dict[str, Any] = {
        "tenant": KEY.tenant,
        "delivery_id": delivery_id,
        "job_id": "job-1",
        "event": EventType.SUCCEEDED,
        "destination": HOOK,
        "status": DeliveryStatus.PENDING,
        "created_at_ms": NOW_MS - MINUTE_MS,
        "next_attempt_at_ms": NOW_MS - MINUTE_MS,
        "delete_at_s": 1_810_000_000,
    }
    return Delivery(**values | changes)


def retrying(delivery: Delivery, *, at_ms: int = NOW_MS) -> Delivery:
    """The delivery after one more attempt that went wrong."""
    error = "answered 500: ümläut 🙂 日本語"
    return failed(delivery, at_ms=at_ms, took_ms=15, error=error, next_attempt_at_ms=at_ms + 5_000)


def done(delivery: Delivery, *, at_ms: int = NOW_MS) -> Delivery:
    """The delivery after an attempt that its destination took."""
    return delivered(delivery, at_ms=at_ms, took_ms=42)


FULL = pending(
    job_id=None,
    event=EventType.TEST,
    destination=Destination(
        "sns", "arn:aws:sns:us-east-1:1:t", (EventType.STARTED, EventType.FAILED), "sagemaker"
    ),
    status=DeliveryStatus.FAILED,
    round=2,
    attempts=9,
    attempts_before=7,
    next_attempt_at_ms=None,
    delivered_at_ms=NOW_MS - 5,
    last_error="connection refused",
    history=(Attempt(NOW_MS - 10, 5, None), Attempt(NOW_MS, 0, "connection refused")),
    version=11,
)
