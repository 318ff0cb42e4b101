"""What a model has and lacks: by examples, and for every observation there can be."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling.capacity import ASSUMED_SECONDS_PER_JOB, Limits, Observation, capacity, reason

LIMITS = Limits(min_tasks=0, max_tasks=100, slots=1, target_latency_s=60, startup_s=20, idle_s=900)


def seen(**said: Any) -> Observation:
    """A sleeping model of which this is said."""
    nothing = {"visible": 0, "in_flight": 0, "delayed": 0, "running": 0, "pending": 0, "desired": 0}
    return Observation(**(nothing | {"seconds_per_job": 1.0} | said))


def up(tasks: int, **said: Any) -> Observation:
    """A model with so many tasks that run, and no others."""
    return seen(running=tasks, desired=tasks, **said)


@pytest.mark.parametrize(
    ("case", "observation", "limits", "required"),
    [
        ("no work", seen(), {}, 0),
        ("no work, a warm model", seen(), {"min_tasks": 2}, 2),
        ("one message", seen(visible=1), {}, 1),
        ("one message and a target of an hour", seen(visible=1), {"target_latency_s": 3600}, 1),
        ("a backlog far below the target", seen(visible=5), {"target_latency_s": 3600}, 1),
        ("one message in flight", seen(in_flight=1), {}, 1),
        ("one message delayed", seen(delayed=1), {}, 1),
        ("what one new task does in 60 s less 20", seen(visible=40), {}, 1),
        ("one job more", seen(visible=41), {}, 2),
        ("what one running task does in 60 s", up(1, visible=60), {}, 1),
        ("one job more than it does", up(1, visible=61), {}, 2),
        ("a second new task's worth more", up(1, visible=101), {}, 3),
        ("a flood onto nothing", seen(visible=4_000), {}, 100),
        ("beyond the most", seen(visible=8_000), {}, 100),
        ("slots work side by side", seen(visible=320), {"slots": 8}, 1),
        ("no more tasks than jobs fill", seen(visible=9, seconds_per_job=500), {"slots": 8}, 2),
        ("jobs longer than the target", seen(visible=3, seconds_per_job=1_800), {}, 3),
        ("jobs longer than what start-up leaves", seen(visible=4, seconds_per_job=45), {}, 4),
        ("more run than are needed", up(9, visible=60), {}, 1),
        ("unknown service time", seen(visible=80, seconds_per_job=None), {}, 2),
        ("a service time that is no number", seen(visible=80, seconds_per_job=math.nan), {}, 2),
        ("jobs too short to be measured", seen(visible=500, seconds_per_job=0.0), {}, 1),
        ("a start-up longer than the target", seen(visible=90), {"startup_s": 90}, 3),
        ("a start-up as long as half of it", seen(visible=90), {"startup_s": 30}, 3),
        ("a start-up and a target that leave no job", seen(visible=4), {"target_latency_s": 1}, 4),
    ],
)
def test_the_tasks_that_are_required(
    case: str, observation: Observation, limits: dict[str, Any], required: int
) -> None:
    assert capacity(observation, replace(LIMITS, **limits)).required_tasks == required


def test_the_assumption_is_what_these_cases_reckon_with() -> None:
    assert ASSUMED_SECONDS_PER_JOB == 1.0


def test_what_starts_is_short_until_it_runs_for_a_step_is_added_to_what_runs() -> None:
    asked = seen(visible=400, desired=7, pending=7)

    assert capacity(asked, LIMITS).required_tasks == 10
    assert capacity(asked, LIMITS).task_shortfall == 10
    assert capacity(replace(asked, running=10, pending=0, desired=10), LIMITS).task_shortfall == 0


@pytest.mark.parametrize(
    ("case", "observation", "limits", "surplus"),
    [
        ("nothing is there", seen(idle_s=1e6), {}, 0),
        ("idle for less than its time", up(1, idle_s=899), {}, 0),
        ("idle for its time", up(1, idle_s=900), {}, 1),
        ("all but the last go at once", up(9, idle_s=1), {}, 8),
        ("a warm model stays warm", up(3, idle_s=1e6), {"min_tasks": 2}, 1),
        ("protected tasks stay", up(5, visible=1, protected=3), {}, 2),
        ("protected beyond the most stay", up(5, protected=5, idle_s=1e6), {"max_tasks": 2}, 0),
        ("what is in flight may be on as many tasks", up(5, in_flight=3), {}, 2),
        ("more in flight than tasks", up(5, in_flight=50), {"slots": 64}, 0),
        ("the last with work stays", up(1, visible=1, idle_s=1e6), {}, 0),
        ("what goes once it is idle is not taken twice", seen(running=3, desired=1), {}, 0),
        ("nor what is still asked for", seen(running=6, desired=4, visible=61), {}, 2),
        ("one that never comes up", seen(desired=1, pending=1, idle_s=900), {}, 1),
        ("it may yet come up", seen(desired=1, pending=1, idle_s=899), {}, 0),
        ("it is to be there", seen(desired=1, idle_s=1e6), {"min_tasks": 1}, 0),
        ("those that start for work", seen(desired=5, visible=1, idle_s=1e6), {}, 0),
    ],
)
def test_the_tasks_that_are_too_many(
    case: str, observation: Observation, limits: dict[str, Any], surplus: int
) -> None:
    assert capacity(observation, replace(LIMITS, **limits)).task_surplus == surplus


@pytest.mark.parametrize(
    ("case", "observation", "delay_s"),
    [
        ("no work", up(3), 0),
        ("one task, ten jobs", up(1, visible=10), 10),
        ("four tasks, ten jobs", up(4, visible=10), 2.5),
        ("never less than a job takes", up(10, visible=1), 1),
        ("nobody is there: as if one were asked for", seen(visible=10), 20 + 10),
        ("four are on their way", seen(visible=10, desired=4, pending=4), 20 + 2.5),
        ("one works while another starts", seen(visible=100, running=1, desired=2), 20 + 80 / 2),
        ("done before the other is there", seen(visible=15, running=1, desired=2), 15),
        ("one more stops than is asked for", seen(visible=30, running=3, desired=2), 10),
    ],
)
def test_how_long_the_work_takes(case: str, observation: Observation, delay_s: float) -> None:
    assert capacity(observation, LIMITS).estimated_delay_s == pytest.approx(delay_s)


def test_what_alarms_look_for() -> None:
    sleeping = seen(visible=3, in_flight=1)
    stuck, ending = (
        replace(each, visible=3, has_progressed=False) for each in (up(1), seen(desired=1))
    )

    assert capacity(sleeping, LIMITS).jobs_without_task == 4
    assert capacity(sleeping, LIMITS).jobs_without_progress == 0
    assert capacity(stuck, LIMITS).jobs_without_task == 0
    assert capacity(stuck, LIMITS).jobs_without_progress == 3
    assert capacity(ending, LIMITS).jobs_without_progress == 3
    assert capacity(replace(stuck, has_progressed=True), LIMITS).jobs_without_progress == 0
    assert capacity(seen(visible=4_080), LIMITS).tasks_beyond_max == 2
    assert capacity(up(2, visible=10), LIMITS).backlog_per_task == 5


def test_the_metrics_have_the_names_and_units_of_cloudwatch() -> None:
    assert capacity(up(1, visible=2), LIMITS).metrics() == {
        "BacklogPerTask": (2, "Count"),
        "EstimatedDelay": (2, "Seconds"),
        "RequiredTasks": (1, "Count"),
        "TaskShortfall": (0, "Count"),
        "TaskSurplus": (0, "Count"),
        "TasksBeyondMax": (0, "Count"),
        "JobsWithoutTask": (0, "Count"),
        "JobsWithoutProgress": (0, "Count"),
    }


@pytest.mark.parametrize(
    ("observation", "told"),
    [
        (seen(visible=12, seconds_per_job=0.8), "12 jobs, 0.8 s each, target 60 s"),
        (seen(visible=1, seconds_per_job=None), "1 job, 1 s each (assumed), target 60 s"),
    ],
)
def test_a_reason_reads_well(observation: Observation, told: str) -> None:
    assert reason(observation, LIMITS) == told


# --- whatever is observed

anything = st.floats(allow_nan=True, allow_infinity=True)
messages, tasks = st.integers(0, 10**12), st.integers(0, 5_000)
observations = st.builds(
    Observation,
    visible=messages,
    in_flight=messages,
    delayed=messages,
    running=tasks,
    pending=tasks,
    desired=tasks,
    protected=st.none() | tasks,
    seconds_per_job=st.none() | anything,
    idle_s=anything,
    has_progressed=st.booleans(),
)
seconds = st.integers(0, 10**6)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    least = draw(st.integers(0, 1_000))
    return Limits(
        min_tasks=least,
        max_tasks=draw(st.integers(max(1, least), 5_000)),
        slots=draw(st.integers(1, 65_536)),
        target_latency_s=draw(seconds),
        startup_s=draw(seconds),
        idle_s=draw(seconds),
    )


@given(observations, limits())
def test_every_figure_is_finite_and_not_negative(observation: Observation, given_: Limits) -> None:
    for name, (value, _) in capacity(observation, given_).metrics().items():
        assert math.isfinite(value), name
        assert 0 <= value < 2**360, name  # CloudWatch takes no larger one


@given(observations, limits(), anything, anything)
def test_even_times_that_make_no_sense_are_reckoned_with(
    observation: Observation, given_: Limits, target_s: float, startup_s: float
) -> None:
    odd = replace(given_, target_latency_s=target_s, startup_s=startup_s)

    for value, _ in capacity(observation, odd).metrics().values():
        assert math.isfinite(value)


@given(observations, limits())
def test_what_is_required_is_within_the_limits(observation: Observation, given_: Limits) -> None:
    assert given_.min_tasks <= capacity(observation, given_).required_tasks <= given_.max_tasks


@given(observations, limits(), messages)
def test_more_backlog_never_needs_fewer_tasks(
    observation: Observation, given_: Limits, more: int
) -> None:
    fuller = replace(observation, visible=observation.visible + more)

    less, much = capacity(observation, given_), capacity(fuller, given_)
    assert much.required_tasks >= less.required_tasks
    assert much.task_shortfall >= less.task_shortfall
    assert much.task_surplus <= less.task_surplus
    assert much.estimated_delay_s >= less.estimated_delay_s


@given(observations, limits(), seconds)
def test_more_time_never_needs_more_tasks(
    observation: Observation, given_: Limits, more_s: int
) -> None:
    patient = replace(given_, target_latency_s=given_.target_latency_s + more_s)

    less, much = capacity(observation, patient), capacity(observation, given_)
    assert less.required_tasks <= much.required_tasks


@given(observations, limits())
def test_with_work_there_is_a_task(observation: Observation, given_: Limits) -> None:
    working = replace(observation, visible=observation.visible + 1)

    found = capacity(working, given_)
    assert found.required_tasks >= 1
    assert found.task_surplus < max(1, working.running)
    assert found.task_shortfall >= (1 if working.running == 0 else 0)


@given(observations, limits())
def test_a_busy_task_is_never_surplus(observation: Observation, given_: Limits) -> None:
    found = capacity(observation, given_)

    there = observation.running or observation.desired
    left = there - found.task_surplus
    assert left >= min(there, observation.busy)
    assert left >= min(there, given_.min_tasks)
    assert left >= min(there, found.required_tasks)


@given(observations, limits())
def test_nothing_is_short_and_too_many_at_once(observation: Observation, given_: Limits) -> None:
    found = capacity(observation, given_)

    assert found.task_shortfall == 0 or found.task_surplus == 0


@given(observations, limits())
def test_the_tasks_required_leave_no_slot_empty_but_the_last_ones(
    observation: Observation, given_: Limits
) -> None:
    needed = capacity(observation, replace(given_, min_tasks=0)).required_tasks

    assert (needed - 1) * given_.slots < max(1, observation.work)
