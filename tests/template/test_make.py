"""What `make` says to sam and to the container engine: with others in their place."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.template.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STAND_IN = """#!/bin/sh
printf '%s' "$(basename "$0")"
printf ' %s' "$@"
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that print how they were called."""
    for name in ("sam", "docker"):
        (tmp_path / name).write_text(STAND_IN)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def _make(programs: Path, *words: str, done: str) -> str:
    """Run make where the target `done` counts as made, and return the last line."""
    path = f"PATH={programs}{os.pathsep}{os.environ['PATH']}"
    outer = {"MAKEFLAGS", "MAKELEVEL", "ENV", "PARAMETERS", "IMAGE"}
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    command = ["make", "--silent", f"--assume-old={done}", *words, f"PYTHON={sys.executable}", path]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return ended.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("given", "stage"), [([], "default"), (["ENV=dev"], "dev"), (["ENV=prod"], "prod")]
)
def test_each_stage_is_built_and_deployed_as_samconfig_says(
    programs: Path, given: list[str], stage: str
) -> None:
    built = _make(programs, "build", *given, done="setup")
    deployed = _make(programs, "deploy", *given, done="build")

    assert built == f"sam build --config-env {stage}"
    assert deployed == f"sam deploy --config-env {stage}"


def test_parameters_go_with_a_deploy(programs: Path) -> None:
    said = _make(programs, "deploy", "PARAMETERS=ModelMinTasks=1 BacklogLimit=9", done="build")

    assert said == (
        "sam deploy --config-env default --parameter-overrides ModelMinTasks=1 BacklogLimit=9"
    )


def test_parameters_come_after_those_of_the_stage(programs: Path) -> None:
    said = _make(programs, "deploy", "ENV=prod", "PARAMETERS=ModelMaxTasks=9", done="build")

    overrides = said.split("--parameter-overrides ")[1].split()
    assert "DeletionProtection=true" in overrides
    assert overrides[-1] == "ModelMaxTasks=9", "of two values for one, sam takes the later"


def test_the_image_is_for_the_processor_of_the_task(programs: Path) -> None:
    assert _make(programs, "image", done="setup") == (
        "docker build --platform linux/amd64 -f worker/Dockerfile -t spillway-worker ."
    )
