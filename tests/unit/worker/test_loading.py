"""A model is fetched, loaded and asked before its worker is ready; nothing less is ready."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from spillway.errors import ModelLoadFailed
from tests.unit.worker.loop.bench import SETTINGS
from tools.model import folder as folders
from worker.loading import load, version_in
from worker.model.manifest import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from worker.settings import WorkerSettings

SHOUT = """
class Shout:
    def predict(self, payloads):
        return [payload["text"].upper() for payload in payloads]
"""


@pytest.fixture
def described(tmp_path: Path) -> Iterator[Path]:
    """A model's folder, as it would lie in S3."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "shouting.py").write_text(SHOUT)
    describe(folder, probe={"text": "ready?"})
    with pytest.MonkeyPatch.context() as patch:  # a model that fails ends its process
        patch.setattr(sys, "path", list(sys.path))
        yield folder
    sys.modules.pop("shouting", None)


def describe(folder: Path, *, probe: Any) -> None:
    entrypoint = {"entrypoint": "shouting:Shout"}
    folders.describe(folder, model_version="7", runtime="python", options=entrypoint, probe=probe)


def settings(described: Path, tmp_path: Path, **changes: Any) -> WorkerSettings:
    there = {"model_uri": str(described), "model_dir": str(tmp_path / "model")}
    return replace(SETTINGS, **there | changes)


def test_a_model_that_answers_its_probe_is_ready(described: Path, tmp_path: Path) -> None:
    loaded = load(settings(described, tmp_path))

    assert loaded.manifest.model_version == "7"
    assert loaded.model.predict([{"text": "hi"}]) == ["HI"]
    assert list(loaded.timings_ms) == ["fetch", "verify", "load", "probe"]
    loaded.model.close()
    loaded.fetched.close()


def test_a_model_that_does_not_answer_its_probe_is_not_ready(
    described: Path, tmp_path: Path
) -> None:
    describe(described, probe={"no": "text"})

    with pytest.raises(ModelLoadFailed, match="does not answer its probe: KeyError"):
        load(settings(described, tmp_path))


def test_a_model_whose_files_are_not_what_it_says_is_not_ready(
    described: Path, tmp_path: Path
) -> None:
    (described / "shouting.py").write_text(SHOUT.replace("upper", "lower"))

    with pytest.raises(ModelLoadFailed, match=r"'shouting\.py' is corrupt"):
        load(settings(described, tmp_path))


def test_a_version_in_its_folders_name_must_be_the_manifests(
    described: Path, tmp_path: Path
) -> None:
    digest = parse((described / "manifest.json").read_bytes()).digest[:16]
    named = described.rename(tmp_path / digest)
    loaded = load(settings(named, tmp_path))
    loaded.model.close()
    loaded.fetched.close()
    describe(named, probe={"text": "another"})

    with pytest.raises(ModelLoadFailed, match=f"its folder is named {digest}"):
        load(settings(named, tmp_path))


def test_a_second_task_loads_from_the_cache(described: Path, tmp_path: Path) -> None:
    cached = settings(described, tmp_path, model_cache=str(tmp_path / "cache"))
    first = load(cached)
    first.model.close()
    (described / "shouting.py").unlink()

    second = load(cached)

    assert first.fetched.bytes_fetched == len(SHOUT)
    assert second.fetched.bytes_fetched == 0
    second.model.close()
    for loaded in (first, second):
        loaded.fetched.close()


@pytest.mark.parametrize(
    ("uri", "version"),
    [
        ("s3://bucket/default/0123456789abcdef/", "0123456789abcdef"),
        ("file:///models/0123456789abcdef", "0123456789abcdef"),
        ("s3://bucket/default/", ""),
        ("s3://bucket/0123456789abcdef/more/", ""),
        ("s3://bucket/0123456789ABCDEF/", ""),
        ("s3://bucket/0123456789abcdef0/", ""),
    ],
)
def test_a_folder_is_named_after_a_version_or_it_is_not(uri: str, version: str) -> None:
    assert version_in(uri) == version
