"""A fetched model is whole, or it is not there."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pickle
from typing import TYPE_CHECKING

import pytest

from spillway.errors import ModelLoadFailed
from worker.model import ranges
from worker.model.fetch import fetch
from worker.model.source import MemorySource

if TYPE_CHECKING:
    from pathlib import Path

    from worker.model.source import Sink

WEIGHTS = bytes(range(256)) * 40


def model(**files: bytes) -> MemorySource:
    """A source with a manifest that is true of its files; `a__b` stands for a/b."""
    named = {name.replace("__", "/"): content for name, content in files.items()}
    manifest = {
        "spillway": 1,
        "modelVersion": "v1",
        "runtime": "python",
        "probe": None,
        "files": [
            {"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in named.items()
        ],
    }
    return MemorySource(named | {"manifest.json": json.dumps(manifest).encode()})


def all_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "RANGE_BYTES", 1000)
    monkeypatch.setattr(ranges, "_PAUSE_S", 0)


def test_a_model_lands_in_a_folder_named_by_its_manifest(tmp_path: Path) -> None:
    source = model(weights=WEIGHTS, sub__empty=b"")

    fetched = fetch(source, tmp_path)

    digest = hashlib.sha256(source.files["manifest.json"]).hexdigest()
    assert fetched.folder == tmp_path / digest
    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert (fetched.folder / "sub" / "empty").read_bytes() == b""
    assert fetched.bytes_fetched == len(WEIGHTS)
    assert fetched.fetch_ms >= fetched.verify_ms >= 0


def test_a_file_is_read_in_ranges(tmp_path: Path) -> None:
    source = model(weights=WEIGHTS)

    fetch(source, tmp_path)

    assert len(source.ranges) == 11
    assert ("weights", 10_000, 10_240) in source.ranges


def test_a_second_start_fetches_nothing(tmp_path: Path) -> None:
    source = model(weights=WEIGHTS, other=b"abc")
    fetch(source, tmp_path)
    source.ranges.clear()

    fetched = fetch(source, tmp_path)

    assert source.ranges == []
    assert fetched.bytes_fetched == 0


@pytest.mark.parametrize("content", [b"", b"short", b"\0" * len(WEIGHTS)])
def test_a_file_that_changed_in_place_is_fetched_again(tmp_path: Path, content: bytes) -> None:
    source = model(weights=WEIGHTS, other=b"abc")
    folder = fetch(source, tmp_path).folder
    (folder / "weights").write_bytes(content)
    source.ranges.clear()

    fetched = fetch(source, tmp_path)

    assert (folder / "weights").read_bytes() == WEIGHTS
    assert fetched.bytes_fetched == len(WEIGHTS)
    assert {path for path, _, _ in source.ranges} == {"weights"}


class CorruptAtFirst(MemorySource):
    """Gives other bytes of the same length for the first `times` reads of each range."""

    def __init__(self, source: MemorySource, times: int) -> None:
        super().__init__(source.files)
        self._times = times

    def read_range(self, path: str, start: int, end: int, into: Sink) -> None:
        if self.ranges.count((path, start, end)) < self._times:
            self.ranges.append((path, start, end))
            into(memoryview(b"\xee" * (end - start)), start)
        else:
            super().read_range(path, start, end, into)


def test_a_corrupt_object_is_fetched_once_more(tmp_path: Path) -> None:
    source = CorruptAtFirst(model(weights=WEIGHTS), times=1)

    folder = fetch(source, tmp_path).folder

    assert (folder / "weights").read_bytes() == WEIGHTS
    assert len(source.ranges) == 22


def test_an_object_that_stays_corrupt_is_never_put_in_place(tmp_path: Path) -> None:
    source = CorruptAtFirst(model(first=b"fine", weights=WEIGHTS), times=99)

    with pytest.raises(ModelLoadFailed, match="is corrupt, fetched twice"):
        fetch(source, tmp_path)

    assert all_files(tmp_path) == []


def test_an_object_shorter_than_its_manifest_says_fails_the_load(tmp_path: Path) -> None:
    source = model(weights=WEIGHTS)
    source.files["weights"] = WEIGHTS[:-1]

    with pytest.raises(ModelLoadFailed, match=r"'weights' could not be read.*1 early"):
        fetch(source, tmp_path)

    assert all_files(tmp_path) == []


def test_a_missing_object_fails_the_load_and_leaves_no_part_behind(tmp_path: Path) -> None:
    source = model(weights=WEIGHTS, gone=b"abc")
    del source.files["gone"]

    with pytest.raises(ModelLoadFailed, match="gone: there is no such object"):
        fetch(source, tmp_path)

    assert [path.name for path in all_files(tmp_path)] == ["weights"]


def test_a_missing_manifest_fails_the_load(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadFailed, match=r"manifest\.json: there is no such object"):
        fetch(MemorySource({}), tmp_path)


def test_a_pickle_by_another_name_is_not_put_in_place(tmp_path: Path) -> None:
    source = model(weights=pickle.dumps({"w": 1}))

    with pytest.raises(ModelLoadFailed, match="Pickle is refused"):
        fetch(source, tmp_path)

    assert all_files(tmp_path) == []


def test_a_full_disk_is_told_before_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, start: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    source = model(weights=WEIGHTS)

    with pytest.raises(ModelLoadFailed, match=r"can't be put in .*No space left"):
        fetch(source, tmp_path)

    assert source.ranges == []
    assert all_files(tmp_path) == []


def test_versions_lie_side_by_side(tmp_path: Path) -> None:
    old, new = fetch(model(w=b"1"), tmp_path), fetch(model(w=b"2"), tmp_path)

    assert (old.folder / "w").read_bytes() == b"1"
    assert (new.folder / "w").read_bytes() == b"2"
