"""docs/capacity.md: its examples are what the rule makes of them, its metrics are those told.

docs/runbook.md: what it says stops a model does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scaling.capacity import Limits, Observation, capacity
from spillway.ports import TaskCounts

if TYPE_CHECKING:
    from tests.unit.scaling.fleet import Fleet

PAGE = (Path(__file__).parents[3] / "docs" / "capacity.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"^\| (\d+) \| ([\d.]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE
)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 9


@pytest.mark.parametrize("row", EXAMPLES, ids=" ".join)
def test_an_example_is_what_the_rule_makes_of_it(row: tuple[str, ...]) -> None:
    jobs, job_s, slots, target_s, startup_s, running, required = map(float, row)
    seen = Observation(
        visible=int(jobs),
        in_flight=0,
        delayed=0,
        running=int(running),
        pending=0,
        desired=int(running),
        seconds_per_job=job_s,
    )
    limits = Limits(
        min_tasks=0,
        max_tasks=1_000,
        slots=int(slots),
        target_latency_s=target_s,
        startup_s=startup_s,
        idle_s=900,
    )

    assert capacity(seen, limits).required_tasks == required


def test_each_metric_is_explained() -> None:
    nothing = Observation(visible=0, in_flight=0, delayed=0, running=0, pending=0, desired=0)
    limits = Limits(min_tasks=0, max_tasks=1, slots=1, target_latency_s=1, startup_s=1, idle_s=1)

    for name in capacity(nothing, limits).metrics():
        assert f"| `{name}` |" in PAGE


@pytest.mark.parametrize("tasks", [0, 1])
def test_a_model_whose_entry_allows_no_task_gets_none(fleet: Fleet, tasks: int) -> None:
    entry = replace(fleet.deploy(), max_tasks=0)
    fleet.registry.entries[:] = [entry]
    fleet.services.put(entry, TaskCounts(running=tasks, pending=0, desired=0))
    fleet.send(jobs=100)

    fleet.waker.wake("default")
    fleet.run()

    assert fleet.desired(entry) == 0
    assert fleet.metrics.last("default")["TaskShortfall"] == 0
