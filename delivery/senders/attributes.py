"""What subscribers may filter by without a look into the message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Delivery


class Order(TypedDict, total=False):
    """What a FIFO topic or queue asks for besides."""

    MessageGroupId: str
    MessageDeduplicationId: str


def attributes(text: str) -> dict[str, Any]:
    """The event's `type`, and its job's `model` and `status`, as both SNS and SQS take them."""
    told = json.loads(text)
    values = {"type": told["type"]} | {name: told["data"][name] for name in ("model", "status")}
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}


def order(delivery: Delivery) -> Order:
    """Each tenant's deliveries in order, each of them once; nothing for what is not FIFO.

    A redelivery is one more, or it would be dropped within five minutes of the first.
    """
    if not delivery.destination.address.endswith(".fifo"):
        return {}
    return {
        "MessageGroupId": delivery.tenant,
        "MessageDeduplicationId": f"{delivery.delivery_id}.{delivery.round}",
    }
