"""Floods on virtual time: the template's policies, and others in their place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.policies.designs import Design, designs
from benchmarks.policies.flood import WAKE_S, Flood, run
from scaling.capacity import Limits
from scaling.engine.step import StepPolicy
from scaling.engine.tracking import TrackingPolicy
from scaling.waking import LOOKS_AFTER_S

SEEDS = range(20)
LIMITS = Limits(min_tasks=0, max_tasks=40, slots=1, target_latency_s=120, startup_s=60, idle_s=900)


@pytest.fixture(scope="module")
def made() -> list[Design]:
    return designs(max_tasks=40, jobs_per_task=120)


def flood(*, limits: Limits = LIMITS, **told: float) -> Flood:
    shape = {"jobs": 500, "within_s": 1, "job_s": 1, "is_known": True, "running": 0} | told
    return Flood(**shape, limits=limits)  # type: ignore[arg-type]


def test_the_template_s_own_policies_are_the_first(made: list[Design]) -> None:
    ours, *_ = made
    (scale_out,) = (each for each in ours.plan.triggers if each.alarm.name == "TaskShortfallAlarm")

    assert ours.has_wake
    assert scale_out.alarm.period_s == 10
    assert all(isinstance(policy, StepPolicy) for policy in ours.plan.policies)
    assert [target.max_tasks for target in ours.plan.targets] == [40]


def test_the_others_differ_in_what_their_titles_say(made: list[Design]) -> None:
    _, _, slow, tracking, _ = made

    assert {each.alarm.period_s for each in slow.plan.triggers} == {60}
    assert [type(policy) for policy in tracking.plan.policies] == [TrackingPolicy]
    assert {each.alarm.metric.name for each in tracking.plan.triggers} == {"BacklogPerTask"}


@pytest.mark.parametrize("running", [0, 1])
@pytest.mark.parametrize("within_s", [1, 60])
def test_a_flood_is_worked_off_within_the_target(
    running: int, within_s: float, made: list[Design]
) -> None:
    outcome = run(made[0], flood(running=running, within_s=within_s), seed=1)

    assert outcome.delay_s <= LIMITS.target_latency_s


def test_a_wake_sees_the_flood_of_a_model_that_stands_ready_grow(made: list[Design]) -> None:
    ready = flood(running=1, within_s=5, limits=replace(LIMITS, min_tasks=1))

    outcome = run(made[0], ready, seed=1)

    assert outcome.asked_s <= WAKE_S + sum(LOOKS_AFTER_S)
    assert outcome.delay_s <= LIMITS.target_latency_s


def test_a_model_that_stands_ready_is_looked_at_each_minute_alone(made: list[Design]) -> None:
    _, unwoken, *_ = made
    busy, ready = LIMITS, replace(LIMITS, min_tasks=1)

    first_s = {
        limits: max(run(unwoken, flood(running=1, limits=limits), seed).first_s for seed in SEEDS)
        for limits in (busy, ready)
    }

    assert first_s[busy] < 45 < first_s[ready]


def test_target_tracking_starts_tasks_one_after_the_other_from_zero(made: list[Design]) -> None:
    _, step, _, tracking, _ = made

    assert run(tracking, flood(), seed=1).asked_s > 240
    assert run(step, flood(), seed=1).asked_s < 100


def test_what_the_wake_took_for_shorter_is_made_up_for_by_the_shortfall(
    made: list[Design],
) -> None:
    ours, *_, tracked = made
    longer = flood(job_s=4, is_known=False)

    assert run(ours, longer, seed=1).delay_s < run(tracked, longer, seed=1).delay_s - 30


def test_a_run_is_the_same_each_time(made: list[Design]) -> None:
    assert run(made[0], flood(), seed=3) == run(made[0], flood(), seed=3)
