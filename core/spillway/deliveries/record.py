"""A delivery as the flat record that stores hold, and back. The names are the DeliveriesTable's."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from spillway.deliveries.delivery import Attempt, Delivery, DeliveryKey, DeliveryStatus
from spillway.destinations.destination import from_document
from spillway.event import EventType
from spillway.strict_json import compact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.update import Record, Value

_NAMES = {
    "tenant": "tenant",
    "delivery_id": "deliveryId",
    "job_id": "jobId",
    "model": "model",
    "traceparent": "traceparent",
    "event": "event",
    "destination": "destination",
    "status": "status",
    "created_at_ms": "createdAt",
    "delete_at_s": "deleteAt",
    "round": "round",
    "attempts": "attempts",
    "attempts_before": "attemptsBefore",
    "next_attempt_at_ms": "nextAttemptAt",
    "delivered_at_ms": "deliveredAt",
    "last_error": "lastError",
    "history": "history",
    "version": "version",
}
_FIELDS = tuple(item.name for item in fields(Delivery))


def partition_key(key: DeliveryKey) -> str:
    """The table's key for this delivery. A tenant has no `#`, so no two deliveries share one."""
    return f"DELIVERY#{key.tenant}#{key.delivery_id}"


def delivery_key(partition: str) -> DeliveryKey:
    """The delivery that a table's key names."""
    _, tenant, delivery_id = partition.split("#", 2)
    return DeliveryKey(tenant, delivery_id)


def created_key(delivery: Delivery) -> str:
    """What a tenant's list is sorted by: the instant, padded to sort as text, then the id."""
    return f"{delivery.created_at_ms:015d}#{delivery.delivery_id}"


def status_shard(tenant: str, status: DeliveryStatus, shard: int) -> str:
    """The index's key for one of the lists of a tenant's deliveries in one state."""
    return f"{tenant}#{status}#{shard}"


def to_record(delivery: Delivery) -> Record:
    """The record of a delivery: absent attributes are left out, index keys are put in."""
    values = {name: getattr(delivery, name) for name in _FIELDS} | {
        "event": delivery.event.value,
        "status": delivery.status.value,
        "destination": compact(delivery.destination.document()),
        "history": tuple(map(_attempt_record, delivery.history)),
    }
    keys = {
        "pk": partition_key(delivery.key),
        "statusShard": status_shard(delivery.tenant, delivery.status, delivery.key.shard),
        "createdKey": created_key(delivery),
    }
    return keys | {_NAMES[name]: value for name, value in values.items() if value is not None}


def from_record(record: Mapping[str, Any]) -> Delivery:
    """The delivery of a record."""
    values: dict[str, Any] = {"job_id": None}  # a sample's record has none
    values |= {name: record[_NAMES[name]] for name in _FIELDS if _NAMES[name] in record}
    values["event"] = EventType(values["event"])
    values["status"] = DeliveryStatus(values["status"])
    values["destination"] = from_document(json.loads(values["destination"]))
    values["history"] = tuple(map(_attempt, values["history"]))
    return Delivery(**values)


def _attempt_record(attempt: Attempt) -> Record:
    told: dict[str, Value] = {"at": attempt.at_ms, "tookMs": attempt.took_ms}
    return told if attempt.error is None else {**told, "error": attempt.error}


def _attempt(record: Mapping[str, Any]) -> Attempt:
    return Attempt(record["at"], record["tookMs"], record.get("error"))
