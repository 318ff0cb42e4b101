"""A folder is described only where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.model.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "nope"

    assert main(["describe", str(missing)]) == 1

    assert f"there is no folder {missing}" in capsys.readouterr().err
    assert not missing.exists()


def test_an_empty_path_is_not_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit):
        main(["describe", ""])

    assert "expected a folder's path" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
