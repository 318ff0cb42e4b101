from __future__ import annotations

from pathlib import Path

import pytest

from local import pidfile
from local.__main__ import stop
from local.console import Console
from local.failure import StartFailed
from local.sam_local import FUNCTIONS, SamLocal, function_of, is_signed, read
from local.settings import Settings
from local.workspace import Workspace

EVENTS = Path(__file__).parents[3] / "events"


def test_the_folder_names_the_function() -> None:
    assert {path.name for path in EVENTS.iterdir()} == set(FUNCTIONS)
    assert function_of(EVENTS / "enqueue" / "minimal.json") == "EnqueueFunction"

    with pytest.raises(StartFailed, match="there are events/enqueue/, events/api/"):
        function_of(Path("mine.json"))


@pytest.mark.parametrize("text", ["{", "[1]", None])
def test_what_is_no_event_is_told(tmp_path: Path, text: str | None) -> None:
    event = tmp_path / "event.json"
    if text is not None:
        event.write_text(text)

    with pytest.raises(StartFailed, match=r"event\.json is no event"):
        read(event)


def test_a_signed_event_is_one_with_a_principal() -> None:
    assert is_signed(read(EVENTS / "enqueue" / "iam-caller.json"))
    assert not is_signed(read(EVENTS / "enqueue" / "minimal.json"))
    assert not is_signed(read(EVENTS / "reconcile" / "scheduled.json"))


def test_without_a_running_system_there_is_nothing_to_stand_behind(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="start the system with `make run` first"):
        SamLocal.behind(Settings(tmp_path), Workspace(tmp_path), Console())


def test_what_a_killed_run_announced_counts_for_nothing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.announce({"endpointUrl": "http://127.0.0.1:4600", "apiKey": "demo.secret"})

    with pytest.raises(StartFailed, match="start the system with `make run` first"):
        SamLocal.behind(Settings(tmp_path), workspace, Console())

    assert stop(workspace) == "nothing runs"
    assert not workspace.endpoint.exists()


def test_the_running_systems_own_port_is_taken(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.announce({"endpointUrl": "http://127.0.0.1:4600", "apiKey": "demo.secret"})

    with pidfile.claim(workspace.pid):
        found = SamLocal.behind(Settings(tmp_path, sam="/bin/true"), workspace, Console())

    assert found._settings.endpoint_url == "http://127.0.0.1:4600"
