"""A model that takes its time and no processor, as one on a GPU or behind an API does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Waiting:
    """Keeps each batch for the manifest's `seconds`, then gives back what it was given."""

    def load(self, path: Path, options: Mapping[str, Any]) -> None:  # noqa: ARG002 - the runtime's
        """Take the seconds."""
        self._seconds = float(options["seconds"])

    def predict(self, payloads: list[Any]) -> list[Any]:
        """Sleep, and answer."""
        time.sleep(self._seconds)
        return payloads
