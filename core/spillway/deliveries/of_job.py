"""A job's deliveries, as its document lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.deliveries.delivery import due
from spillway.errors import Unavailable
from spillway.view import instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.deliveries.delivery import Delivery
    from spillway.job import Job
    from spillway.ports import DeliveryStore


def known_deliveries(job: Job, store: DeliveryStore) -> list[dict[str, Any]] | None:
    """The job's deliveries; None where it has no destinations, or the store can't be read."""
    if job.destinations is None:
        return None
    keys = [delivery.key for delivery in due(job)]
    try:
        return job_deliveries(job, store.get_many(keys) if keys else ())
    except Unavailable:
        return None


def job_deliveries(job: Job, stored: Sequence[Delivery]) -> list[dict[str, Any]]:
    """Those that are due, each as it is stored: one that is not yet waits for its first attempt.

    So each is listed from the instant that it is due, though it is stored only when the table's
    stream has told of it. A job that is given back has not started, as far as it tells: until it
    starts again, a `job.started` that was told is not listed here, but by `GET /v1/deliveries`.
    """
    known = {delivery.key: delivery for delivery in stored}
    return [_listed(known.get(delivery.key, delivery)) for delivery in due(job)]


def _listed(delivery: Delivery) -> dict[str, Any]:
    shown = {
        "id": delivery.delivery_id,
        "event": delivery.event.value,
        "destination": delivery.destination.document(),
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "lastError": delivery.last_error,
        "nextAttemptAt": instant(delivery.next_attempt_at_ms),
    }
    return {name: value for name, value in shown.items() if value is not None}
