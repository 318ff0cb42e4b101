"""What `make` says to sam and to the container engine: with others in their place."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from deploy import __main__
from tests.template.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STAND_IN = """#!/bin/sh
printf '%s' "$(basename "$0")"
printf ' %s' "$@"
"""
OUTER = {
    "MAKEFLAGS", "MAKELEVEL", "ENV", "PARAMETERS", "IMAGE", "STACK", "MODEL", "DIGEST", "NAME",
    "DOCKER", "BASE", "YES", "MODELS",
}  # fmt: skip
LINES = """#!/bin/sh
printf '%s\\n' "$@"
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that print how they were called."""
    for name, script in (("sam", STAND_IN), ("docker", STAND_IN), ("python", LINES)):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def _make(programs: Path, *words: str, done: str) -> str:
    """Run make where the target `done` counts as made, and return the last line."""
    return _printed(programs, sys.executable, f"--assume-old={done}", *words)[-1]


def _heard(programs: Path, *words: str) -> list[str]:
    """Run make with a Python that prints its arguments, and return them."""
    done = ("--assume-old=setup", "--assume-old=model")
    return _printed(programs, str(programs / "python"), *done, *words)


def _printed(programs: Path, python: str, *words: str) -> list[str]:
    path = f"PATH={programs}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if name not in OUTER}
    ended = subprocess.run(
        ["make", "--silent", *words, f"PYTHON={python}", path],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("given", "stage"), [([], "default"), (["ENV=dev"], "dev"), (["ENV=prod"], "prod")]
)
def test_each_stage_is_built_as_samconfig_says(
    programs: Path, given: list[str], stage: str
) -> None:
    assert _make(programs, "build", *given, done="setup") == f"sam build --config-env {stage}"


# What is said to make, and what `python -m deploy` hears.
SAID = {
    "deploy": ["core", "--env", "default"],
    "deploy ENV=prod": ["core", "--env", "prod"],
    "deploy ENV=dev STACK=mine": ["core", "--env", "dev", "--stack", "mine"],
    "deploy MODEL=my/shout IMAGE=r/w:1": [
        "core", "--env", "default", "--model", "my/shout", "--image", "r/w:1",
    ],
    "deploy DOCKER=podman BASE=python:3": [
        "core", "--env", "default", "--docker", "podman", "--base", "python:3",
    ],
    "deploy-model NAME=shout DIGEST=0123": [
        "model", "shout", "--env", "default", "--digest", "0123",
    ],
    "delete": ["delete", "--env", "default"],
    "delete NAME=shout YES=1": ["delete", "shout", "--env", "default", "--yes"],
    "delete STACK=mine MODELS=1": [
        "delete", "--env", "default", "--stack", "mine", "--models",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("said", "heard"), SAID.items())
def test_what_is_said_to_make_is_heard_by_deploy(
    programs: Path, said: str, heard: list[str]
) -> None:
    assert _heard(programs, *said.split()) == ["-m", "deploy", *heard]


def test_parameters_go_as_one_word(programs: Path) -> None:
    heard = _heard(programs, "deploy", "PARAMETERS=ModelMinTasks=1 BacklogLimit=9")

    assert heard[-2:] == ["--parameters", "ModelMinTasks=1 BacklogLimit=9"]


def test_what_make_says_is_what_deploy_reads(programs: Path) -> None:
    for said in SAID:
        heard = _heard(programs, *said.split(), "PARAMETERS=Cpu=256")
        __main__._parser().parse_args(heard[2:])


def test_a_model_needs_a_name(programs: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        _heard(programs, "deploy-model", "MODEL=my/shout")
    assert "make deploy-model NAME=shout" in failure.value.stderr


def test_the_image_is_for_the_processor_of_the_task(programs: Path) -> None:
    assert _make(programs, "image", done="setup") == (
        "docker build --platform linux/amd64 -f worker/Dockerfile -t spillway-worker ."
    )
