"""A file's parts: each is read by a request of its own, checked alone, and fetched anew alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.model.manifest import ModelFile

PART_BYTES = 16 << 20
"""Long enough that a request's first byte (tens of ms at S3) is little of it, short enough that 16
connections share a gigabyte evenly."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` up to `end` of a file, and their BLAKE3 in hex where the manifest has it."""

    start: int
    end: int
    blake3: str | None


def plan(file: ModelFile) -> list[Part]:
    """Cut a file into its parts, as its manifest has them, or into such as are good to read."""
    if file.parts is None:
        return [Part(*span, None) for span in spans(file.bytes, PART_BYTES)]
    cut = spans(file.bytes, file.parts.bytes)
    return [Part(*span, digest) for span, digest in zip(cut, file.parts.blake3, strict=True)]


def spans(size: int, each: int) -> Iterator[tuple[int, int]]:
    """Cut `size` bytes into `(start, end)` that follow on each other and cover it all."""
    for start in range(0, size, each):
        yield start, min(start + each, size)
