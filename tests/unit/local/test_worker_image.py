from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import BuildError, ImageNotFound

from local import worker_image
from local.deployment import fingerprint
from local.failure import StartFailed

if TYPE_CHECKING:
    from pathlib import Path


class Images:
    """An engine's images: one under the worker's tag, or none; a build says `lines` and fails."""

    def __init__(self, labels: dict[str, str] | None = None, *lines: dict[str, str]) -> None:
        self.images = self
        self._labels = labels
        self._lines = iter(lines)

    def get(self, name: str) -> Any:
        if self._labels is None:
            raise ImageNotFound("none")
        return SimpleNamespace(id="before", labels=self._labels, tags=[name])

    def build(self, **_options: Any) -> Any:
        raise BuildError("exit code 1", self._lines)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("worker", "core/spillway"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / ".dockerignore").write_text("*\n")
    (tmp_path / "worker" / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path


def test_an_image_is_built_once_for_what_it_is_made_of(root: Path) -> None:
    labels = {worker_image.INPUTS_LABEL: fingerprint(root, worker_image.INPUTS)}

    assert worker_image.is_built(Images(labels), root)  # type: ignore[arg-type]
    (root / "core" / "spillway" / "job.py").write_text("")
    assert not worker_image.is_built(Images(labels), root)  # type: ignore[arg-type]


def test_an_image_of_another_make_is_built_anew(root: Path) -> None:
    assert not worker_image.is_built(Images({}), root)  # type: ignore[arg-type]
    assert not worker_image.is_built(Images(None), root)  # type: ignore[arg-type]


def test_a_build_that_fails_shows_its_last_lines(root: Path) -> None:
    log = root / "build.log"
    lines = ({"stream": "Step 1\n"}, {"error": "no such file"}, {"stream": "Step 2\n"})
    images = Images(None, *lines)

    with pytest.raises(StartFailed, match="can't be built: exit code 1") as failure:
        worker_image.build(images, root, log)  # type: ignore[arg-type]

    assert failure.value.excerpt == "Step 1\nStep 2"
    assert (failure.value.log, log.read_text()) == (log, "Step 1\nStep 2\n")
