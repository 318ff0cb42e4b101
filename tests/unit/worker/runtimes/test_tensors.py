"""Safetensors are read in place, without a copy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from spillway.errors import ModelLoadFailed
from worker.runtimes import tensors

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "dtype", ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]
)
def test_every_type_that_numpy_has_comes_back_as_it_was(tmp_path: Path, dtype: str) -> None:
    written: dict[str, Any] = {
        "a": np.arange(6).astype(dtype).reshape(2, 3),
        "scalar": np.array(1, dtype),
        "empty": np.zeros((0, 3), dtype),
    }
    save_file(written, tmp_path / "w.safetensors", {"format": "np"})

    read = tensors.mapped(tmp_path / "w.safetensors")

    assert read.keys() == written.keys()
    for name, tensor in written.items():
        np.testing.assert_array_equal(read[name], tensor)
        assert read[name].dtype == np.dtype(dtype)


def test_a_tensor_is_a_view_that_nobody_can_write_to(tmp_path: Path) -> None:
    save_file({"a": np.zeros(3, np.float32)}, tmp_path / "w.safetensors")

    tensor = tensors.mapped(tmp_path / "w.safetensors")["a"]

    assert not tensor.flags.owndata
    assert not tensor.flags.writeable


@pytest.mark.parametrize("content", [b"", b"12345678", b"\xff" * 100])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.safetensors").write_bytes(content)

    with pytest.raises(ModelLoadFailed, match=r"^w\.safetensors: "):
        tensors.mapped(tmp_path / "w.safetensors")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadFailed, match=r"w\.safetensors"):
        tensors.mapped(tmp_path / "w.safetensors")


def test_a_type_that_numpy_lacks_is_named(tmp_path: Path) -> None:
    entry = {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}
    header = json.dumps({"a": entry}).encode()
    content = len(header).to_bytes(8, "little") + header + b"\0" * 4
    (tmp_path / "w.safetensors").write_bytes(content)

    with pytest.raises(ModelLoadFailed, match="tensor a: numpy has no BF16"):
        tensors.mapped(tmp_path / "w.safetensors")


def test_a_numpy_file_is_mapped_and_nobody_can_write_to_it(tmp_path: Path) -> None:
    np.save(tmp_path / "table.npy", np.arange(6).reshape(2, 3))

    table = tensors.array(tmp_path / "table.npy")

    np.testing.assert_array_equal(table, [[0, 1, 2], [3, 4, 5]])
    assert isinstance(table, np.memmap)
    assert not table.flags.writeable


def test_a_numpy_file_of_objects_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "table.npy", np.array([{}], object))

    with pytest.raises(ModelLoadFailed, match=r"table\.npy: .*Python objects"):
        tensors.array(tmp_path / "table.npy")


def test_a_file_that_is_no_numpy_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.npy").write_bytes(b"x" * 100)

    with pytest.raises(ModelLoadFailed, match=r"^table\.npy: "):
        tensors.array(tmp_path / "table.npy")
