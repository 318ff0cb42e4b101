"""A model goes to the cache where there is one, else into memory where it fits, else to disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.worker.model.models import WEIGHTS, model
from worker.model import placing
from worker.model.cache import Cache
from worker.model.manifest import parse
from worker.model.memory import Memory

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = parse(model(weights=WEIGHTS, more=b"x").files["manifest.json"])
SIZE = len(WEIGHTS) + 1
ENOUGH = -(-SIZE * 5 // 2)


@pytest.mark.parametrize(("room", "chosen"), [(ENOUGH, Memory), (ENOUGH - 1, Cache)])
def test_it_fits_where_it_takes_two_fifths_of_the_free_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, room: int, chosen: type
) -> None:
    monkeypatch.setattr(placing, "room_bytes", lambda: room)

    assert isinstance(placing.choose(MANIFEST, tmp_path, None), chosen)


def test_a_cache_is_taken_however_much_memory_there_is(tmp_path: Path) -> None:
    assert isinstance(placing.choose(MANIFEST, tmp_path, tmp_path / "cache"), Cache)
    assert (tmp_path / "cache").is_dir()
