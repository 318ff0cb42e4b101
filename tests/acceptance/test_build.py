"""What `sam build` made, and the benchmark that measures it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.system import ROOT

if TYPE_CHECKING:
    from tests.acceptance.system import System

SCALING = ("ScalerFunction", "WakeFunction")
BUILT = (
    "EnqueueFunction",
    "ApiFunction",
    "ReconcileFunction",
    *SCALING,
    "CoreLayer",
    "ApiDependencies",
)
UNCHECKED = 0b01
"""PEP 552: the second word of a compiled file; without the bit, its source is looked at first."""


@pytest.fixture
def build(system: System) -> Path:
    return system.folder / "build" / "app"


@pytest.mark.parametrize("part", BUILT)
def test_all_of_it_is_compiled_so_that_no_cold_start_does_it(part: str, build: Path) -> None:
    sources = [path for path in (build / part).rglob("*.py") if "tests" not in path.parts]

    assert sources
    for source in sources:
        compiled = Path(cache_from_source(str(source)))
        assert int.from_bytes(compiled.read_bytes()[4:8], "little") == UNCHECKED, source


def test_each_function_holds_its_own_handler_alone(build: Path) -> None:
    handlers = {
        part: [path.name for path in (build / part).glob("*.py")]
        for part in BUILT
        if part.endswith("Function") and part not in SCALING
    }

    assert handlers == {
        "EnqueueFunction": ["enqueue.py"],
        "ApiFunction": ["jobs.py"],
        "ReconcileFunction": ["reconcile.py"],
    }


@pytest.mark.parametrize("part", SCALING)
def test_the_scaler_holds_its_package_without_the_engine(part: str, build: Path) -> None:
    assert (build / part / "scaling" / "publisher.py").is_file()
    assert [path.name for path in (build / part).iterdir()] == ["scaling"]
    assert not (build / part / "scaling" / "engine").exists()


def test_the_benchmark_runs_both_handlers_and_tells_their_ratios(build: Path) -> None:
    asked = ["--rounds", "2", "--requests", "5", "--build", str(build)]

    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.enqueue", *asked],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "spillway calls GetQueueUrl 1 times, PutItem 101 times, SendMessage 101 times" in (
        ran.stdout
    )
    assert "plain calls GetQueueUrl 0 times, PutItem 0 times, SendMessage 101 times" in ran.stdout
    assert len(re.findall(r"ratio \d+\.\d\d", ran.stdout)) == 3, ran.stdout + ran.stderr
