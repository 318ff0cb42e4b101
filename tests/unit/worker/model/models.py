"""Models for tests: what a source holds, with a manifest that is true of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from blake3 import blake3

from worker.model.parts import spans
from worker.model.source import MemorySource

PART = 1000
WEIGHTS = bytes(range(256)) * 40
"""Eleven parts, the last of 240 bytes."""


def described(path: str, content: bytes, *, part_bytes: int | None = PART) -> dict[str, Any]:
    """What a manifest says of a file; without parts where `part_bytes` is None."""
    told = {
        "path": path,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if part_bytes is None:
        return told
    hashes = [
        blake3(content[start:end]).hexdigest() for start, end in spans(len(content), part_bytes)
    ]
    return told | {"parts": {"bytes": part_bytes, "blake3": hashes}}


def manifest(files: list[dict[str, Any]], **changes: Any) -> bytes:
    document = {"spillway": 1, "modelVersion": "v1", "runtime": "python", "probe": None}
    return json.dumps(document | {"files": files} | changes).encode()


def model(*, part_bytes: int | None = PART, **files: bytes) -> MemorySource:
    """A source with a manifest that is true of its files; `a__b` stands for a/b."""
    named = {name.replace("__", "/"): content for name, content in files.items()}
    told = [described(path, content, part_bytes=part_bytes) for path, content in named.items()]
    return MemorySource(named | {"manifest.json": manifest(told)})
