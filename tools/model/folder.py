"""A model's folder: built under a temporary name, described by its manifest, put in place."""

from __future__ import annotations

import json
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from spillway.errors import ModelLoadFailed
from worker.model import checking
from worker.model import manifest as manifests
from worker.model.parts import PART_BYTES, spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from spillway.strict_json import Json


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Give an empty folder to build in; it takes the place of `folder` if nothing is raised."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(4)
    building = folder.with_name(f".{folder.name}.{token}.building")
    old = folder.with_name(f".{folder.name}.{token}.old")
    building.mkdir()
    try:
        yield building
        if folder.exists():
            folder.rename(old)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def describe(
    folder: Path, *, model_version: str, runtime: str, options: Mapping[str, Json], probe: Json
) -> None:
    """Write manifest.json for all files that lie in the folder; FileNotFoundError without one."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    document = {
        "spillway": manifests.FORMAT,
        "modelVersion": model_version,
        "runtime": runtime,
        "options": dict(options),
        "probe": probe,
        "files": [
            _described(path, path.relative_to(folder).as_posix())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path != folder / manifests.NAME
        ],
    }
    raw = json.dumps(document, indent=2).encode() + b"\n"
    manifests.parse(raw)  # a worker must take it
    (folder / manifests.NAME).write_bytes(raw)


def is_whole(folder: Path, *, model_version: str) -> bool:
    """Whether a folder holds this version with every file in its size (hashes are not read)."""
    try:
        manifest = manifests.parse((folder / manifests.NAME).read_bytes())
        return manifest.model_version == model_version and all(
            (folder / file.path).stat().st_size == file.bytes for file in manifest.files
        )
    except (OSError, ModelLoadFailed):
        return False


def holds_another(folder: Path, *, than: str) -> bool:
    """Whether somebody's own files lie in the folder: a model of another name, or no model."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return False
    try:
        raw = (folder / manifests.NAME).read_bytes()
        return not manifests.parse(raw).model_version.startswith(than)
    except (OSError, ModelLoadFailed):
        return True


def _described(path: Path, name: str) -> dict[str, Any]:
    """What the manifest says of a file; the parts of one that has several are hashed, too."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        told = {"path": name, "bytes": size, "sha256": checking.sha256(stream.fileno(), size)}
        if size > PART_BYTES:
            hashes = [
                checking.blake3_of(stream.fileno(), *span) for span in spans(size, PART_BYTES)
            ]
            told["parts"] = {"bytes": PART_BYTES, "blake3": hashes}
    return told
