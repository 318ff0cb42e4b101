"""What stops a start, said in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from pathlib import Path


class StartFailed(SpillwayError):
    """A step of the start can't succeed; the text is the one line the user reads.

    `log` is the file that says more; `excerpt` are the few lines of it that matter.
    """

    def __init__(self, message: str, *, log: Path | None = None, excerpt: str = "") -> None:
        super().__init__(message)
        self.log = log
        self.excerpt = excerpt
