"""Reading a part from its source into its place: checked on the way, and again where it broke."""

from __future__ import annotations

import os
import random
import time
from contextlib import closing
from typing import TYPE_CHECKING

from blake3 import blake3

from spillway.aws.wire.request import pause_s
from spillway.errors import ModelLoadFailed
from worker.model.source import CutShort, Replaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from worker.model.manifest import ModelFile
    from worker.model.parts import Part
    from worker.model.source import Source

TRIES = 6
FETCHES = 2
"""How often what turns out corrupt is fetched: once more, in case it was corrupted on its way."""


class Reader:
    """Reads parts, on any number of threads; `last_read_at` is when the last came, monotonic."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.last_read_at = time.monotonic()

    def whole(self, path: str) -> bytes:
        """Return a small file, or raise `ModelLoadFailed`."""
        content = _patiently(lambda: self._source.read(path), path)
        self.last_read_at = time.monotonic()
        return content

    def bring(self, file: ModelFile, part: Part, descriptor: int) -> None:
        """Read one part into its place in an open file.

        Raises:
            ModelLoadFailed: it can't be read, or is corrupt however often it is fetched.

        """
        for _ in range(FETCHES):
            stretch = _Stretch(self._source, file.path, part, descriptor)
            _patiently(stretch.read_on, file.path)
            self.last_read_at = time.monotonic()
            if part.blake3 in (None, stretch.digest()):
                return
        raise corrupt(file, f"its bytes {part.start} to {part.end}")


def corrupt(file: ModelFile, what: str) -> ModelLoadFailed:
    """The error for content that is not the manifest's, however often it is fetched."""
    return ModelLoadFailed(
        f"{file.path!r} is corrupt, fetched {FETCHES} times: {what} are not what the manifest says"
    )


class _Stretch:
    """One part on its way: how far it has come, and the hash of that."""

    def __init__(self, source: Source, path: str, part: Part, descriptor: int) -> None:
        self._source = source
        self._path = path
        self._part = part
        self._descriptor = descriptor
        self._begin()

    def read_on(self) -> None:
        """Read from where the last try ended, or raise `CutShort` again."""
        try:
            with closing(self._source.stream(self._path, self._at, self._part.end)) as pieces:
                for piece in pieces:
                    self._take(piece)
        except Replaced:
            self._begin()
            raise
        if self._at < self._part.end:
            missing = self._part.end - self._at
            raise CutShort(f"{self._path}: ended at byte {self._at}, {missing} early")

    def digest(self) -> str:
        """Return the BLAKE3 of what was read."""
        return self._hash.hexdigest()

    def _begin(self) -> None:
        self._at = self._part.start
        self._hash = blake3()

    def _take(self, piece: bytes | memoryview) -> None:
        piece = piece[: self._part.end - self._at]  # the next part is another's to write
        self._hash.update(piece)
        _write(self._descriptor, piece, self._at)
        self._at += len(piece)


def _patiently[T](read: Callable[[], T], path: str) -> T:
    """Read, and again where a read was cut short, with pauses that double."""
    for attempt in range(1, TRIES):
        try:
            return read()
        except CutShort:
            time.sleep(pause_s(attempt, random.random()))  # noqa: S311 - jitter
    try:
        return read()
    except CutShort as error:
        raise ModelLoadFailed(f"{path!r} could not be read: {error}") from error


def _write(descriptor: int, piece: bytes | memoryview, at: int) -> None:
    left = memoryview(piece)
    while left:
        count = os.pwrite(descriptor, left, at)
        left, at = left[count:], at + count
