"""A file in memory has a path, and stays as it was when it was checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from worker.model import memory
from worker.model.manifest import ModelFile
from worker.model.memory import Memory
from worker.runtimes import tensors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.model.memory import MemoryPlace

CONTENT = save({"a": np.arange(3.0)})


@pytest.fixture
def place() -> Iterator[MemoryPlace]:
    claimed = Memory().claim(ModelFile("f", len(CONTENT), "ab" * 32))
    os.pwrite(claimed.descriptor, CONTENT, 0)
    claimed.keep()
    yield claimed
    claimed.close()


def test_it_is_opened_by_its_path(place: MemoryPlace) -> None:
    assert place.path.read_bytes() == CONTENT


def test_a_process_that_this_one_starts_opens_it_too(place: MemoryPlace) -> None:
    code = "import pathlib, sys; print(pathlib.Path(sys.argv[1]).read_bytes().hex())"

    read = subprocess.check_output([sys.executable, "-c", code, str(place.path)], text=True)

    assert bytes.fromhex(read) == CONTENT


def test_it_can_be_mapped(place: MemoryPlace, tmp_path: Path) -> None:
    link = tmp_path / "model.safetensors"
    link.symlink_to(place.path)

    with safe_open(link, framework="numpy") as opened:
        assert opened.keys() == ["a"]
    np.testing.assert_array_equal(tensors.mapped(link)["a"], np.arange(3.0))


def test_nobody_can_change_it_any_more(place: MemoryPlace) -> None:
    with pytest.raises(PermissionError):
        os.pwrite(place.descriptor, b"x", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(place.descriptor, 1)


def test_what_is_mapped_outlives_its_place() -> None:
    claimed = Memory().claim(ModelFile("f", len(CONTENT), "ab" * 32))
    os.pwrite(claimed.descriptor, CONTENT, 0)
    claimed.keep()
    mapped = tensors.mapped(claimed.path)

    claimed.close()

    np.testing.assert_array_equal(mapped["a"], np.arange(3.0))


def test_there_is_no_more_room_than_the_kernel_says() -> None:
    fields = Path("/proc/meminfo").read_text().split()
    total = int(fields[fields.index("MemTotal:") + 1]) * 1024

    assert 0 < memory.room_bytes() <= total


@pytest.mark.parametrize(
    ("limit", "used", "left"), [("1000\n", "400\n", 600), ("max\n", "400\n", None)]
)
def test_a_cgroups_limit_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, used: str, left: int | None
) -> None:
    (tmp_path / "limit").write_text(limit)
    (tmp_path / "used").write_text(used)
    files = ((str(tmp_path / "limit"), str(tmp_path / "used")), ("/not/there", "/not/there"))
    monkeypatch.setattr(memory, "_CGROUPS", files)

    room = memory.room_bytes()

    assert room == left if left is not None else room > 1000


def test_without_files_in_memory_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")

    assert memory.room_bytes() == 0
