"""A small drill, whole: for machines that have microburst (`make .drill/ready`)."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.system import ROOT
from spillway.aws.timeouts import READ_TIMEOUT_S
from tests.drill.faults import FAULTS, HANG_MS

if TYPE_CHECKING:
    from pathlib import Path


def test_a_hang_outlasts_every_timeout() -> None:
    assert max(READ_TIMEOUT_S[name] for name in ("dynamodb", "sqs", "s3")) < HANG_MS / 1000
    assert [rule for rule in FAULTS["hang"] if rule["timeout_ms"] != HANG_MS] == []


def test_without_microburst_the_drill_says_what_makes_it(tmp_path: Path) -> None:
    said = _drill(tmp_path, "--python", "/nowhere/python")

    assert said.returncode == 1
    assert "there is no /nowhere/python: `make drill` makes it" in said.stderr


@pytest.mark.skipif("DRILL" not in os.environ, reason="takes minutes: DRILL=1 asks for it")
def test_a_small_drill_finds_no_violation(tmp_path: Path) -> None:
    said = _drill(tmp_path, "--jobs", "60")

    assert "violations: 0" in said.stdout, said.stdout


def _drill(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(ROOT / part) for part in ("core", "cli", "."))
    return subprocess.run(
        [sys.executable, "-m", "tests.drill", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "LOCAL_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
