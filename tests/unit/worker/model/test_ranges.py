"""Ranges cover a file exactly, each written into its place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.errors import ModelLoadFailed
from worker.model import ranges
from worker.model.manifest import ModelFile
from worker.model.source import CutShort, MemorySource

if TYPE_CHECKING:
    from pathlib import Path

    from worker.model.source import Sink


@given(st.integers(0, 10**13), st.integers(1 << 32, 1 << 40))
def test_ranges_follow_on_each_other_and_cover_it_all(size: int, range_bytes: int) -> None:
    pieces = list(ranges.split(size, range_bytes))

    assert sum(end - start for start, end in pieces) == size
    assert all(0 < end - start <= range_bytes for start, end in pieces)
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    assert not pieces or (pieces[0][0], pieces[-1][1]) == (0, size)


@given(content=st.binary(max_size=500), range_bytes=st.integers(1, 64))
def test_every_byte_lands_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, range_bytes: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(4) as pool:
        patch.setattr(ranges, "RANGE_BYTES", range_bytes)
        part = tmp_path_factory.mktemp("part") / "file"
        ranges.reserve(part, len(content))

        asked = ranges.request(
            ModelFile("f", len(content), ""), MemorySource({"f": content}), part, pool
        )
        for piece in asked:
            piece.written.result()

    assert part.read_bytes() == content


def test_a_files_space_is_taken_before_its_first_byte(tmp_path: Path) -> None:
    part = tmp_path / "deep" / "file"

    ranges.reserve(part, 1 << 20)

    assert part.stat().st_size == 1 << 20
    assert part.stat().st_blocks * 512 >= 1 << 20


class Breaking(MemorySource):
    """Breaks off in the middle of the first `breaks` ranges."""

    def __init__(self, content: bytes, breaks: int) -> None:
        super().__init__({"f": content})
        self.breaks = breaks

    def read_range(self, path: str, start: int, end: int, into: Sink) -> None:
        if self.breaks:
            self.breaks -= 1
            into(memoryview(b"X" * ((end - start) // 2)), start)
            raise CutShort("f: ended early")
        super().read_range(path, start, end, into)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "_PAUSE_S", 0)


def test_a_range_that_breaks_off_is_read_again(tmp_path: Path) -> None:
    source = Breaking(b"0123456789", breaks=3)
    ranges.reserve(tmp_path / "part", 10)

    with ThreadPoolExecutor(1) as pool:
        [piece] = ranges.request(ModelFile("f", 10, ""), source, tmp_path / "part", pool)
        piece.written.result()

    assert (tmp_path / "part").read_bytes() == b"0123456789"


def test_a_range_that_always_breaks_off_fails_the_load(tmp_path: Path) -> None:
    source = Breaking(b"0123456789", breaks=99)
    ranges.reserve(tmp_path / "part", 10)

    with ThreadPoolExecutor(1) as pool:
        [piece] = ranges.request(ModelFile("f", 10, ""), source, tmp_path / "part", pool)
        with pytest.raises(ModelLoadFailed, match="'f' could not be read: f: ended early"):
            piece.written.result()
