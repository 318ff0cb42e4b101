from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.console import Console
from local.environment import scrubbed
from local.failure import StartFailed
from local.runner import Runner
from local.settings import Settings
from local.workspace import Workspace
from tests.template.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_said_is_one_worker_on_the_usual_port(tmp_path: Path) -> None:
    settings = Settings.of({}, tmp_path)

    assert (settings.port, settings.tasks, settings.keep) == (4566, 1, False)
    assert not settings.containers
    assert settings.url == "http://127.0.0.1:4566/v1"


def test_what_make_was_told_holds(tmp_path: Path) -> None:
    told = {"PORT": "5000", "TASKS": "3", "KEEP": "1", "CONTAINERS": "1"}
    settings = Settings.of(told, tmp_path)

    assert (settings.port, settings.tasks) == (5000, 3)
    assert settings.keep
    assert settings.containers


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "80"), ("PORT", "x"), ("PORT", "-1"), ("TASKS", "33"), ("TASKS", "1.5")],
)
def test_a_wrong_number_is_told_with_its_limits(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(StartFailed, match=f"{name}={value} is not a number from"):
        Settings.of({name: value}, tmp_path)


def test_workers_and_functions_may_go_through_something(tmp_path: Path) -> None:
    straight = Settings.of({}, tmp_path)
    hindered = Settings.of({"THROUGH": "http://127.0.0.1:9999"}, tmp_path)

    assert straight.system_endpoint_url == straight.endpoint_url
    assert hindered.system_endpoint_url == "http://127.0.0.1:9999"
    assert hindered.endpoint_url == straight.endpoint_url
    with pytest.raises(StartFailed, match="not workers in containers"):
        Settings.of({"THROUGH": "http://127.0.0.1:9999", "CONTAINERS": "1"}, tmp_path)


def test_sam_is_the_one_that_is_named(tmp_path: Path) -> None:
    sam = tmp_path / "sam"
    sam.write_text("#!/bin/sh\n")
    sam.chmod(0o700)

    assert Settings(tmp_path, sam=str(sam)).sam_command() == str(sam)


def test_a_missing_sam_is_told_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="run `make setup`"):
        Settings(tmp_path, sam="/nowhere/sam").sam_command()


def test_nothing_of_the_users_aws_is_left() -> None:
    theirs = {
        "AWS_PROFILE": "prod",
        "AWS_ENDPOINT_URL": "http://elsewhere",
        "AWS_CA_BUNDLE": "x",
        "PYTHONPATH": "core:.",
        "SAM_CLI_TELEMETRY": "1",
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy",
        "NO_PROXY": "internal",
    }

    assert scrubbed(theirs) == {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy",
        "NO_PROXY": "internal,127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def test_tasks_is_how_many_never_go(tmp_path: Path) -> None:
    assert Settings.of({}, tmp_path).template_parameters() == {"ModelMinTasks": "1"}

    many = Settings.of({"TASKS": "12"}, tmp_path).template_parameters()
    assert many == {"ModelMinTasks": "12", "ModelMaxTasks": "12"}


def test_the_templates_own_parameters_come_last(tmp_path: Path) -> None:
    settings = Settings.of({"TASKS": "0", "PARAMETERS": "ModelMinTasks=2 X='a b'"}, tmp_path)

    assert settings.template_parameters() == {"ModelMinTasks": "2", "X": "a b"}


@pytest.mark.parametrize("text", ["ModelMinTasks", "=2", "A=1 B", '"A=1'])
def test_what_is_no_name_and_value_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(StartFailed, match=r"^PARAMETERS: "):
        Settings.of({"PARAMETERS": text}, tmp_path)


def test_a_parameter_that_the_template_lacks_is_told() -> None:
    """Sam passes over it, and the user believes it set."""
    said = "ModelTargetLatencySecond=10 TargetLatencySeconds=10 ModelMinTasks=x"

    with pytest.raises(StartFailed) as failure:
        Settings.of({"PARAMETERS": said}, ROOT).check_parameters()

    assert str(failure.value) == (
        "PARAMETERS: template.yaml has no parameter ModelTargetLatencySecond; "
        "template.yaml has no parameter TargetLatencySeconds; ModelMinTasks=x must be a number"
    )


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"PARAMETERS": "ModelMinTasks=5 ModelMaxTasks=2"}, "5 is above ModelMaxTasks=2"),
        (
            {"TASKS": "3", "PARAMETERS": "ModelMaxTasks=2"},
            "3 (TASKS) is above ModelMaxTasks=2",
        ),
        ({"PARAMETERS": "ModelMinTasks=11"}, "11 is above ModelMaxTasks=10 (the default)"),
    ],
)
def test_more_tasks_at_least_than_at_most_are_told(told: dict[str, str], why: str) -> None:
    with pytest.raises(StartFailed) as failure:
        Settings.of(told, ROOT).check_parameters()

    assert str(failure.value) == f"PARAMETERS: ModelMinTasks={why}"


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ({}, 1),
        ({"TASKS": "12"}, 12),
        ({"TASKS": "0", "PARAMETERS": "ModelMinTasks=2"}, 2),
        ({"PARAMETERS": "ModelMinTasks=0 ModelMaxTasks=1"}, 0),
    ],
)
def test_as_many_stand_ready_as_are_deployed(told: dict[str, str], standing: int) -> None:
    settings = Settings.of(told, ROOT)

    settings.check_parameters()
    assert settings.standing == standing


def test_a_run_checks_the_parameters_before_it_starts_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    settings = Settings.of({"PARAMETERS": "ModelMinTask=2"}, ROOT)

    with pytest.raises(StartFailed, match="has no parameter ModelMinTask"):
        Runner(settings, Workspace(tmp_path / "local"), Console()).run()

    assert not (tmp_path / "local" / "log").exists()
