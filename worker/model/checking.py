"""Whether what lies in an open file is what the manifest says."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from blake3 import blake3

from worker.model.source import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.model.parts import Part


def is_right(descriptor: int, part: Part) -> bool:
    """Whether a part whose hash is known lies there as it should."""
    return blake3_of(descriptor, part.start, part.end) == part.blake3


def blake3_of(descriptor: int, start: int, end: int) -> str:
    """Return the BLAKE3 of the bytes from `start` up to `end` in hex."""
    digest = blake3()
    for piece in _pieces(descriptor, start, end):
        digest.update(piece)
    return digest.hexdigest()


def sha256(descriptor: int, size: int) -> str:
    """Return the SHA-256 of the first `size` bytes in hex, of fewer where the file is shorter."""
    digest = hashlib.sha256()
    for piece in _pieces(descriptor, 0, size):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(descriptor: int, at: int, end: int) -> Iterator[memoryview]:
    """Read into one buffer: each piece is good until the next."""
    buffer = memoryview(bytearray(min(CHUNK_BYTES, end - at)))
    while at < end and (count := os.preadv(descriptor, [buffer[: end - at]], at)):
        yield buffer[:count]
        at += count
