"""What stops a deploy, said in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from pathlib import Path


class DeployFailed(SpillwayError):
    """A step can't succeed; the text is the one line the operator reads.

    `excerpt` are the few lines that tell why; `log` is the file that says more.
    """

    def __init__(self, message: str, *, excerpt: str = "", log: Path | None = None) -> None:
        super().__init__(message)
        self.excerpt = excerpt
        self.log = log
