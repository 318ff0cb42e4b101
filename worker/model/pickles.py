"""Pickle is refused: by name before a byte is fetched, by content before a file is put in place."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from spillway.errors import ModelLoadFailed

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = (
    "Pickle is refused: reading one runs whatever code it holds; "
    "save the weights as .safetensors instead"
)

_SUFFIXES = frozenset(
    [
        ".pkl",
        ".pickle",
        ".pck",
        ".pcl",
        ".p",
        ".pt",
        ".pth",
        ".pt2",
        ".bin",
        ".ckpt",
        ".joblib",
        ".dill",
        ".cloudpickle",
        ".sav",
    ]
)
_COMPRESSED = frozenset([".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4", ".zip"])
_PROTOCOLS = frozenset(bytes((0x80, version)) for version in (2, 3, 4, 5))
_ZIP = b"PK\x03\x04"


def is_pickle_name(path: str) -> bool:
    """Whether a path ends as pickles do, compressed or not."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(path).suffixes]
    while suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in _SUFFIXES


def refuse(file: Path, *, name: str) -> None:
    """Raise `ModelLoadFailed` if the file's content is a pickle, bare or as torch.save zips it."""
    with file.open("rb") as stream:
        head = stream.read(16)
    if head[:2] in _PROTOCOLS and not _is_safetensors(head, file.stat().st_size):
        raise ModelLoadFailed(f"{name!r} holds a pickle. {REFUSED}")
    if head.startswith(_ZIP) and _has_pickle_member(file):
        raise ModelLoadFailed(f"{name!r} is an archive that holds a pickle. {REFUSED}")


def _is_safetensors(head: bytes, size: int) -> bool:
    """A safetensors header of 640 bytes starts 80 02 too: its length, then its JSON."""
    header_bytes = int.from_bytes(head[:8], "little")
    return len(head) > 8 and head[8:9] == b"{" and 8 + header_bytes <= size


def _has_pickle_member(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return any(is_pickle_name(member) for member in archive.namelist())
    except zipfile.BadZipFile:
        return False
