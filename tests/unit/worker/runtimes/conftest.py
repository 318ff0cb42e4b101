"""The demo model, built once where it is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.model import demo
from worker.runtimes import embedding

if TYPE_CHECKING:
    from worker.runtimes.embedding import EmbeddingModel

REPOSITORY = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def demo_folder() -> Path:
    folder = REPOSITORY / ".model" / "default"
    demo.build(folder)
    return folder


@pytest.fixture(scope="session")
def model(demo_folder: Path) -> EmbeddingModel:
    return embedding.load(demo_folder, {})
