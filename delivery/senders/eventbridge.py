"""EventBridge's event buses."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from delivery.formats.cloudevents import cloud_event
from delivery.senders.regional import Regional, answering
from spillway.errors import Undelivered
from spillway.strict_json import json_text

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

    from spillway.deliveries.delivery import Delivery

SOURCE = "spillway"
"""What rules know the events by, with the event's type as their `detail-type`."""


class EventBridge:
    """Puts events on buses. An entry is a tenth of the 256 KiB that EventBridge takes."""

    def __init__(self, clients: Regional[EventBridgeClient], *, stack: str) -> None:
        self._clients = clients
        self._stack = stack

    def send(self, delivery: Delivery, text: str) -> None:
        """Put the event, its detail a CloudEvent."""
        bus = delivery.destination.address
        told = json.loads(text)
        with answering("EventBridge"):
            answer = self._clients.of(bus).put_events(
                Entries=[
                    {
                        "EventBusName": bus,
                        "Source": SOURCE,
                        "DetailType": told["type"],
                        "Time": datetime.fromisoformat(told["timestamp"]),
                        "Detail": json_text(cloud_event(delivery, text, stack=self._stack)),
                    }
                ]
            )
        if answer["FailedEntryCount"]:
            code = answer["Entries"][0].get("ErrorCode", "with an error")
            raise Undelivered(f"EventBridge answered {code}", answered=code)
