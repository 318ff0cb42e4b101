"""One file's ranges: asked for at once, each written straight into its place in the file."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from spillway.errors import ModelLoadFailed
from worker.model.source import CutShort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from worker.model.manifest import ModelFile
    from worker.model.source import Source

RANGE_BYTES = 16 << 20
_TRIES = 4
_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes `start` up to `end` of a file; `written` is done when they are in place."""

    start: int
    end: int
    written: Future[None]


def split(size: int, range_bytes: int) -> Iterator[tuple[int, int]]:
    """Cut `size` bytes into `(start, end)` that follow on each other and cover it all."""
    for start in range(0, size, range_bytes):
        yield start, min(start + range_bytes, size)


def reserve(part: Path, size: int) -> None:
    """Create the file in its full size, so that a full disk shows before the first byte."""
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("xb") as stream:
        if sys.platform == "linux" and size:
            os.posix_fallocate(stream.fileno(), 0, size)
        else:
            stream.truncate(size)


def request(file: ModelFile, source: Source, part: Path, pool: Executor) -> list[Range]:
    """Start reading all of a file's ranges into a file that is reserved."""
    return [
        Range(start, end, pool.submit(_read_into, part, source, file.path, start, end))
        for start, end in split(file.bytes, RANGE_BYTES)
    ]


def patiently[T](read: Callable[[], T], *, path: str) -> T:
    """Read, and again from the beginning where the body broke off, a few times."""
    for tries_left in reversed(range(_TRIES)):
        try:
            return read()
        except CutShort as error:
            if not tries_left:
                raise ModelLoadFailed(f"{path!r} could not be read: {error}") from error
            time.sleep(_PAUSE_S)
    raise AssertionError("the last try returns or raises")


def _read_into(part: Path, source: Source, path: str, start: int, end: int) -> None:
    descriptor = os.open(part, os.O_WRONLY)
    try:
        into = partial(_write, descriptor)
        patiently(lambda: source.read_range(path, start, end, into), path=path)
    finally:
        os.close(descriptor)


def _write(descriptor: int, piece: memoryview, offset: int) -> None:
    while piece:
        count = os.pwrite(descriptor, piece, offset)
        piece, offset = piece[count:], offset + count
