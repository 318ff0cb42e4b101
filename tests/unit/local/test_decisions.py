from __future__ import annotations

import io

import pytest
from rich.console import Console as RichConsole

from local.console import Console
from local.decisions import Change, Decisions
from scaling.observing import Observer
from spillway.ports import Decision
from tests.unit.scaling.fleet import Fleet


@pytest.fixture
def fleet() -> Fleet:
    fleet = Fleet()
    fleet.deploy(target_latency_s=10)
    fleet.send(jobs=12)
    return fleet


@pytest.fixture
def decisions(fleet: Fleet) -> Decisions:
    observer = Observer(queues=fleet.queues, services=fleet.services, figures=fleet.figures)
    console = Console(RichConsole(file=io.StringIO()))
    return Decisions(console, fleet.registry, observer, fleet.clock, fleet.clock.sleep)


def test_a_wake_is_told_with_the_work_it_follows_from(decisions: Decisions) -> None:
    change = Change("spillway-default", 0, 3, "")

    assert decisions.line(change) == (
        "default: 12 jobs, 1 s each (assumed), target 10 s: 0 → 3 tasks"
    )


def test_a_wake_is_told_with_what_it_saw_not_with_what_came_since(
    decisions: Decisions, fleet: Fleet
) -> None:
    saw = Decision(at_ms=fleet.clock(), before=0, after=1, reason="1 job, 1 s each, target 10 s")
    fleet.figures.decided("default", saw)

    assert decisions.line(Change("spillway-default", 0, 1, "")) == (
        "default: 1 job, 1 s each, target 10 s: 0 → 1 task"
    )


@pytest.mark.parametrize(("after", "ago_ms"), [(2, 0), (1, 60_000)])
def test_what_was_left_with_another_change_is_not_told(
    decisions: Decisions, fleet: Fleet, after: int, ago_ms: int
) -> None:
    other = Decision(at_ms=fleet.clock() - ago_ms, before=0, after=after, reason="another")
    fleet.figures.decided("default", other)

    assert "12 jobs" in decisions.line(Change("spillway-default", 0, 1, ""))


def test_a_policys_change_names_the_policy_too(decisions: Decisions, fleet: Fleet) -> None:
    fleet.finish(fleet.receive(jobs=2), each_ms=800)
    change = Change("spillway-default", 3, 1, "TaskSurplus 2 ≥ 1")

    assert decisions.line(change) == (
        "default: 10 jobs, 0.8 s each, target 10 s: 3 → 1 task (TaskSurplus 2 ≥ 1)"
    )


def test_a_model_that_could_not_be_observed_is_told_without_reason(
    decisions: Decisions, fleet: Fleet
) -> None:
    fleet.queues.held.clear()

    assert decisions.line(Change("spillway-default", 0, 1, "")) == "default: 0 → 1 task"


def test_a_service_of_no_model_is_told_by_its_own_name(decisions: Decisions) -> None:
    assert decisions.line(Change("other", 1, 2, "")) == "other: 1 → 2 tasks"
