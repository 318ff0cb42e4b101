"""Tensors as numpy arrays over the mapped file: nothing is copied, and nobody can write to them.

A `python` model may use both, `from worker.runtimes import tensors`::

    self.weights = tensors.mapped(path / "model.safetensors")   # by name
    self.table = tensors.array(path / "table.npy")
"""

from __future__ import annotations

import json
import math
import mmap
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open

from spillway.errors import ModelLoadFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

type Tensors = Mapping[str, NDArray[Any]]

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def mapped(path: Path) -> Tensors:
    """Return a .safetensors file's tensors by name, read-only.

    Raises:
        ModelLoadFailed: it is no valid safetensors file, or holds a type that numpy lacks.

    """
    try:
        with safe_open(path, framework="numpy"):
            pass  # the library checks the header: sizes, offsets, no gaps, no overlaps
    except (OSError, SafetensorError) as error:
        raise ModelLoadFailed(f"{path.name}: {error}") from error
    with path.open("rb") as stream:
        content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    return {name: _view(content, start, name, entry) for name, entry in header.items()}


def array(path: Path) -> NDArray[Any]:
    """Return a .npy file's array, read-only.

    Raises:
        ModelLoadFailed: it is no such file, or one of Python's objects, which are a pickle.

    """
    try:
        found = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        raise ModelLoadFailed(f"{path.name}: {error}") from error
    return found


def _view(content: mmap.mmap, start: int, name: str, entry: dict[str, Any]) -> NDArray[Any]:
    dtype = _DTYPES.get(entry["dtype"])
    if dtype is None:
        raise ModelLoadFailed(f"tensor {name}: numpy has no {entry['dtype']}; save it as F32")
    shape = entry["shape"]
    offset = start + entry["data_offsets"][0]
    return np.frombuffer(content, dtype, math.prod(shape), offset).reshape(shape)
