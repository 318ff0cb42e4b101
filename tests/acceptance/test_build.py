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
DELIVERY = ("OutboxFunction", "DeliverFunction")
API = {
    "EnqueueFunction": {"enqueue.py"},
    "ApiFunction": {"api/__init__.py", "api/routing.py", "api/jobs.py"},
    "DeliveriesApiFunction": {"api/__init__.py", "api/routing.py", "api/deliveries.py"},
    "ReconcileFunction": {"reconcile.py"},
}
BUILT = (*API, *SCALING, *DELIVERY, "CoreLayer", "ApiDependencies", "DeliveryDependencies")
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


@pytest.mark.parametrize("part", API)
def test_each_function_of_the_api_holds_its_own_handler_alone(part: str, build: Path) -> None:
    folder = build / part

    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}

    assert held == API[part]


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

    calls = "GetItem 1 times, GetQueueUrl 1 times, PutItem 101 times, SendMessage 101 times"
    assert f"spillway calls {calls}" in ran.stdout
    assert "plain calls GetItem 0 times, GetQueueUrl 0 times, PutItem 0 times, " in ran.stdout
    assert len(re.findall(r"ratio \d+\.\d\d", ran.stdout)) == 3, ran.stdout + ran.stderr
