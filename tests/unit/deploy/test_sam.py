"""What sam is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy import sam
from deploy.command import Commands
from deploy.failure import DeployFailed
from deploy.stage import Stage
from tests.unit.deploy.programs import Program

if TYPE_CHECKING:
    from pathlib import Path

PROD = Stage("prod", "mine", {"DeletionProtection": "true", "ModelMaxTasks": "50"})


def test_a_deploy_without_parameters_is_samconfigs() -> None:
    assert sam.deploy_words(Stage("default", "spillway"), {}) == [
        "sam", "deploy", "--config-env", "default", "--stack-name", "spillway",
    ]  # fmt: skip


def test_what_is_given_comes_beside_the_files_parameters_and_before_them() -> None:
    words = sam.deploy_words(PROD, {"ModelMaxTasks": "9", "WorkerImage": "r/w@sha256:0"})

    assert words[words.index("--parameter-overrides") + 1 :] == [
        "DeletionProtection=true",
        "ModelMaxTasks=9",
        "WorkerImage=r/w@sha256:0",
    ]


def test_an_empty_value_is_quoted() -> None:
    """Sam takes `Name=` for no parameter at all."""
    assert sam.deploy_words(Stage("default", "s"), {"AlarmEmail": ""})[-1] == 'AlarmEmail=""'


def test_a_failure_shows_the_lines_that_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(tmp_path, "sam", ends=1, says="Building\\nError: no such template\\nbye")
    monkeypatch.setattr(sam, "PROGRAM", str(program.path))

    with pytest.raises(DeployFailed, match=r"sam build failed \(exit code 1\)") as failure:
        sam.build(Commands(tmp_path, tmp_path / "logs"), Stage("dev", "s"))

    assert program.calls == [["build", "--config-env", "dev"]]
    assert "no such template" in failure.value.excerpt
    assert failure.value.log == tmp_path / "logs" / "sam-build.log"


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam, "PROGRAM", "no-such-sam")

    with pytest.raises(DeployFailed, match="no-such-sam is missing"):
        sam.build(Commands(tmp_path, tmp_path / "logs"), Stage("dev", "s"))
