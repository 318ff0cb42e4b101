"""An event as CloudEvents 1.0 has it, in the JSON format.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Delivery


def cloud_event(delivery: Delivery, text: str, *, stack: str) -> dict[str, Any]:
    """The event; `text` is what a webhook is told of it (announcement.py).

    Its id is the delivery's, so that each repeat is known as one; `tenant` is an extension.
    """
    told = json.loads(text)
    event = {
        "specversion": "1.0",
        "id": delivery.delivery_id,
        "source": f"/spillway/{stack}",
        "type": told["type"],
        "subject": delivery.job_id,
        "time": told["timestamp"],
        "datacontenttype": "application/json",
        "tenant": delivery.tenant,
        "data": told["data"],
    }
    return {name: value for name, value in event.items() if value is not None}
