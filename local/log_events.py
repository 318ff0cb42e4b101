"""What MiniStack leaves out of FilterLogEvents: an event's id, and the pages after the first.

CloudWatch Logs gives every event an id, and a token where there are more than one answer holds.
MiniStack gives none to the events of functions, and ends after ten thousand. Filter patterns on
JSON are left to the reader: MiniStack takes each for one that matches all.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from local import compatibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILTER = "services.cloudwatch_logs._filter_log_events"
MOST = 10_000

type Events = Sequence[Mapping[str, Any]]


def install() -> None:
    """Have FilterLogEvents answer whole."""
    built = compatibility.name(FILTER)

    def filter_log_events(data: Mapping[str, Any]) -> Any:  # noqa: ANN401 - MiniStack's reply
        token = data.get("nextToken", "")
        start_ms, told = _position(token)
        status, headers, body = built({**data, **({"startTime": start_ms} if token else {})})
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        events: Events = answer["events"]
        following = _token(events)
        if len(events) == min(data.get("limit", MOST), MOST) and following != token:
            answer["nextToken"] = following
        answer["events"] = [{"eventId": _id(event), **event} for event in events[told:]]
        return status, headers, json.dumps(answer).encode()

    compatibility.replace(FILTER, filter_log_events)


def _token(events: Events) -> str:
    """Where the answer ends: the last instant, and how many events of it have been told."""
    if not events:
        return ""
    last_ms = events[-1]["timestamp"]
    return f"{last_ms}/{sum(event['timestamp'] == last_ms for event in events)}"


def _position(token: str) -> tuple[int, int]:
    start_ms, _, told = token.partition("/")
    return int(start_ms or 0), int(told or 0)


def _id(event: Mapping[str, Any]) -> str:
    said = f"{event['logStreamName']}\0{event['timestamp']}\0{event['message']}"
    return hashlib.sha256(said.encode()).hexdigest()[:56]
