"""The manifest: what a model is made of, and how it is to be run.

It lies as `manifest.json` at the prefix that MODEL_URI names::

    {"spillway": 1, "modelVersion": "2026-11-01", "runtime": "embedding", "options": {},
     "probe": {"text": "ready?"},
     "files": [{"path": "model.safetensors", "bytes": 90868376, "sha256": "53aa…",
                "parts": {"bytes": 16777216, "blake3": ["c0de…", …]}}]}

`probe` is a payload that the model must answer before its worker is ready. `parts` may be left out:
they let the file be checked while it comes in, and one part of it be fetched anew.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeIs

from spillway.errors import ModelLoadFailed, Rejected
from spillway.strict_json import Json, kind_of, read
from worker.model import pickles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NAME = "manifest.json"
FORMAT = 1
_FIELDS = ("spillway", "modelVersion", "runtime", "options", "probe", "files")
_FILE_FIELDS = ("path", "bytes", "sha256", "parts")
_PART_FIELDS = ("bytes", "blake3")
_256_BITS = re.compile(r"[0-9a-f]{64}")
_IN_HEX = "expected 64 lower-case hexadecimal digits"
_MAX_PATH_BYTES = 512


@dataclass(frozen=True, slots=True)
class Checksums:
    """The BLAKE3 of each part of a file in hex; all parts but the last are of `bytes`."""

    bytes: int
    blake3: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file: its path under the prefix, its size, and the SHA-256 of its content in hex."""

    path: str
    bytes: int
    sha256: str
    parts: Checksums | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed manifest. `digest` is the SHA-256 of the document itself, in hex."""

    digest: str
    model_version: str
    runtime: str
    options: Mapping[str, Json]
    probe: Json
    files: tuple[ModelFile, ...]


def digest(raw: bytes) -> str:
    """Return what names a manifest, and so all of its model: its SHA-256 in hex."""
    return hashlib.sha256(raw).hexdigest()


def parse(raw: bytes) -> Manifest:
    """Read a manifest, or raise `ModelLoadFailed` naming everything that is wrong with it."""
    try:
        document = read(raw)
    except Rejected as error:
        detail = str(error).replace("the body", "it", 1)
        _refuse([detail])
    if not isinstance(document, dict):
        _refuse([f"expected an object, got {kind_of(document)}"])
    faults = list(_faults(document))
    if faults:
        _refuse(faults)
    return Manifest(
        digest=digest(raw),
        model_version=document["modelVersion"],
        runtime=document["runtime"],
        options=document.get("options", {}),
        probe=document["probe"],
        files=tuple(_file(file) for file in document["files"]),
    )


def _file(given: dict[str, Any]) -> ModelFile:
    parts = given.get("parts")
    return ModelFile(
        path=given["path"],
        bytes=given["bytes"],
        sha256=given["sha256"],
        parts=parts and Checksums(parts["bytes"], tuple(parts["blake3"])),
    )


def _refuse(faults: Sequence[str]) -> NoReturn:
    raise ModelLoadFailed(f"{NAME}: " + "; ".join(faults))


def _faults(document: dict[str, Json]) -> Iterator[str]:
    if document.get("spillway") != FORMAT or document["spillway"] is True:
        yield f"spillway: expected {FORMAT}, the version of this format"
    for name in ("modelVersion", "runtime"):
        value = document.get(name)
        if not isinstance(value, str) or not value.strip():
            yield f"{name}: expected a non-empty string, got {_named(value)}"
    options = document.get("options", {})
    if not isinstance(options, dict):
        yield f"options: expected an object, got {kind_of(options)}"
    if "probe" not in document:
        yield "probe: missing; give a payload that the model must answer before it is ready"
    yield from (f"{name}: unknown field" for name in document if name not in _FIELDS)
    files = document.get("files")
    if isinstance(files, list):
        yield from _list_faults(files)
    else:
        yield f"files: expected an array, got {_named(files)}"


def _list_faults(files: list[Json]) -> Iterator[str]:
    """What is wrong with each file, then with all of them together."""
    for position, file in enumerate(files):
        if isinstance(file, dict):
            yield from (f"files[{position}].{fault}" for fault in _file_faults(file))
        else:
            yield f"files[{position}]: expected an object, got {kind_of(file)}"
    paths = [file["path"] for file in files if isinstance(file, dict) and _is_text(file, "path")]
    for path, count in Counter(paths).items():
        if count > 1:
            yield f"files: {path!r} stands there {count} times"
    folders = {path[:at] for path in paths for at, char in enumerate(path) if char == "/"}
    for path in sorted(folders.intersection(paths)):
        yield f"files: {path!r} is both a file and a folder"


def _file_faults(file: dict[str, Json]) -> Iterator[str]:
    if _is_text(file, "path"):
        yield from (f"path: {file['path']!r} {fault}" for fault in _path_faults(file["path"]))
    else:
        yield f"path: expected a string, got {_named(file.get('path'))}"
    if not _is_whole(file.get("bytes"), least=0):
        yield f"bytes: expected a whole number, 0 or more, got {_named(file.get('bytes'))}"
    if not _is_hash(file.get("sha256")):
        yield f"sha256: {_IN_HEX}"
    if isinstance(parts := file.get("parts"), dict):
        yield from (f"parts.{fault}" for fault in _part_faults(parts, file.get("bytes")))
    elif parts is not None:
        yield f"parts: expected an object, got {kind_of(parts)}"
    yield from (f"{name}: unknown field" for name in file if name not in _FILE_FIELDS)


def _part_faults(parts: dict[str, Json], size: Json) -> Iterator[str]:
    yield from (f"{name}: unknown field" for name in parts if name not in _PART_FIELDS)
    each, hashes = parts.get("bytes"), parts.get("blake3")
    if not _is_whole(each, least=1):
        yield f"bytes: expected a whole number, 1 or more, got {_named(each)}"
    if not isinstance(hashes, list):
        yield f"blake3: expected an array, got {_named(hashes)}"
        return
    yield from (f"blake3[{at}]: {_IN_HEX}" for at, text in enumerate(hashes) if not _is_hash(text))
    if _is_whole(each, least=1) and _is_whole(size, least=0) and len(hashes) != -(-size // each):
        yield f"blake3: expected {-(-size // each)} of them, got {len(hashes)}"


def _path_faults(path: str) -> Iterator[str]:
    """A path may only name a place below the folder that the model is put in."""
    if path.startswith("/"):
        yield "is absolute"
    elif any(segment in ("", ".", "..") for segment in path.split("/")):
        yield "has a segment that is empty, '.' or '..'"
    if "\\" in path or not path.isprintable():
        yield "has a backslash or a control character"
    if len(path.encode()) > _MAX_PATH_BYTES:
        yield f"is longer than {_MAX_PATH_BYTES} bytes"
    if path == NAME:
        yield "is the manifest itself"
    if pickles.is_pickle_name(path):
        yield f"looks like a pickle. {pickles.REFUSED}"


def _is_whole(value: Json, *, least: int) -> TypeIs[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_hash(value: Json) -> bool:
    return isinstance(value, str) and _256_BITS.fullmatch(value) is not None


def _is_text(file: dict[str, Json], name: str) -> bool:
    return isinstance(file.get(name), str)


def _named(value: Json) -> str:
    """What stands there instead; an absent field reads as null, as it does in most languages."""
    return "nothing" if value is None else kind_of(value)
