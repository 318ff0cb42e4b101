"""What a receiver is told: one event as JSON text, `{"type", "timestamp", "data"}`.

It is made once, from the job alone, so that each attempt to deliver it sends the same bytes. A
result that would make it too long is left out, and so is one that does not lie in the job: its
address stays, beside which a link is put for each attempt, as links expire.

A redelivery makes it again. A `job.started` then has other bytes where the job was given back
since, and began anew: its latest start is all that the job knows.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spillway import event as events
from spillway.event import EventType
from spillway.job import Status
from spillway.strict_json import json_text
from spillway.view import instant, job_document

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Delivery
    from spillway.job import Job

LIMIT_BYTES = 20_000
"""Standard Webhooks asks for payloads below 20 kB. What is left without a result is at most 14 kB
(metadata 4 kB, an error's message 6 kB, two addresses of 1 kB each): a link of 3 kB fits too.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""

_SAMPLE = "a sample that was asked for: no job stands behind it"


def text_of(job: Job, event: EventType) -> str:
    """The event as text. Of its destinations it says nothing: each may hold another's secrets."""
    shown = _as_it_started(job) if event is EventType.STARTED else job
    data = job_document(replace(shown, destinations=None))
    text = _text(event, events.at_ms(job, event), data)
    if job.result is None or len(text.encode()) < LIMIT_BYTES:
        return text
    return text_of(replace(job, result=None), event)


def sample_text(delivery: Delivery) -> str:
    """A text for a delivery that no job stands behind."""
    data = {"tenant": delivery.tenant, "message": _SAMPLE}
    return _text(delivery.event, delivery.created_at_ms, data)


def result_left_out(text: str) -> str | None:
    """The address of the result that the text has no room for, None where nothing is missing."""
    result = json.loads(text)["data"].get("result", {})
    return None if "inline" in result else result.get("uri")


def with_link(text: str, link: str) -> str:
    """The text with a link to its result."""
    told = json.loads(text)
    told["data"]["result"]["link"] = link
    return json_text(told)


def _as_it_started(job: Job) -> Job:
    """The job without what came after: it may be over when its start is told again."""
    return replace(
        job,
        status=Status.RUNNING,
        completed_at_ms=None,
        result=None,
        result_uri=None,
        error=None,
    )


def _text(event: EventType, at_ms: int, data: dict[str, Any]) -> str:
    return json_text({"type": event.value, "timestamp": instant(at_ms), "data": data})
