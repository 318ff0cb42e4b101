"""Payloads that raise, hang, take too long or end the process, among others that do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from spillway import retrying
from spillway.job import Status
from tests.simulation.invariants import violations
from tests.simulation.plan import Plan
from tests.simulation.troubles import Trouble
from tests.simulation.world import simulate
from worker.held import Held
from worker.lease import Leases

SEEDS = range(60)


def crowded(seed: int) -> Plan:
    """All jobs at once, in batches, at one worker; an attempt may fail by itself and one be lost.

    Nothing but payloads goes wrong.
    """
    drawn = replace(Plan.draw(seed), rates={Trouble.POISON: 0.5}).without()
    shape = replace(
        drawn.shape,
        lease_s=6,
        poll_s=2,
        max_batch=4,
        max_delay_ms=200,
        concurrency=2,
        max_attempts=3,
        max_receives=100,
    )
    jobs = [replace(job, submit_at_s=job.submit_at_s / 10, ttl_s=3600) for job in drawn.jobs]
    return replace(drawn, shape=shape, workers=1, jobs=tuple(jobs))


def is_harmed(plan: Plan) -> bool:
    """Whether a job whose own payload is sound did not succeed."""
    jobs = simulate(plan).jobs
    sound = [job.key for job in plan.jobs if job.kind.may_succeed]
    return any(jobs[key]["status"] != Status.SUCCEEDED for key in sound)


@pytest.mark.parametrize("seed", SEEDS)
def test_poison_ends_its_own_jobs_alone(seed: int) -> None:
    plan = crowded(seed)

    outcome = simulate(plan)

    assert violations(outcome) == []
    assert {job.key: outcome.jobs[job.key]["status"] for job in plan.jobs} == {
        job.key: Status.SUCCEEDED if job.kind.may_succeed else Status.FAILED for job in plan.jobs
    }


def never(*about: Any, **when: Any) -> bool:
    return False


def test_it_would_not_if_what_cost_a_worker_ran_beside_others() -> None:
    with patch.object(retrying, "is_dangerous", never):
        assert any(is_harmed(crowded(seed)) for seed in SEEDS)


def test_it_would_not_if_what_has_failed_ran_in_a_batch() -> None:
    with patch.object(Held, "is_suspect", new=False):
        assert any(is_harmed(crowded(seed)) for seed in SEEDS)


async def no_beat(leases: Leases) -> None:
    """Let every lease run out."""


def test_a_job_that_runs_longer_than_a_lease_would_be_lost_without_heartbeats() -> None:
    with patch.object(Leases, "beat", no_beat):
        assert any(is_harmed(replace(crowded(seed), workers=2)) for seed in SEEDS)
