from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from local import pidfile
from local.deployment import fingerprint
from local.failure import StartFailed
from local.workspace import SAVED, Workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / ".local")
    workspace.prepare(keep=False)
    return workspace


def leave_state(workspace: Workspace, *, saved: bool) -> None:
    (workspace.objects / "object").write_text("x")
    workspace.key.write_text("demo.key")
    if saved:
        (workspace.state / SAVED).write_text("{}")


def test_a_start_forgets_the_last_run(workspace: Workspace) -> None:
    leave_state(workspace, saved=True)

    workspace.prepare(keep=False)

    assert not list(workspace.objects.iterdir())
    assert not workspace.key.exists()


def test_a_start_that_keeps_goes_on_from_what_was_saved(workspace: Workspace) -> None:
    leave_state(workspace, saved=True)

    workspace.prepare(keep=True)

    assert (workspace.objects / "object").is_file()
    assert workspace.key.is_file()


def test_objects_without_the_state_they_belong_to_are_forgotten(workspace: Workspace) -> None:
    leave_state(workspace, saved=False)

    workspace.prepare(keep=True)

    assert not list(workspace.objects.iterdir())


def test_the_endpoint_is_for_its_owners_eyes(workspace: Workspace) -> None:
    workspace.announce({"url": "http://127.0.0.1:4566/v1", "apiKey": "demo.x"})

    assert json.loads(workspace.endpoint.read_text())["apiKey"] == "demo.x"
    assert stat.S_IMODE(workspace.endpoint.stat().st_mode) == 0o600


def test_the_fingerprint_changes_with_a_file_and_with_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "api" / "__pycache__").mkdir(parents=True)
    source = tmp_path / "api" / "a.py"
    source.write_text("1")
    before = fingerprint(tmp_path, ("api",))

    (tmp_path / "api" / "__pycache__" / "a.pyc").write_text("x")
    (tmp_path / "other").write_text("x")
    same = fingerprint(tmp_path, ("api",))
    source.write_text("2")

    assert same == before
    assert fingerprint(tmp_path, ("api",)) != before


def test_a_second_run_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    path = tmp_path / "pid"

    with pidfile.claim(path) as first:
        pid = int(path.read_text())
        with pytest.raises(StartFailed, match=f"it runs already \\(process {pid}\\)"):
            pidfile.claim(path)
        assert pidfile.holder(path) == pid
    assert first.closed
    assert pidfile.holder(path) is None


def test_stopping_what_does_not_run_is_fine(tmp_path: Path) -> None:
    assert pidfile.stop(tmp_path / "pid") is False
