"""A pickle is refused by what it holds, whatever it is called."""

from __future__ import annotations

import io
import pickle
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save

from spillway.errors import ModelLoadFailed
from worker.model import pickles

if TYPE_CHECKING:
    from pathlib import Path


def archive(member: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as zipped:
        zipped.writestr(member, b"\x80\x02.")
    return stream.getvalue()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_by_another_name_is_refused(tmp_path: Path, protocol: int) -> None:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(pickle.dumps({"a": [1, 2, 3]}, protocol=protocol))

    with pytest.raises(ModelLoadFailed, match=r"'weights' holds a pickle. Pickle is refused"):
        pickles.refuse(file, name="weights")


def test_the_archive_that_torch_saves_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(archive("archive/data.pkl"))

    with pytest.raises(ModelLoadFailed, match="archive that holds a pickle"):
        pickles.refuse(file, name="weights")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80", b"text", b"PK\x03\x04 no archive", archive("vocabulary.txt")],
    ids=["empty", "one byte", "text", "no archive", "harmless archive"],
)
def test_other_files_are_let_through(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)

    pickles.refuse(file, name="file")


def test_safetensors_whose_header_length_reads_like_a_pickles_first_bytes_are_let_through(
    tmp_path: Path,
) -> None:
    content = b""
    padding = 0
    while content[:2] != b"\x80\x02":  # a header of 640 bytes
        padding += 8
        content = save({"a": np.zeros(1, np.float32)}, {"padding": "x" * padding})
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)

    pickles.refuse(file, name="model.safetensors")
