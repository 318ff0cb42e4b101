"""The demo's model is one that a worker takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.burst import model
from worker.model import manifest as manifests
from worker.runtimes import python

if TYPE_CHECKING:
    from pathlib import Path


def test_a_worker_loads_it_and_it_keeps_each_batch_for_its_seconds(tmp_path: Path) -> None:
    folder = model.build(tmp_path / "built", 0.05)
    manifest = manifests.parse((folder / manifests.NAME).read_bytes())

    loaded = python.load(folder, manifest.options)
    began_s = time.monotonic()
    answers = loaded.predict([3, 4])
    took_s = time.monotonic() - began_s
    loaded.close()

    assert answers == [3, 4]
    assert took_s >= 0.05
    assert [file.path for file in manifest.files] == ["waiting.py"]


def test_built_again_it_takes_as_long_as_it_is_told_then(tmp_path: Path) -> None:
    model.build(tmp_path / "built", 1)
    folder = model.build(tmp_path / "built", 2)

    manifest = manifests.parse((folder / manifests.NAME).read_bytes())

    assert manifest.options["seconds"] == 2
    assert manifest.model_version == "waiting-2s"
