"""Fetching a model: ranges in parallel straight into place, hashed while the rest comes in.

Files land in `<folder>/<SHA-256 of the manifest>/`, each under a temporary name until its hash is
right, so that what stands there under its own name is whole. A file that is there already is
hashed again and kept.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.errors import ModelLoadFailed
from worker.model import manifest as manifests
from worker.model import pickles, ranges
from worker.model.source import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from worker.model.manifest import Manifest, ModelFile
    from worker.model.ranges import Range
    from worker.model.source import Source

CONNECTIONS = 16
"""Ranges read at once. One S3 connection gives about 90 MB/s."""


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
    raw = ranges.patiently(lambda: source.read(manifests.NAME), path=manifests.NAME)
    manifest = manifests.parse(raw)
    place = folder / manifest.digest
    hasher = _Hasher()
    try:
        place.mkdir(parents=True, exist_ok=True)
        missing = [file for file in manifest.files if not hasher.confirms(file, place / file.path)]
        with ThreadPoolExecutor(connections, "fetch") as pool:
            _fetch_all(missing, source, place, pool, hasher)
    except OSError as error:
        raise ModelLoadFailed(f"the model can't be put in {place}: {error}") from error
    return Fetched(
        manifest=manifest,
        folder=place,
        bytes_fetched=sum(file.bytes for file in missing),
        fetch_ms=round((time.monotonic() - started) * 1000),
        verify_ms=round(hasher.spent_s * 1000),
    )


@dataclass(slots=True)
class _Incoming:
    """A file under its temporary name, with the ranges that are on their way into it."""

    file: ModelFile
    part: Path
    ranges: Sequence[Range] = ()


def _fetch_all(
    files: Sequence[ModelFile],
    source: Source,
    place: Path,
    pool: ThreadPoolExecutor,
    hasher: _Hasher,
) -> None:
    """Ask for every range of every file, then check the files in their order as they fill up."""
    incoming = [_Incoming(file, place / f".{secrets.token_hex(8)}.part") for file in files]
    try:
        for item in incoming:
            ranges.reserve(item.part, item.file.bytes)
            item.ranges = ranges.request(item.file, source, item.part, pool)
        for item in incoming:
            _check(item, source, pool, hasher)
            _put_in_place(item, place)
    finally:
        pool.shutdown(cancel_futures=True)
        for item in incoming:
            item.part.unlink(missing_ok=True)


def _check(item: _Incoming, source: Source, pool: Executor, hasher: _Hasher) -> None:
    """Return once the content is what the manifest says.

    A corrupt object is fetched once more, in case it was corrupted on its way.
    """
    if hasher.digest(item.part, item.ranges) == item.file.sha256:
        return
    item.ranges = ranges.request(item.file, source, item.part, pool)
    digest = hasher.digest(item.part, item.ranges)
    if digest != item.file.sha256:
        raise ModelLoadFailed(
            f"{item.file.path!r} is corrupt, fetched twice: its SHA-256 is {digest}, "
            f"the manifest says {item.file.sha256}"
        )


def _put_in_place(item: _Incoming, place: Path) -> None:
    pickles.refuse(item.part, name=item.file.path)
    target = place / item.file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    item.part.replace(target)


class _Hasher:
    """SHA-256 of files, and the seconds it took."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        self._buffer = memoryview(bytearray(CHUNK_BYTES))

    def confirms(self, file: ModelFile, path: Path) -> bool:
        """Whether the file stands there whole, from an earlier start."""
        if not path.is_file() or path.stat().st_size != file.bytes:
            return False
        digest = hashlib.sha256()
        self._add(path, 0, file.bytes, digest)
        return digest.hexdigest() == file.sha256

    def digest(self, path: Path, incoming: Sequence[Range]) -> str:
        """Hash a file's ranges in their order, each as soon as it is in place."""
        digest = hashlib.sha256()
        for piece in incoming:
            piece.written.result()
            self._add(path, piece.start, piece.end, digest)
        return digest.hexdigest()

    def _add(self, path: Path, start: int, end: int, digest: hashlib._Hash) -> None:
        began = time.monotonic()
        with path.open("rb", buffering=0) as stream:
            while start < end:
                count = os.preadv(stream.fileno(), [self._buffer[: end - start]], start)
                if not count:
                    break  # cut behind our back: the digest will tell
                digest.update(self._buffer[:count])
                start += count
        self.spent_s += time.monotonic() - began
