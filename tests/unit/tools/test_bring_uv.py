"""uv comes by venv, else by pip alone, else one line says what is missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools import bring_uv

if TYPE_CHECKING:
    from collections.abc import Sequence

PIP = """
import pathlib, sys
target = pathlib.Path(sys.argv[sys.argv.index("--target") + 1])
(target / "bin").mkdir(parents=True, exist_ok=True)
uv = target / "bin" / "uv"
uv.write_text("#!/bin/sh\\necho uv 0.9 $*")
uv.chmod(0o755)
"""
NO_PIP = "import sys; sys.exit(3)"


def _without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in missing else find(name)
    )


def _with_pip(monkeypatch: pytest.MonkeyPatch, folder: Path, source: str) -> None:
    """Have this Python, and those that it starts, find a pip that is `source`."""
    package = folder / "site" / "pip"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(source)
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_where_there_is_no_venv_pip_brings_it(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Given a Python with pip, but without what a venv needs
    _without(monkeypatch, missing)
    _with_pip(monkeypatch, tmp_path, PIP)

    # When uv is brought, and once more over what lies there
    statuses = [bring_uv.main(tmp_path / ".uv") for _ in range(2)]

    # Then it runs
    assert statuses == [0, 0]
    uv = tmp_path / ".uv" / "bin" / "uv"
    ran = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == "uv 0.9 --version\n"


def test_where_there_is_venv_it_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[Sequence[Any]] = []
    monkeypatch.setattr(subprocess, "run", lambda words, **_: ran.append(words))

    assert bring_uv.main(tmp_path) == 0

    made, installed = ran
    assert list(made) == [sys.executable, "-m", "venv", tmp_path]
    assert installed[0] == tmp_path / "bin" / "python"
    assert installed[-1] == bring_uv.UV


def test_where_there_is_neither_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _without(monkeypatch, "venv", "ensurepip", "pip")

    assert bring_uv.main(tmp_path) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bring_uv: this Python has neither venv nor pip")


def test_where_pip_fails_one_line_says_with_what(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _without(monkeypatch, "venv")
    _with_pip(monkeypatch, tmp_path, NO_PIP)

    assert bring_uv.main(tmp_path) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bring_uv: failed with status 3: ")


def test_it_asks_for_no_newer_python_than_machines_have() -> None:
    source = Path(bring_uv.__file__).read_text(encoding="utf-8")

    compile(source, "bring_uv.py", "exec", dont_inherit=True)
    assert "match " not in source
