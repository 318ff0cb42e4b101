"""Environments that start from one snapshot do not stay alike."""

from __future__ import annotations

import random
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ENQUEUE = Path(__file__).parents[3] / "api" / "enqueue.py"
VARIABLE = "AWS_LAMBDA_INITIALIZATION_TYPE"


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What Lambda's module, which only its runtime has, is told to call after a restore."""
    told: list[Callable[[], object]] = []
    runtime = SimpleNamespace(register_after_restore=told.append)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    return told


def test_what_is_restored_from_one_snapshot_draws_numbers_of_its_own(
    hooks: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "snap-start")
    runpy.run_path(str(ENQUEUE))
    snapshot = random.getstate()

    drawn = set()
    for _ in range(2):
        random.setstate(snapshot)
        for hook in hooks:
            hook()
        drawn.add(random.random())

    assert len(drawn) == 2


@pytest.mark.parametrize("started", [None, "on-demand", "provisioned-concurrency"])
def test_any_other_start_asks_for_nothing_of_lambdas(
    started: str | None, hooks: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if started:
        monkeypatch.setenv(VARIABLE, started)

    runpy.run_path(str(ENQUEUE))

    assert hooks == []
