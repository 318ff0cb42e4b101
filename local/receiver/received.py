"""What arrived: each request as it came, the last of them kept."""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from local.front import RECEIVER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.front import Request
    from local.receiver.signature import Signature

KEPT = 200
"""Requests that are kept; with `BODY_LIMIT_BYTES` some 13 MB at most."""
KNOWN_IDS = 10_000
"""Webhook-ids whose attempts are counted: a delivery's last ones come hours after its first."""
BODY_LIMIT_BYTES = 65_536
"""Of a body that is larger, nothing is kept. Spillway's are under 20,000 bytes."""
TEXT_LENGTH = 300
"""Characters kept of each header and name: strangers choose them."""
SHOWN_HEADERS = ("content-type", "user-agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request to the receiver, where below it that went, and what it was answered.

    `number` and `attempt` are given once it is kept. `attempt` counts those under its webhook-id.
    """

    at: datetime
    path: str
    webhook_id: str
    event: str
    job_id: str
    signature: Signature
    status: int
    headers: Mapping[str, str]
    body: str
    number: int = 0
    attempt: int = 0

    @classmethod
    def of(cls, request: Request, signature: Signature, status: int) -> Received:
        """Read a request that has just come."""
        is_kept = len(request.body) <= BODY_LIMIT_BYTES
        body = request.body.decode("utf-8", "backslashreplace") if is_kept else ""
        document = _document(body)
        return cls(
            at=datetime.now(UTC),
            path=_path(request),
            webhook_id=request.headers.get("webhook-id", "")[:TEXT_LENGTH],
            event=_text(document, "type"),
            job_id=_text(document, "data", "jobId"),
            signature=signature,
            status=status,
            headers=_shown(request.headers),
            body=body,
        )

    def document(self) -> dict[str, Any]:
        """It as deliveries.json tells it."""
        return {
            "number": self.number,
            "receivedAt": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "path": self.path,
            "webhookId": self.webhook_id,
            "event": self.event,
            "jobId": self.job_id,
            "attempt": self.attempt,
            "signature": {"tenant": self.signature.tenant, "fault": self.signature.fault},
            "status": self.status,
            "headers": dict(self.headers),
            "body": self.body,
        }


class Kept:
    """The last requests. Numbers go on from run to run, so that a page left open follows on."""

    def __init__(self) -> None:
        self._all: deque[Received] = deque(maxlen=KEPT)
        self._attempts: dict[str, int] = {}
        self._numbers = itertools.count(time.time_ns() // 1_000_000)
        self._lock = Lock()

    def add(self, received: Received) -> None:
        """Keep it, in the place of the oldest where there is no more room."""
        with self._lock:
            attempt = self._counted(received.webhook_id)
            self._all.append(replace(received, number=next(self._numbers), attempt=attempt))

    def newest_first(self, *, after: int = 0, job_id: str = "") -> Sequence[Received]:
        """Return those with a number above `after`; where a job is named, only its own."""
        with self._lock:
            kept = list(self._all)
        return [each for each in reversed(kept) if each.number > after and _is_of(each, job_id)]

    def _counted(self, webhook_id: str) -> int:
        """Return how many came under this id, this one too; one without an id repeats none."""
        if not webhook_id:
            return 1
        self._attempts[webhook_id] = attempt = self._attempts.pop(webhook_id, 0) + 1
        if len(self._attempts) > KNOWN_IDS:
            del self._attempts[next(iter(self._attempts))]
        return attempt


def _is_of(received: Received, job_id: str) -> bool:
    return job_id in ("", received.job_id)


def _path(request: Request) -> str:
    path = request.path.removeprefix(f"{RECEIVER_PREFIX}/")
    return (f"{path}?{request.query}" if request.query else path)[:TEXT_LENGTH]


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value[:TEXT_LENGTH]
        for name, value in headers.items()
        if name in SHOWN_HEADERS or name.startswith("webhook-")
    }


def _document(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _text(document: object, *path: str) -> str:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document[:TEXT_LENGTH] if isinstance(document, str) else ""
