"""Bringing files into their places: all of their parts at once, what is right already kept."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.model import checking, pickles
from worker.model.parts import plan
from worker.model.place import Holds
from worker.model.reading import FETCHES, Reader, corrupt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

    from worker.model.manifest import ModelFile
    from worker.model.parts import Part
    from worker.model.place import Place, Places

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Incoming:
    """A file whose parts are being brought into its place."""

    file: ModelFile
    place: Place
    parts: list[Future[int]]


class _Spoilt(Exception):
    """A part of a file that was whole once is wrong."""


class Bringing:
    """Brings files into their places, all of their parts at once."""

    def __init__(self, reader: Reader, places: Places, pool: ThreadPoolExecutor) -> None:
        self._reader = reader
        self._places = places
        self._pool = pool
        self._open: list[Place] = []
        self.bytes_fetched = 0

    def bring(self, files: Iterable[ModelFile]) -> dict[str, Place]:
        """Return the files' places by their SHA-256, each whole and checked."""
        contents = {file.sha256: file for file in files}
        brought: dict[str, Place] = {}
        try:
            while missing := sorted(contents.keys() - brought.keys()):
                incoming = [self._start(contents[name]) for name in missing]
                brought |= {it.file.sha256: it.place for it in incoming if self._finish(it)}
        except BaseException:
            self._pool.shutdown(cancel_futures=True)
            for place in self._open:
                place.close()
            raise
        return brought

    def _start(self, file: ModelFile) -> _Incoming:
        place = self._places.claim(file)
        self._open.append(place)
        return _Incoming(file, place, self._request(file, place))

    def _request(self, file: ModelFile, place: Place) -> list[Future[int]]:
        return [self._pool.submit(self._settle, file, part, place) for part in plan(file)]

    def _settle(self, file: ModelFile, part: Part, place: Place) -> int:
        """See to it that a part is right; return how many bytes were fetched for that.

        Of a part without a hash nothing is known before its whole file is checked.
        """
        found = place.holds is Holds.ALL
        if part.blake3 is None and found:
            return 0
        if part.blake3 is not None and place.holds is not Holds.NOTHING:
            if checking.is_right(place.descriptor, part):
                return 0
            if found:
                raise _Spoilt
        self._reader.bring(file, part, place.descriptor)
        return part.end - part.start

    def _finish(self, item: _Incoming) -> bool:
        """Wait for a file's parts and keep it; False where the cache's copy of it is spoilt."""
        try:
            for _ in range(FETCHES):
                self.bytes_fetched += sum(part.result() for part in as_completed(item.parts))
                if _is_whole(item):
                    pickles.refuse(item.place.path, name=item.file.path)
                    item.place.keep()
                    return True
                item.parts = self._request(item.file, item.place)
        except _Spoilt:
            self._discard(item)
            return False
        raise corrupt(item.file, "its bytes")

    def _discard(self, item: _Incoming) -> None:
        _LOG.warning("the cache's copy is corrupt: fetched anew", extra={"file": item.file.path})
        for part in item.parts:
            part.cancel()
        wait(item.parts)
        self._open.remove(item.place)
        item.place.discard()


def _is_whole(item: _Incoming) -> bool:
    """Whether a file is what the manifest says, all of whose parts are there.

    Parts with a hash are checked by now.
    """
    if item.file.parts is not None:
        return True
    if checking.sha256(item.place.descriptor, item.file.bytes) == item.file.sha256:
        return True
    if item.place.holds is Holds.ALL:
        raise _Spoilt
    return False
