"""A part is read into its place, from where it broke off, and never longer than it is."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from spillway.errors import ModelLoadFailed
from worker.model import reading
from worker.model.manifest import ModelFile
from worker.model.parts import Part
from worker.model.reading import Reader
from worker.model.source import CutShort, MemorySource, Replaced

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

CONTENT = b"0123456789"
FILE = ModelFile("f", 10, "")
WHOLE = Part(0, 10, blake3(CONTENT).hexdigest())


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that would have been made."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


@pytest.fixture
def descriptor() -> Iterator[int]:
    opened = os.memfd_create("part")
    yield opened
    os.close(opened)


class Breaking(MemorySource):
    """Breaks off after `after` bytes of each of the first `breaks` streams."""

    def __init__(self, breaks: int, after: int = 4, error: Exception | None = None) -> None:
        super().__init__({"f": CONTENT})
        self.breaks, self.after, self.error = breaks, after, error

    def stream(self, path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        if not self.breaks:
            yield from super().stream(path, start, end)
            return
        self.breaks -= 1
        self.ranges.append((path, start, end))
        yield CONTENT[start : start + self.after]
        if self.error is not None:
            raise self.error


def bring(source: MemorySource, descriptor: int, part: Part = WHOLE) -> bytes:
    Reader(source).bring(FILE, part, descriptor)
    return os.pread(descriptor, 100, 0)


@given(content=st.binary(min_size=1, max_size=500), each=st.integers(1, 64))
def test_every_byte_lands_in_its_place(content: bytes, each: int) -> None:
    opened = os.memfd_create("file")
    reader = Reader(MemorySource({"f": content}))

    for start in reversed(range(0, len(content), each)):
        reader.bring(FILE, Part(start, min(start + each, len(content)), None), opened)

    assert os.pread(opened, 1000, 0) == content
    os.close(opened)


def test_a_part_that_breaks_off_is_read_on_from_there(descriptor: int, pauses: list[float]) -> None:
    source = Breaking(2, error=CutShort("reset"))

    assert bring(source, descriptor) == CONTENT
    assert source.ranges == [("f", 0, 10), ("f", 4, 10), ("f", 8, 10)]
    assert len(pauses) == 2


def test_a_part_that_ends_early_is_read_on_from_there(descriptor: int) -> None:
    source = Breaking(1)

    assert bring(source, descriptor) == CONTENT
    assert source.ranges == [("f", 0, 10), ("f", 4, 10)]


def test_a_part_of_an_object_that_was_replaced_is_read_from_its_start(descriptor: int) -> None:
    source = Breaking(1, error=Replaced("f"))

    assert bring(source, descriptor) == CONTENT
    assert source.ranges == [("f", 0, 10), ("f", 0, 10)]


def test_a_part_that_always_breaks_off_fails_the_load(descriptor: int, pauses: list[float]) -> None:
    source = Breaking(99, after=0, error=CutShort("f: reset"))

    with pytest.raises(ModelLoadFailed, match="'f' could not be read: f: reset"):
        bring(source, descriptor)

    assert len(source.ranges) == reading.TRIES
    assert len(pauses) == reading.TRIES - 1


def test_what_asking_again_would_not_mend_fails_the_load_at_once(descriptor: int) -> None:
    source = MemorySource({})

    with pytest.raises(ModelLoadFailed, match="no such object"):
        bring(source, descriptor)

    assert len(source.ranges) == 1


class Corrupt(MemorySource):
    """Gives other bytes of the same length for the first `times` streams."""

    def __init__(self, times: int) -> None:
        super().__init__({"f": CONTENT})
        self.times = times

    def stream(self, path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        pieces = list(super().stream(path, start, end))
        spoilt = len(self.ranges) <= self.times
        yield from (bytes(len(piece)) if spoilt else piece for piece in pieces)


def test_a_corrupt_part_is_fetched_once_more(descriptor: int) -> None:
    assert bring(Corrupt(1), descriptor) == CONTENT


def test_a_part_that_stays_corrupt_fails_the_load(descriptor: int) -> None:
    with pytest.raises(ModelLoadFailed, match="'f' is corrupt, fetched 2 times: its bytes 0 to 10"):
        bring(Corrupt(99), descriptor)


class TooLong(MemorySource):
    """Knows no end."""

    def stream(self, path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        yield from super().stream(path, start, end)
        yield b"more"


def test_a_part_never_runs_into_the_next(descriptor: int) -> None:
    os.pwrite(descriptor, b"next", 10)

    assert bring(TooLong({"f": CONTENT}), descriptor) == CONTENT + b"next"
