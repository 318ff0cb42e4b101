"""The end of a log, where a program that failed says why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TAIL_BYTES = 16_384
TELLING = re.compile(
    r"error|failed|exception|invalid|unsupported|denied|no such|not found", re.IGNORECASE
)
TOLD_LINES = 6
LONGEST = 300


def tail(log: Path, lines: int = 8) -> str:
    """Return the last lines of a log, none if it is not there."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        text = file.read().decode(errors="replace")
    return "\n".join(text.rstrip().splitlines()[-lines:])


def telling(log: Path) -> str:
    """Return the log's last lines that tell of a fault, else its last lines."""
    lines = [line.strip() for line in tail(log, 200).splitlines() if line.strip()]
    told = [line for line in lines if TELLING.search(line)]
    return "\n".join(line[:LONGEST] for line in (told or lines)[-TOLD_LINES:])
