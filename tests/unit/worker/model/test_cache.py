"""A cache holds whole files by their content; one process brings each, and the others wait."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import threading
from typing import TYPE_CHECKING

import pytest

from tests.unit.worker.model.models import WEIGHTS
from worker.model import cache as caches
from worker.model.cache import Cache
from worker.model.manifest import ModelFile
from worker.model.place import Holds

if TYPE_CHECKING:
    from pathlib import Path

SHA = hashlib.sha256(WEIGHTS).hexdigest()
FILE = ModelFile("weights", len(WEIGHTS), SHA)


def bring(cache: Cache, file: ModelFile = FILE, content: bytes = WEIGHTS) -> caches.CachePlace:
    """Claim a file's place, fill it, and keep it."""
    place = cache.claim(file)
    os.pwrite(place.descriptor, content, 0)
    place.keep()
    return place


def other(number: int, size: int = 100) -> ModelFile:
    return ModelFile(f"file-{number}", size, f"{number:064x}")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_place_is_empty_at_first_and_has_all_its_room(tmp_path: Path) -> None:
    file = ModelFile("big", 1 << 20, SHA)

    place = Cache(tmp_path / "deep" / "cache").claim(file)

    assert place.holds is Holds.NOTHING
    assert os.fstat(place.descriptor).st_size == file.bytes
    assert os.fstat(place.descriptor).st_blocks * 512 >= file.bytes
    place.close()


def test_what_is_kept_is_found_by_the_next(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    kept = bring(cache)

    found = cache.claim(FILE)

    assert found.holds is Holds.ALL
    assert found.path == kept.path == tmp_path / SHA
    assert found.path.read_bytes() == WEIGHTS
    assert names(tmp_path) == [SHA]
    found.close()
    kept.close()


def test_what_broke_off_is_gone_on_with(tmp_path: Path) -> None:
    first = Cache(tmp_path).claim(FILE)
    os.pwrite(first.descriptor, WEIGHTS[:100], 0)
    first.close()

    second = Cache(tmp_path).claim(FILE)

    assert second.holds is Holds.SOME
    assert os.pread(second.descriptor, 100, 0) == WEIGHTS[:100]
    second.close()


def test_a_part_of_another_size_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / f"{SHA}.part").write_bytes(b"x" * 5)

    place = Cache(tmp_path).claim(FILE)

    assert place.holds is Holds.NOTHING
    assert os.fstat(place.descriptor).st_size == FILE.bytes
    place.close()


def test_what_is_discarded_is_gone(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    bring(cache).discard()

    place = cache.claim(FILE)

    assert place.holds is Holds.NOTHING
    place.discard()
    assert names(tmp_path) == []


def test_what_another_put_there_meanwhile_is_not_discarded(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    old = bring(cache)
    (tmp_path / SHA).unlink()
    new = bring(cache)

    old.discard()

    assert names(tmp_path) == [SHA]
    new.close()


def claim_beside(cache: Cache) -> tuple[threading.Thread, list[caches.CachePlace]]:
    """Claim the file on another thread, which waits like another process."""
    claimed: list[caches.CachePlace] = []
    thread = threading.Thread(target=lambda: claimed.append(cache.claim(FILE)))
    thread.start()
    thread.join(0.2)
    return thread, claimed


def test_who_comes_second_waits_and_finds_the_whole_file(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    first = cache.claim(FILE)
    thread, claimed = claim_beside(cache)
    assert claimed == []

    os.pwrite(first.descriptor, WEIGHTS, 0)
    first.keep()
    thread.join(5)

    [second] = claimed
    assert second.holds is Holds.ALL
    assert names(tmp_path) == [SHA]
    first.close()
    second.close()


def test_who_comes_second_goes_on_where_the_first_gave_up(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    first = cache.claim(FILE)
    thread, claimed = claim_beside(cache)

    first.close()
    thread.join(5)

    [second] = claimed
    assert second.holds is Holds.SOME
    second.close()


def test_who_comes_second_begins_anew_where_the_first_discarded_it(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    first = cache.claim(FILE)
    thread, claimed = claim_beside(cache)

    first.discard()
    thread.join(5)

    [second] = claimed
    assert second.holds is Holds.NOTHING
    assert second.path.exists()
    second.close()


def test_a_file_that_was_finished_between_two_looks_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path)
    looked = 0

    def look(file: ModelFile) -> caches.CachePlace | None:
        nonlocal looked
        looked += 1
        if looked == 1:
            bring(Cache(tmp_path)).close()
            return None
        return Cache._whole(cache, file)

    monkeypatch.setattr(cache, "_whole", look)

    place = cache.claim(FILE)

    assert place.holds is Holds.ALL
    assert names(tmp_path) == [SHA]
    place.close()


# --- room


@pytest.fixture
def little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A disk on which five files of 100 bytes fit."""

    def free(folder: Path) -> int:
        return 500 - sum(path.stat().st_size for path in folder.iterdir())

    monkeypatch.setattr(caches, "_free_bytes", free)
    monkeypatch.setattr(caches, "_reserve", os.ftruncate)
    return 5


def filled(cache: Cache, folder: Path, count: int) -> list[caches.CachePlace]:
    """Files that were used one after the other, the first longest ago."""
    places = [bring(cache, other(number), b"x" * 100) for number in range(count)]
    for number in range(count):
        os.utime(folder / f"{number:064x}", (number, number))
    return places


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path, little_room: int) -> None:
    cache = Cache(tmp_path)
    for place in filled(cache, tmp_path, little_room):
        place.close()
    cache.claim(other(0)).close()  # is used again

    bring(cache, other(9, size=200), b"y" * 200).close()

    assert names(tmp_path) == [f"{number:064x}" for number in (0, 3, 4, 9)]


def test_what_is_in_use_stays(tmp_path: Path, little_room: int) -> None:
    cache = Cache(tmp_path)
    used, *unused = filled(cache, tmp_path, little_room)
    for place in unused:
        place.close()

    bring(cache, other(9), b"y" * 100).close()

    assert names(tmp_path) == [f"{number:064x}" for number in (0, 2, 3, 4, 9)]
    used.close()


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, start: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)

    with pytest.raises(OSError, match="No space left"):
        Cache(tmp_path).claim(FILE)


def test_a_lock_that_another_process_holds_keeps_the_file(tmp_path: Path) -> None:
    bring(Cache(tmp_path)).close()
    with (tmp_path / SHA).open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)

        caches._drop(tmp_path / SHA)

    assert names(tmp_path) == [SHA]
    caches._drop(tmp_path / SHA)
    assert names(tmp_path) == []
