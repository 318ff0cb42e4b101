"""A file that says the worker is ready and its loop is alive, for the container's health check."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TOUCH_S = 5
STALE_S = 60
"""A loop that has not run for so long is taken for dead."""


class Readiness:
    """The file: there while ready, young while alive."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def keep(self) -> None:
        """Keep it young until cancelled, then remove it."""
        try:
            while True:
                self._file.touch()
                await asyncio.sleep(TOUCH_S)
        finally:
            self._file.unlink(missing_ok=True)

    def holds(self) -> bool:
        """Whether the worker is ready and alive."""
        try:
            return time.time() - self._file.stat().st_mtime < STALE_S
        except FileNotFoundError:
            return False
