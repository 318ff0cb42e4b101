"""A worker that dies at any step it could die at: another one goes on, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

from spillway.job import Status
from tests.simulation.invariants import violations
from tests.simulation.plan import Plan
from tests.simulation.troubles import Trouble
from tests.simulation.world import simulate

SEED = 4
STEPS = range(1, 400)


def crashing(step: int) -> Plan:
    """A quiet run, but that one worker dies at this step."""
    plan = Plan.draw(SEED).without(Trouble)
    shape = replace(plan.shape, lease_s=6, poll_s=2, max_batch=2, max_attempts=2)
    return replace(plan, shape=shape, workers=2, first_dies_at=step)


def test_a_crash_at_any_step_loses_nothing_and_costs_an_attempt_at_most() -> None:
    wrong = {}
    for step in STEPS:
        outcome = simulate(crashing(step))
        unfinished = [key for key, job in outcome.jobs.items() if job["status"] != Status.SUCCEEDED]
        if found := violations(outcome) + [f"{key} has not succeeded" for key in unfinished]:
            wrong[step] = found

    assert wrong == {}


def test_the_steps_reach_from_its_first_to_the_last_of_its_work() -> None:
    first, last = (simulate(crashing(step)) for step in (STEPS[0], STEPS[-1]))

    assert not [change for change in first.history.changes if change.who == "w1.0"]
    assert [change for change in last.history.changes if change.who == "w1.0" and change.ends]
