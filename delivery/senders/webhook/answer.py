"""What a receiver's answer says of the delivery."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from spillway.errors import ReceiverGone, Undelivered

QUOTED_CHARS = 100
"""Of an answer's body, in the delivery's error: enough to know one's own server's complaint."""
QUOTED_BYTES = 4 * QUOTED_CHARS
"""UTF-8 takes up to four for a character."""
LONGEST_PAUSE_S = 12 * 3600
"""A receiver can't put a delivery off for longer: SQS hides a message for so long at most."""

_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status, its Retry-After as written, and how its body begins."""

    status: int
    retry_after: str | None = None
    beginning: bytes = b""


def accept(answer: Answer, *, now_ms: int) -> None:
    """Return if the receiver took the delivery (2xx).

    Raises:
        ReceiverGone: it answered 410.
        Undelivered: it answered otherwise.

    """
    if 200 <= answer.status < 300:
        return
    if answer.status == 410:
        raise ReceiverGone("answered 410: it wants no more deliveries", answered="410")
    raise Undelivered(
        _said(answer),
        retry_after_s=_pause_s(answer.retry_after, now_ms),
        answered=str(answer.status),
    )


def _said(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"answered {answer.status}: redirects are not followed"
    quoted = _printable(answer.beginning)
    return f"answered {answer.status}: {quoted}" if quoted else f"answered {answer.status}"


def _printable(beginning: bytes) -> str:
    """One line of it: what moves a cursor, or turns the direction of writing, becomes a space."""
    text = beginning[:QUOTED_BYTES].decode(errors="replace")
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:QUOTED_CHARS]


def _pause_s(retry_after: str | None, now_ms: int) -> int | None:
    """The seconds that a Retry-After asks for (RFC 9110, 10.2.3), None where it can't be read."""
    if retry_after is None:
        return None
    if _SECONDS.fullmatch(retry_after):
        return min(int(retry_after), LONGEST_PAUSE_S)
    try:
        until = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    # Two of the three forms of an HTTP date name no zone, or name it GMT: all of them mean UTC.
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    left_s = (until - datetime.fromtimestamp(now_ms // 1000, UTC)).total_seconds()
    return max(0, min(int(left_s), LONGEST_PAUSE_S))
