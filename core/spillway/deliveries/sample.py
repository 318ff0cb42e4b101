"""A webhook that is tried: one signed delivery that no job stands behind."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from spillway.deliveries.announcement import sample_text
from spillway.deliveries.delivery import KEPT_S, Delivery, DeliveryStatus, delivery_id
from spillway.deliveries.redelivery import begin
from spillway.event import EventType

if TYPE_CHECKING:
    from spillway.destinations.destination import Destination
    from spillway.ports import DeliveryQueue, DeliveryStore

_UNSENT = "its message was not sent"


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

    It is stored as one that failed before its first round, which its message begins: so it never
    waits for a message that was not sent.

    Raises:
        Unavailable: nothing is on its way; the same request may be sent again.

    """
    sample = deliveries.add(_unsent(webhook, tenant, idempotency_key, now_ms))
    if sample.round > 0:
        return sample
    fresh = replace(sample, last_error=None)
    return begin(fresh, sample_text(sample), deliveries=deliveries, queue=queue, now_ms=now_ms)


def _unsent(
    webhook: Destination, tenant: str, idempotency_key: str | None, now_ms: int
) -> Delivery:
    name = idempotency_key or secrets.token_hex(16)
    return Delivery(
        tenant=tenant,
        delivery_id=delivery_id(tenant, name, EventType.TEST, webhook),
        job_id=None,
        event=EventType.TEST,
        destination=webhook,
        status=DeliveryStatus.FAILED,
        round=0,
        last_error=_UNSENT,
        created_at_ms=now_ms,
        delete_at_s=now_ms // 1000 + KEPT_S,
    )
