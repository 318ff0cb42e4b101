"""Whether a model is brought into memory or into a folder: docs/decisions/0012."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.model.cache import Cache
from worker.model.memory import Memory, room_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from worker.model.manifest import Manifest
    from worker.model.place import Places

_SHARE = 0.4
"""Of the free memory: a runtime that copies what it reads needs as much again, and some to run."""


def choose(manifest: Manifest, folder: Path, cache: Path | None) -> Places:
    """The cache where there is one, else memory where the model fits, else the task's own disk."""
    if cache is not None:
        return Cache(cache)
    if sum(file.bytes for file in manifest.files) <= _SHARE * room_bytes():
        return Memory()
    return Cache(folder / "files")
