"""A synthetic model of any size, the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file

from spillway.errors import InvalidPayload
from tests.unit.worker.runtimes import asking
from tools.model import __main__ as command
from worker import runtimes
from worker.model.fetch import fetch
from worker.model.source import FolderSource

if TYPE_CHECKING:
    from pathlib import Path


def build(folder: Path, *, gib: float = 0.02, seed: int = 7) -> None:
    arguments = ["synthetic", "--gib", str(gib), "--seed", str(seed), "--out", str(folder)]
    assert command.main(arguments) == 0


def test_it_has_the_size_asked_for(tmp_path: Path) -> None:
    build(tmp_path / "model")

    size = (tmp_path / "model" / "model.safetensors").stat().st_size

    assert size == pytest.approx(0.02 * (1 << 30), rel=0.001)


def test_the_same_seed_gives_the_same_model_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("same", 7), ("other", 8)):
        build(tmp_path / name, gib=0.001, seed=seed)

    one, same, other = (
        (tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "same", "other")
    )

    assert one == same
    assert one != other


def test_a_worker_loads_it_and_it_answers(tmp_path: Path) -> None:
    build(tmp_path / "model")
    fetched = fetch(FolderSource(tmp_path / "model"), tmp_path)
    model = runtimes.find("python").load(fetched.folder, fetched.manifest.options)

    payloads = [fetched.manifest.probe, {"row": -1}, {"row": 5000}]
    results = asking.ask(model, payloads)
    model.close()

    probe, bad, last = results
    table = load_file(tmp_path / "model" / "model.safetensors")["table"]
    fetched.close()
    assert probe == {"row": 0, "nearest": 0, "score": pytest.approx(float(table[0] @ table[0]))}
    assert isinstance(bad, InvalidPayload)
    assert last["nearest"] == int(np.argmax(table[:4096] @ table[5000]))
