"""A fetched model is whole, or it is not there."""

from __future__ import annotations

import errno
import hashlib
import os
import pickle
import time
from typing import TYPE_CHECKING

import pytest

from spillway.errors import ModelLoadFailed
from tests.unit.worker.model.models import PART, WEIGHTS, described, manifest, model
from worker.model import fetch as fetching
from worker.model import parts
from worker.model.fetch import Fetched
from worker.model.source import MemorySource

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from worker.model.source import Source

SHA = hashlib.sha256(WEIGHTS).hexdigest()

type Fetch = Callable[..., Fetched]


@pytest.fixture(autouse=True)
def quick_and_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", PART)
    monkeypatch.setattr(fetching, "_COPIED_BYTES", PART)
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture
def fetch(tmp_path: Path) -> Iterator[Fetch]:
    """Fetch below a folder, without a cache; what is open is closed in the end."""
    opened: list[Fetched] = []

    def run(source: Source, *, cache: Path | None = None, digest: str = "") -> Fetched:
        opened.append(fetching.fetch(source, tmp_path / "model", cache=cache, digest=digest))
        return opened[-1]

    yield run
    for fetched in opened:
        fetched.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_model_is_found_by_its_paths(fetch: Fetch) -> None:
    fetched = fetch(model(weights=WEIGHTS, sub__code=b"x = 1", sub__empty=b""))

    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert (fetched.folder / "sub" / "code").read_bytes() == b"x = 1"
    assert (fetched.folder / "sub" / "empty").read_bytes() == b""
    assert fetched.bytes_fetched == len(WEIGHTS) + 5
    assert fetched.verify_ms >= 0


def test_a_large_file_lies_in_memory_and_a_small_one_where_it_is_found(fetch: Fetch) -> None:
    fetched = fetch(model(weights=WEIGHTS, code=b"x = 1"))

    assert str((fetched.folder / "weights").readlink()).startswith("/proc/")
    assert (fetched.folder / "code").resolve() == (fetched.folder / "code").absolute()


def test_with_a_cache_a_large_file_lies_there(fetch: Fetch, cache: Path) -> None:
    fetched = fetch(model(weights=WEIGHTS), cache=cache)

    assert (fetched.folder / "weights").readlink() == cache / SHA


@pytest.mark.parametrize("part_bytes", [PART, None], ids=["parts", "no parts"])
def test_a_file_is_read_in_parts(fetch: Fetch, part_bytes: int | None) -> None:
    source = model(part_bytes=part_bytes, weights=WEIGHTS)

    fetch(source)

    assert len(source.ranges) == 11
    assert ("weights", 10_000, 10_240) in source.ranges


def test_what_is_closed_leaves_nothing_behind(fetch: Fetch, tmp_path: Path) -> None:
    fetched = fetching.fetch(model(weights=WEIGHTS), tmp_path)

    fetched.close()

    assert list(tmp_path.iterdir()) == []


def test_two_files_of_the_same_content_are_one(fetch: Fetch, cache: Path) -> None:
    source = model(one=WEIGHTS, same=WEIGHTS)

    fetched = fetch(source, cache=cache)

    assert (fetched.folder / "one").read_bytes() == (fetched.folder / "same").read_bytes()
    assert len(source.ranges) == 11


# --- the cache


@pytest.mark.parametrize("part_bytes", [PART, None], ids=["parts", "no parts"])
def test_a_second_start_fetches_nothing(fetch: Fetch, cache: Path, part_bytes: int | None) -> None:
    source = model(part_bytes=part_bytes, weights=WEIGHTS, other=b"abc")
    fetch(source, cache=cache)
    source.ranges.clear()

    fetched = fetch(source, cache=cache)

    assert source.ranges == []
    assert fetched.bytes_fetched == 0
    assert (fetched.folder / "weights").read_bytes() == WEIGHTS


def test_another_version_fetches_what_is_new_in_it(fetch: Fetch, cache: Path) -> None:
    fetch(model(weights=WEIGHTS, config=b"old"), cache=cache)
    new = model(weights=WEIGHTS, config=b"new")

    fetched = fetch(new, cache=cache)

    assert {path for path, _, _ in new.ranges} == {"config"}
    assert (fetched.folder / "config").read_bytes() == b"new"


@pytest.mark.parametrize("content", [b"", b"short", b"\0" * len(WEIGHTS), WEIGHTS[:-1] + b"x"])
@pytest.mark.parametrize("part_bytes", [PART, None], ids=["parts", "no parts"])
def test_a_file_that_changed_in_the_cache_is_fetched_again(
    fetch: Fetch, cache: Path, content: bytes, part_bytes: int | None
) -> None:
    source = model(part_bytes=part_bytes, weights=WEIGHTS, other=b"abc")
    fetch(source, cache=cache)
    (cache / SHA).write_bytes(content)
    source.ranges.clear()

    fetched = fetch(source, cache=cache)

    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert fetched.bytes_fetched == len(WEIGHTS)
    assert {path for path, _, _ in source.ranges} == {"weights"}


def test_who_has_a_file_mapped_keeps_it_when_another_finds_it_corrupt(
    fetch: Fetch, cache: Path
) -> None:
    source = model(weights=WEIGHTS)
    fetch(source, cache=cache)
    with (cache / SHA).open("r+b") as mapped:
        mapped.write(b"changed")
        mapped.flush()
        fetch(source, cache=cache)
        mapped.seek(0)

        assert mapped.read(7) == b"changed", "its own file is never written to again"
    assert (cache / SHA).read_bytes() == WEIGHTS


