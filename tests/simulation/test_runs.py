"""Many small worlds, each with troubles of its own: what must be so is so in all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from spillway.job import Status
from tests.simulation.invariants import violations
from tests.simulation.plan import Plan
from tests.simulation.shrinking import command
from tests.simulation.survey import survey
from tests.simulation.timeline import timeline
from tests.simulation.troubles import OF_CALLS, Trouble
from tests.simulation.world import simulate

SEEDS = range(300)


@dataclass(frozen=True, slots=True)
class Runs:
    """What the runs were made of, and those that went wrong."""

    counts: Counter[str]
    wrong: dict[str, list[str]]


@pytest.fixture(scope="module")
def runs() -> Runs:
    counts, wrong = Counter[str](), dict[str, list[str]]()
    for seed in SEEDS:
        outcome = simulate(Plan.draw(seed))
        counts += survey(outcome)
        if found := violations(outcome):
            wrong[command(outcome.plan)] = found
            print(command(outcome.plan), *timeline(outcome.history), sep="\n")
    return Runs(counts, wrong)


def test_no_run_goes_wrong(runs: Runs) -> None:
    assert runs.wrong == {}


@pytest.mark.parametrize("trouble", OF_CALLS)
def test_the_runs_meet_each_trouble_of_a_call(runs: Runs, trouble: Trouble) -> None:
    assert runs.counts[trouble] > 50


@pytest.mark.parametrize(
    "event",
    [
        "life ended: step",
        "life ended: killed",
        "stands still",
        "told to stop",
        "redrive",
        "bury",
        "refused writes",
        "renewed",
        "reclaimed",
        "QUEUED → RUNNING",
        "RUNNING → QUEUED",
        "RUNNING → SUCCEEDED",
        "RUNNING → FAILED",
        "RUNNING → CANCELLED",
        "QUEUED → CANCELLED",
        "QUEUED → EXPIRED",
    ],
)
def test_the_runs_meet_whatever_may_become_of_a_job(runs: Runs, event: str) -> None:
    assert runs.counts[event] > 50


@pytest.mark.parametrize("seed", range(20))
def test_where_nothing_befalls_it_every_job_succeeds(seed: int) -> None:
    outcome = simulate(Plan.draw(seed).without(Trouble))

    assert violations(outcome) == []
    assert {job["status"] for job in outcome.jobs.values()} == {Status.SUCCEEDED}
