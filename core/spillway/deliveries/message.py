"""What travels through the queue of deliveries: `{v, tenant, deliveryId, round, body}` as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spillway.deliveries.delivery import DeliveryKey
from spillway.deliveries.lookup import DELIVERY_ID
from spillway.errors import MalformedMessage
from spillway.identity import TENANT
from spillway.strict_json import json_text

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Delivery

VERSION = 1
_EVERY = {"tenant": str, "deliveryId": str, "round": int, "body": str}
_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class DeliveryMessage:
    """One delivery that is due. `text` is what its receiver is told (announcement.py)."""

    key: DeliveryKey
    round: int
    text: str


def encode(delivery: Delivery, text: str) -> str:
    """The message for a delivery's present round."""
    return json_text(
        {
            "v": VERSION,
            "tenant": delivery.tenant,
            "deliveryId": delivery.delivery_id,
            "round": delivery.round,
            "body": text,
        }
    )


def decode(body: str) -> DeliveryMessage:
    """The message in a body.

    Raises:
        MalformedMessage: it is not JSON, not ours, or of a version that is not spoken here.

    """
    value = _object(body)
    if value.get("v") != VERSION:
        raise MalformedMessage(f"v: expected {VERSION}, got {_shown(value.get('v'))}")
    for name, kind in _EVERY.items():
        if type(value.get(name)) is not kind:
            shown = _shown(value.get(name))
            raise MalformedMessage(f"{name}: expected {kind.__name__}, got {shown}")
    for name, pattern in (("tenant", TENANT), ("deliveryId", DELIVERY_ID)):
        if not pattern.fullmatch(value[name]):
            raise MalformedMessage(f"{name}: expected text that matches {pattern.pattern}")
    key = DeliveryKey(value["tenant"], value["deliveryId"])
    return DeliveryMessage(key, value["round"], value["body"])


def _shown(value: Any) -> str:  # noqa: ANN401
    """As much of it as a line in a log may have: a body may be a whole payload."""
    return repr(value)[:_SHOWN_CHARS]


def _object(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise MalformedMessage("not a JSON object")
    return value