def test_a_fetch_that_broke_off_is_gone_on_with(fetch: Fetch, cache: Path) -> None:
    source = Failing(model(weights=WEIGHTS), after=7)
    with pytest.raises(ModelLoadFailed, match="no more"):
        fetch(source, cache=cache)
    done = set(source.given)

    fetched = fetch(whole := model(weights=WEIGHTS), cache=cache)

    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert len(done) == 7
    assert done.isdisjoint(whole.ranges)
    assert len(whole.ranges) == 11 - 7


class Failing(MemorySource):
    """Fails for good `after` so many parts."""

    def __init__(self, source: MemorySource, after: int) -> None:
        super().__init__(source.files)
        self.after = after
        self.given: list[tuple[str, int, int]] = []

    def stream(self, path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        if len(self.given) == self.after:
            raise ModelLoadFailed("no more")
        self.given.append((path, start, end))
        yield from super().stream(path, start, end)


# --- what is never served


class CorruptAtFirst(MemorySource):
    """Gives other bytes of the same length for the first `times` reads of each range."""

    def __init__(self, source: MemorySource, times: int) -> None:
        super().__init__(source.files)
        self._times = times

    def stream(self, path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        for piece in super().stream(path, start, end):
            spoilt = self.ranges.count((path, start, end)) <= self._times
            yield b"\xee" * len(piece) if spoilt else piece


@pytest.mark.parametrize("part_bytes", [PART, None], ids=["parts", "no parts"])
def test_a_corrupt_object_is_fetched_once_more(fetch: Fetch, part_bytes: int | None) -> None:
    source = CorruptAtFirst(model(part_bytes=part_bytes, weights=WEIGHTS), times=1)

    fetched = fetch(source)

    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert len(source.ranges) == 22


def test_of_a_file_with_parts_the_bad_one_alone_is_fetched_once_more(fetch: Fetch) -> None:
    source = model(weights=WEIGHTS)
    reads = CorruptAtFirst(source, times=0)
    real = reads.stream

    def stream(path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        first = (path, start, end) not in reads.ranges
        for piece in real(path, start, end):
            yield bytes(len(piece)) if first and start == 3000 else piece

    reads.stream = stream  # type: ignore[method-assign]

    fetched = fetch(reads)

    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert sorted(reads.ranges).count(("weights", 3000, 4000)) == 2
    assert len(reads.ranges) == 12


@pytest.mark.parametrize("part_bytes", [PART, None], ids=["parts", "no parts"])
def test_an_object_that_stays_corrupt_is_never_put_in_place(
    fetch: Fetch, cache: Path, part_bytes: int | None
) -> None:
    whole = model(part_bytes=part_bytes, first=b"fine", weights=WEIGHTS)
    source = CorruptAtFirst(whole, times=99)

    with pytest.raises(ModelLoadFailed, match="is corrupt, fetched 2 times"):
        fetch(source, cache=cache)

    assert SHA not in [path.name for path in cache.iterdir()]


def test_an_object_shorter_than_its_manifest_says_fails_the_load(fetch: Fetch) -> None:
    source = model(weights=WEIGHTS)
    source.files["weights"] = WEIGHTS[:-1]

    with pytest.raises(ModelLoadFailed, match=r"'weights' could not be read.*1 early"):
        fetch(source)


def test_a_missing_object_fails_the_load(fetch: Fetch, cache: Path) -> None:
    source = model(weights=WEIGHTS, gone=b"abc")
    del source.files["gone"]

    with pytest.raises(ModelLoadFailed, match="gone: there is no such object"):
        fetch(source, cache=cache)


def test_a_missing_manifest_fails_the_load(fetch: Fetch) -> None:
    with pytest.raises(ModelLoadFailed, match=r"manifest\.json: there is no such object"):
        fetch(MemorySource({}))


def test_hashes_of_parts_that_are_not_the_contents_fail_the_load(fetch: Fetch) -> None:
    told = described("weights", WEIGHTS) | {"parts": described("weights", b"x" * 10_240)["parts"]}

    with pytest.raises(ModelLoadFailed, match="is corrupt"):
        fetch(MemorySource({"weights": WEIGHTS, "manifest.json": manifest([told])}))


def test_a_manifest_must_be_the_one_that_its_folder_is_named_after(fetch: Fetch) -> None:
    source = model(weights=WEIGHTS)
    digest = hashlib.sha256(source.files["manifest.json"]).hexdigest()[:16]

    assert fetch(source, digest=digest).manifest.digest.startswith(digest)
    with pytest.raises(ModelLoadFailed, match="its folder is named 0123456789abcdef"):
        fetch(source, digest="0123456789abcdef")


def test_a_pickle_by_another_name_is_not_put_in_place(fetch: Fetch, cache: Path) -> None:
    content = pickle.dumps({"w": 1})

    with pytest.raises(ModelLoadFailed, match="Pickle is refused"):
        fetch(model(weights=content))
    with pytest.raises(ModelLoadFailed, match="Pickle is refused"):
        fetch(model(weights=content), cache=cache)

    assert hashlib.sha256(content).hexdigest() not in [path.name for path in cache.iterdir()]


def test_a_full_disk_is_told_before_the_first_byte(
    fetch: Fetch, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, start: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    source = model(weights=WEIGHTS)

    with pytest.raises(ModelLoadFailed, match=r"can't be put in place.*No space left"):
        fetch(source, cache=cache)

    assert source.ranges == []


def test_a_load_that_failed_lets_others_have_what_it_claimed(fetch: Fetch, cache: Path) -> None:
    with pytest.raises(ModelLoadFailed):
        fetch(CorruptAtFirst(model(weights=WEIGHTS), times=99), cache=cache)

    assert (fetch(model(weights=WEIGHTS), cache=cache).folder / "weights").exists()
