"""A file's parts cover it exactly, and each has its hash."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from worker.model import parts
from worker.model.manifest import Checksums, ModelFile
from worker.model.parts import Part, plan, spans


@given(st.integers(0, 10**13), st.integers(1 << 32, 1 << 40))
def test_parts_follow_on_each_other_and_cover_it_all(size: int, each: int) -> None:
    pieces = list(spans(size, each))

    assert sum(end - start for start, end in pieces) == size
    assert all(0 < end - start <= each for start, end in pieces)
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    assert not pieces or (pieces[0][0], pieces[-1][1]) == (0, size)


def test_a_file_is_cut_as_its_manifest_says() -> None:
    file = ModelFile("f", 25, "", Checksums(10, ("a", "b", "c")))

    assert plan(file) == [Part(0, 10, "a"), Part(10, 20, "b"), Part(20, 25, "c")]


def test_a_file_whose_manifest_names_no_parts_is_cut_as_is_good_to_read() -> None:
    size = parts.PART_BYTES + 1

    assert plan(ModelFile("f", size, "")) == [
        Part(0, parts.PART_BYTES, None),
        Part(parts.PART_BYTES, size, None),
    ]


def test_an_empty_file_has_no_parts() -> None:
    assert plan(ModelFile("f", 0, "")) == []
    assert plan(ModelFile("f", 0, "", Checksums(10, ()))) == []
