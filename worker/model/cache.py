"""Files in a folder that outlives the task, each named by the SHA-256 of its content.

Processes share it, on one host or, over NFS, on many. A file under that name alone was whole when
it got it, and nobody writes to it again; it is checked whenever it is used, since disks fail. What
is on its way is `<SHA-256>.part`, which one process writes to, under a lock that ends with it: the
next goes on from there.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from worker.model.place import Holds

if TYPE_CHECKING:
    from pathlib import Path

    from worker.model.manifest import ModelFile

_LOG = logging.getLogger(__name__)
_PART = ".part"
_PAUSE_S = 0.05


class CachePlace:
    """A file of the cache, locked: with others where it is whole, alone while it is not."""

    def __init__(self, descriptor: int, path: Path, holds: Holds) -> None:
        self.descriptor = descriptor
        self.path = path
        self.holds = holds

    def keep(self) -> None:
        """Give it its name for good."""
        if self.path.suffix == _PART:
            self.path = self.path.rename(self.path.with_suffix(""))
            fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def discard(self) -> None:
        """Remove it, unless another stands there by now."""
        if _is_at(self.descriptor, self.path):
            self.path.unlink()
        self.close()

    def close(self) -> None:
        """Let others have it."""
        os.close(self.descriptor)


class Cache:
    """The folder. Where there is no room for a file, those go that were not used for longest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def claim(self, file: ModelFile) -> CachePlace:
        """Open the whole file if it is there, else what there is of it."""
        while True:
            if (place := self._whole(file) or self._part(file)) is not None:
                return place

    def _whole(self, file: ModelFile) -> CachePlace | None:
        path = self._folder / file.sha256
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if not _is_at(descriptor, path):  # it had to make room just now
            os.close(descriptor)
            return None
        with suppress(OSError):  # another user's, or on a disk that is mounted to be read
            os.utime(descriptor)
        return CachePlace(descriptor, path, Holds.ALL)

    def _part(self, file: ModelFile) -> CachePlace | None:
        path = self._folder / f"{file.sha256}{_PART}"
        place = CachePlace(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), path, Holds.SOME)
        if not _lock(place.descriptor, path):
            place.close()
            return None
        if (self._folder / file.sha256).exists():  # finished between our two looks
            place.discard()
            return None
        found = os.fstat(place.descriptor)
        if found.st_size != file.bytes:
            place.holds = Holds.NOTHING
        self._make_room(file.bytes - found.st_blocks * 512)
        _reserve(place.descriptor, file.bytes)
        return place

    def _make_room(self, needed: int) -> None:
        """Remove files that nobody has open, the longest unused first, until so much is free."""
        for path in sorted(self._folder.glob("[0-9a-f]*"), key=_used_at):
            if _free_bytes(self._folder) >= needed:
                return
            _drop(path)


def _lock(descriptor: int, path: Path) -> bool:
    """Take a part alone; False once it is no part any more, since who had it was done with it.

    It is asked for again and again: who finishes the file keeps a lock on it, and would be waited
    for to the end.
    """
    is_told = False
    while _is_at(descriptor, path):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not is_told:
                _LOG.info("another process fetches it", extra={"file": path.stem})
            is_told = True
            time.sleep(_PAUSE_S)
        else:
            return _is_at(descriptor, path)
    return False


def _reserve(descriptor: int, size: int) -> None:
    """Take all of the file's space, so that a full disk shows before the first byte."""
    os.ftruncate(descriptor, size)
    if sys.platform == "linux" and size:
        os.posix_fallocate(descriptor, 0, size)


def _drop(path: Path) -> None:
    with suppress(OSError), path.open("rb") as stream:  # OSError: somebody has it, or it is gone
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(stream.fileno(), path):
            path.unlink()
            _LOG.info("made room", extra={"file": path.name})


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one that stands there."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free
