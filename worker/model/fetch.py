"""Fetching a model: ranges in parallel straight into place, checked while the rest comes in.

Files land in `<folder>/<SHA-256 of the manifest>/`, each under a temporary name until its hash is
right, so that what stands there under its own name is whole. A file that is there already is
checked and kept.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from spillway.errors import ModelLoadFailed

from worker.model import manifest as manifests
from worker.model import pickles
from worker.model.source import CHUNK_BYTES, CutShort

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor, Future

    from worker.model.manifest import Manifest, ModelFile
    from worker.model.source import Source

CONNECTIONS = 16
"""Ranges read at once. One S3 connection gives about 90 MB/s."""

RANGE_BYTES = 16 << 20
_RANGE_TRIES = 4
_RANGE_PAUSE_S = 0.1
_FILE_TRIES = 2
"""A corrupt object is fetched once more, in case it was corrupted on its way."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model in place. `fetch_ms` is all of it by the clock; `verify_ms` of these went to hashing.

    `bytes_fetched` leaves out the files that stood there already.
    """

    manifest: Manifest
    folder: Path
    bytes_fetched: int
    fetch_ms: int
    verify_ms: int


def fetch(source: Source, folder: Path, *, connections: int = CONNECTIONS) -> Fetched:
    """Bring a model's files into a folder of their own below `folder`.

    Raises:
        ModelLoadFailed: the manifest is invalid, a file is missing, corrupt twice in a row, or a
            pickle, or the disk is full. Nothing unchecked is left under a file's own name.

    """
    started = time.monotonic()
    manifest = manifests.parse(_manifest_bytes(source))
    place = folder / manifest.digest
    check = _Check()
    try:
        missing = [file for file in manifest.files if not check.is_in_place(file, place)]
        with ThreadPoolExecutor(connections, "fetch") as pool:
            _fetch_all(missing, source, place, pool, check)
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelLoadFailed(f"the model can't be written to {place}: {error}") from error
    return Fetched(
        manifest=manifest,
        folder=place,
        bytes_fetched=sum(file.bytes for file in missing),
        fetch_ms=round((time.monotonic() - started) * 1000),
        verify_ms=round(check.spent_s * 1000),
    )


def split(size: int, *, range_bytes: int = RANGE_BYTES) -> Iterator[tuple[int, int]]:
    """Cut `size` bytes into ranges `(start, end)` that follow on each other and cover it all."""
    for start in range(0, size, range_bytes):
        yield start, min(start + range_bytes, size)


class _Check:
    """Hashes files, and knows the seconds it took."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        self._buffer = bytearray(CHUNK_BYTES)

    def is_in_place(self, file: ModelFile, place: Path) -> bool:
        """Whether the file stands there whole, from an earlier start."""
        path = place / file.path
        if not path.is_file() or path.stat().st_size != file.bytes:
            return False
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            for start, end in split(file.bytes):
                self.add(stream.fileno(), start, end, digest)
        return digest.hexdigest() == file.sha256

    def add(self, descriptor: int, start: int, end: int, digest: hashlib._Hash) -> None:
        """Add a range of a file to its hash."""
        began = time.monotonic()
        view = memoryview(self._buffer)
        while start < end:
            count = os.preadv(descriptor, [view[: end - start]], start)
            if not count:
                break  # it was cut behind our back: the hash will tell
            digest.update(view[:count])
            start += count
        self.spent_s += time.monotonic() - began


@dataclass(slots=True)
class _Incoming:
    """A file that is being written under a temporary name."""

    file: ModelFile
    part: Path
    descriptor: int
    ranges: Sequence[tuple[tuple[int, int], Future[None]]]


def _manifest_bytes(source: Source) -> bytes:
    try:
        return source.read(manifests.NAME)
    except CutShort as error:
        raise ModelLoadFailed(f"the manifest could not be read: {error}") from error


def _fetch_all(
    files: Sequence[ModelFile], source: Source, place: Path, pool: Executor, check: _Check
) -> None:
    """Start every range of every file, then check the files in their order as they fill up."""
    incoming: list[_Incoming] = []
    try:
        for file in files:
            incoming.append(_start(file, source, place, pool))  # noqa: PERF401 - for `finally`
        for item in incoming:
            _finish(item, source, place, pool, check)
    finally:
        for item in incoming:
            _abandon(item)


def _start(file: ModelFile, source: Source, place: Path, pool: Executor) -> _Incoming:
    """Reserve the file's space, so that a full disk shows at once, and ask for its ranges."""
    target = place / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        _reserve(descriptor, file.bytes)
    except OSError:
        os.close(descriptor)
        part.unlink()
        raise
    return _Incoming(file, part, descriptor, _ask(file, source, descriptor, pool))


def _reserve(descriptor: int, size: int) -> None:
    if sys.platform == "linux" and size:
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.ftruncate(descriptor, size)


def _ask(
    file: ModelFile, source: Source, descriptor: int, pool: Executor
) -> list[tuple[tuple[int, int], Future[None]]]:
    return [
        ((start, end), pool.submit(_read_range, source, file.path, start, end, descriptor))
        for start, end in split(file.bytes)
    ]


def _read_range(source: Source, path: str, start: int, end: int, descriptor: int) -> None:
    """Write a range into its place; where its body broke off, read the whole range again."""
    for tries_left in reversed(range(_RANGE_TRIES)):
        try:
            source.read_range(path, start, end, partial(_write, descriptor))
        except CutShort as error:
            if not tries_left:
                raise ModelLoadFailed(f"{path!r} could not be read: {error}") from error
            time.sleep(_RANGE_PAUSE_S)
        else:
            return


def _write(descriptor: int, piece: memoryview, offset: int) -> None:
    while piece:
        count = os.pwrite(descriptor, piece, offset)
        piece, offset = piece[count:], offset + count


def _finish(item: _Incoming, source: Source, place: Path, pool: Executor, check: _Check) -> None:
    """Give a file its own name once its content is what the manifest says."""
    file = item.file
    for tries_left in reversed(range(_FILE_TRIES)):
        digest = hashlib.sha256()
        for (start, end), arrival in item.ranges:
            arrival.result()
            check.add(item.descriptor, start, end, digest)
        if digest.hexdigest() == file.sha256:
            break
        if not tries_left:
            raise ModelLoadFailed(
                f"{file.path!r} is corrupt, fetched twice: its SHA-256 is {digest.hexdigest()}, "
                f"the manifest says {file.sha256}"
            )
        item.ranges = _ask(file, source, item.descriptor, pool)
    pickles.refuse(item.part, name=file.path)
    item.part.replace(place / file.path)


def _abandon(item: _Incoming) -> None:
    """Let go of a file, finished or not; no range may still be writing to a closed descriptor."""
    for _, arrival in item.ranges:
        arrival.cancel()
    for _, arrival in item.ranges:
        if not arrival.cancelled():
            arrival.exception()
    os.close(item.descriptor)
    item.part.unlink(missing_ok=True)
