"""A delivery as its caller sees it: the API's JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.view import instant, job_path

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Attempt, Delivery


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """The document of `GET /v1/deliveries/{deliveryId}`."""
    return {
        **listed_delivery_document(delivery),
        "history": [_attempt(attempt) for attempt in delivery.history],
    }


def listed_delivery_document(delivery: Delivery) -> dict[str, Any]:
    """A delivery as lists show it: without its history, or pages would be huge."""
    shown = {
        "id": delivery.delivery_id,
        "jobId": delivery.job_id,
        "event": delivery.event.value,
        "destination": delivery.destination.document(),
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "round": delivery.round,
        "createdAt": instant(delivery.created_at_ms),
        "deliveredAt": instant(delivery.delivered_at_ms),
        "nextAttemptAt": instant(delivery.next_attempt_at_ms),
        "lastError": delivery.last_error,
        "links": _links(delivery),
    }
    return {name: value for name, value in shown.items() if value is not None}


def delivery_path(delivery_id: str) -> str:
    """The path of a delivery below the API's host."""
    return f"/v1/deliveries/{delivery_id}"


def _attempt(attempt: Attempt) -> dict[str, Any]:
    told = {"at": instant(attempt.at_ms), "tookMs": attempt.took_ms}
    return told if attempt.error is None else {**told, "error": attempt.error}


def _links(delivery: Delivery) -> dict[str, str]:
    path = delivery_path(delivery.delivery_id)
    links = {"self": path, "redeliver": f"{path}/redeliver"}
    return links if delivery.job_id is None else {**links, "job": job_path(delivery.job_id)}
