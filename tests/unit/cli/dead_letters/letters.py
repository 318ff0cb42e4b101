"""Dead letters as tests need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway import message
from spillway_cli.dead_letters.rules import DeadLetter, read
from tests.unit.core.jobs import NOW_MS

if TYPE_CHECKING:
    from spillway.job import Job


def letter(of: Job | str, *, model: str = "default", **more: Any) -> DeadLetter:
    """The letter of a job, or with this body."""
    body = of if isinstance(of, str) else message.encode(of, payload="1")
    read_message, fault = read(model, body)
    given: dict[str, Any] = {
        "message_id": "m1",
        "receipt": "m1/1",
        "sent_ms": NOW_MS,
        "receives": 1,
        "reason": "timeout",
    }
    return DeadLetter(model=model, body=body, message=read_message, fault=fault, **(given | more))
