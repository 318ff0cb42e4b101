"""A webhook that is tried: one signed delivery that no job stands behind."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from spillway.deliveries.announcement import sample_text
from spillway.deliveries.delivery import Delivery, DeliveryStatus, delivery_id
from spillway.deliveries.message import encode
from spillway.event import EventType

if TYPE_CHECKING:
    from spillway.destinations.destination import Destination
    from spillway.ports import DeliveryQueue, DeliveryStore

KEPT_S = 86_400
"""How long what became of it can be asked for."""


def try_out(
    webhook: Destination,
    *,
    tenant: str,
    idempotency_key: str | None,
    deliveries: DeliveryStore,
    queue: DeliveryQueue,
    now_ms: int,
) -> Delivery:
    """The sample, stored and on its way; under a key of the caller's own, one and the same again.

    Raises:
        Unavailable: nothing is on its way; the same request may be sent again.

    """
    sample = deliveries.add(_sample(webhook, tenant, idempotency_key, now_ms))
    if sample.status is DeliveryStatus.PENDING:
        queue.send([(tenant, encode(sample, sample_text(sample)))])
    return sample


def _sample(
    webhook: Destination, tenant: str, idempotency_key: str | None, now_ms: int
) -> Delivery:
    name = idempotency_key or secrets.token_hex(16)
    return Delivery(
        tenant=tenant,
        delivery_id=delivery_id(tenant, name, EventType.TEST, webhook),
        job_id=None,
        event=EventType.TEST,
        destination=webhook,
        status=DeliveryStatus.PENDING,
        created_at_ms=now_ms,
        next_attempt_at_ms=now_ms,
        delete_at_s=now_ms // 1000 + KEPT_S,
    )
