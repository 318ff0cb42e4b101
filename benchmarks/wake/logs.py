"""What functions and workers logged, as values."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    type Line = Mapping[str, Any]


def read(messages: Iterable[str]) -> Iterator[Line]:
    """Yield the lines that are JSON objects; Lambda's own START and END are none."""
    for message in messages:
        if message.startswith("{"):
            yield json.loads(message)


def first(lines: Iterable[Line], said: str, *, model: str, since_ms: int) -> Line | None:
    """Return the first line of a model's that begins so, None where there is none."""
    return next(
        (
            line
            for line in lines
            if line["message"].startswith(said)
            and line.get("model") == model
            and at_ms(line) >= since_ms
        ),
        None,
    )


def at_ms(line: Line) -> int:
    """Return a line's time, in epoch milliseconds.

    >>> at_ms({"time": "1970-01-01T00:00:01.500Z"})
    1500
    """
    return instant_ms(line["time"])


def instant_ms(text: str) -> int:
    """Return an instant of RFC 3339 in epoch milliseconds."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)
