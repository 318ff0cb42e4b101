"""A synthetic model of any size, the same for the same seed: for load tests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools.model import folder as folders

if TYPE_CHECKING:
    from collections.abc import Iterator

DIMENSIONS = 1024
_ROW_BYTES = DIMENSIONS * 4
_CHUNK_ROWS = 8192
_CLASS = Path(__file__).with_name("lookup.py")


def build(folder: Path, *, size_bytes: int, seed: int) -> None:
    """Make a folder with one safetensors file of about `size_bytes` and the class that uses it."""
    rows = max(1, size_bytes // _ROW_BYTES)
    with folders.replacing(folder) as building:
        _write(building / "model.safetensors", rows, seed)
        shutil.copyfile(_CLASS, building / _CLASS.name)
        folders.describe(
            building,
            model_version=f"synthetic-{size_bytes}-{seed}",
            runtime="python",
            options={"entrypoint": "lookup:Lookup"},
            probe={"row": 0},
        )


def _write(path: Path, rows: int, seed: int) -> None:
    """Write the file piece by piece: 1 GiB takes 32 MiB of memory."""
    entry = {"dtype": "F32", "shape": [rows, DIMENSIONS], "data_offsets": [0, rows * _ROW_BYTES]}
    header = json.dumps({"table": entry}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    with path.open("wb") as stream:
        stream.write(len(header).to_bytes(8, "little"))
        stream.write(header)
        for chunk in _chunks(rows, seed):
            stream.write(chunk.data)


def _chunks(rows: int, seed: int) -> Iterator[np.ndarray]:
    """Uniform numbers from -0.5 to 0.5: no NaN, and nothing that compresses."""
    rng = np.random.default_rng(seed)
    for start in range(0, rows, _CHUNK_ROWS):
        shape = (min(_CHUNK_ROWS, rows - start), DIMENSIONS)
        yield rng.random(shape, dtype=np.float32) - np.float32(0.5)
