"""What lies in a file is what its hashes say, or it is not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from worker.model import checking
from worker.model.parts import Part

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = bytes(range(256)) * 5000  # more than one piece


@pytest.mark.parametrize(("start", "end"), [(0, len(CONTENT)), (7, 900_000), (5, 5)])
def test_a_part_is_right_where_its_hash_is(tmp_path: Path, start: int, end: int) -> None:
    (tmp_path / "f").write_bytes(CONTENT)
    part = Part(start, end, blake3(CONTENT[start:end]).hexdigest())

    with (tmp_path / "f").open("r+b") as stream:
        assert checking.is_right(stream.fileno(), part)

        stream.seek(start)
        stream.write(b"\xff")
        stream.flush()
        assert checking.is_right(stream.fileno(), part) is (start == end)


def test_a_part_that_the_file_does_not_reach_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(CONTENT[:-1])
    part = Part(0, len(CONTENT), blake3(CONTENT).hexdigest())

    with (tmp_path / "f").open("rb") as stream:
        assert not checking.is_right(stream.fileno(), part)


def test_a_file_is_hashed_whole(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(CONTENT)

    with (tmp_path / "f").open("rb") as stream:
        whole = checking.sha256(stream.fileno(), len(CONTENT))

    assert whole == hashlib.sha256(CONTENT).hexdigest()
