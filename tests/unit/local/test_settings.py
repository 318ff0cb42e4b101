from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.environment import scrubbed
from local.failure import StartFailed
from local.settings import Settings

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


@pytest.mark.parametrize("text", ["ModelMinTasks", "=2", "A=1 B"])
def test_a_parameter_without_name_or_value_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(StartFailed, match="is not name=value"):
        Settings.of({"PARAMETERS": text}, tmp_path)
