"""Fetching a model: its parts in parallel straight into place, each checked as it comes in.

What a cache holds already is checked and not fetched. The model finds its files under their paths
in a folder of this process's own: small ones are copied there, larger ones linked.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spillway.errors import ModelLoadFailed
from worker.model import manifest as manifests
from worker.model.bringing import Bringing
from worker.model.placing import choose
from worker.model.reading import FETCHES, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.model.manifest import Manifest
    from worker.model.place import Place
    from worker.model.source import Source

CONNECTIONS = 16
"""Parts read at once. One connection to S3 gives about 90 MB/s."""

_COPIED_BYTES = 1 << 20
"""Code looks for its neighbours beside its own real path: what may be code is copied."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model in place, until it is closed.

    `verify_ms` is what checking took once the last byte had come; `bytes_fetched` leaves out what a
    cache held.
    """

    manifest: Manifest
    folder: Path
    bytes_fetched: int
    verify_ms: int
    places: tuple[Place, ...]

    def close(self) -> None:
        """Let go of the files and remove the folder. What is mapped stays until it is not."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for place in self.places:
            place.close()


def fetch(
    source: Source,
    folder: Path,
    *,
    cache: Path | None = None,
    digest: str = "",
    connections: int = CONNECTIONS,
) -> Fetched:
    """Bring a model's files into memory, or into the cache; lay them out below `folder`.

    `digest` is what the manifest's own must begin with.

    Raises:
        ModelLoadFailed: the manifest is invalid or another's, a file is missing, corrupt however
            often it is fetched, or a pickle, or the disk is full.

    """
    reader = Reader(source)
    manifest = _manifest(reader, digest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        places = choose(manifest, folder, cache)
        with ThreadPoolExecutor(connections, "fetch") as pool:
            bringing = Bringing(reader, places, pool)
            brought = bringing.bring(manifest.files)
        view = _laid_out(manifest, brought, folder)
    except OSError as error:
        raise ModelLoadFailed(f"the model can't be put in place: {error}") from error
    return Fetched(
        manifest=manifest,
        folder=view,
        bytes_fetched=bringing.bytes_fetched,
        verify_ms=round((time.monotonic() - reader.last_read_at) * 1000),
        places=tuple(brought.values()),
    )


def _manifest(reader: Reader, digest: str) -> Manifest:
    for _ in range(FETCHES):
        raw = reader.whole(manifests.NAME)
        if (own := manifests.digest(raw)).startswith(digest):
            return manifests.parse(raw)
    raise ModelLoadFailed(
        f"{manifests.NAME}: its digest is {own[:16]}, its folder is named {digest}: "
        "it is corrupt, or another was put in its place"
    )


def _laid_out(manifest: Manifest, places: Mapping[str, Place], folder: Path) -> Path:
    """Make a folder in which each file is found by its path."""
    view = Path(tempfile.mkdtemp(prefix=f"{manifest.digest[:16]}-", dir=folder))
    for file in manifest.files:
        target = view / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.bytes > _COPIED_BYTES:
            target.symlink_to(places[file.sha256].path.absolute())
        else:
            shutil.copyfile(places[file.sha256].path, target)
    return view
