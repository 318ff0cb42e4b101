"""How many tasks a model needs: what was observed of it, turned into figures. Nothing is refused.

The work is every message that is not done: visible, delayed and in flight. A task works on `slots`
jobs at once, each of which holds its slot for the measured seconds. So the tasks that run now can
do so many jobs within the target, and each further task as many as fit into what its start-up
leaves of it, half the target at least: where less is left, start-up and half the target is what the
work takes, instead of a task for every job. The tasks required are those that run as far as they
are needed, and as many further ones as the rest of the work takes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ASSUMED_SECONDS_PER_JOB = 1.0
"""Until a first job is done; the second tick after that has the measured value. Jobs that take
longer are known to before the first one ends: `seconds_per_job` is then the time for which those in
flight have run. For shorter ones the guess asks for more tasks than are needed."""
SHORTEST_S, LONGEST_S = 0.001, 43_200.0
"""Between these a job is taken to last: counters are in milliseconds, and SQS holds no message
for longer than 12 hours."""
_FOR_EVER_S = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One look at a model: its messages, its tasks, and how it gets on.

    `protected` tasks have work and are not to be stopped, None where nobody asked.
    `seconds_per_job` is how long a job holds its slot, None before any is done.
    `idle_s` is the time since there was last work. `has_progressed` says whether a job was
    finished since the look before.
    """

    visible: int
    in_flight: int
    delayed: int
    running: int
    pending: int
    desired: int
    protected: int | None = None
    seconds_per_job: float | None = None
    idle_s: float = 0.0
    has_progressed: bool = True

    @property
    def work(self) -> int:
        """Jobs that are not done: those in flight count, or busy workers would be scaled in."""
        return max(0, self.visible) + max(0, self.in_flight) + max(0, self.delayed)

    @property
    def busy(self) -> int:
        """Tasks that have work; where unknown, as many as the messages in flight may keep busy."""
        if self.protected is not None:
            return max(0, self.protected)
        return max(0, min(self.running, self.in_flight))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator asks for, and how many jobs one task works on at once.

    After `idle_s` without work the last task is surplus too.
    """

    min_tasks: int
    max_tasks: int
    slots: int
    target_latency_s: float
    startup_s: float
    idle_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a model has and lacks.

    - `backlog_per_task`: jobs that are not done, for each running task (for one, where none runs).
    - `estimated_delay_s`: seconds until all of them are done, if nothing more is asked for; where
      nothing is, as if one task were.
    - `required_tasks`: tasks that do the work within the target, within the limits.
    - `task_shortfall`: required tasks that do not run yet. Application Auto Scaling adds to the
      tasks that run, not to those asked for, so while they start the same step asks for the same:
      https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
    - `task_surplus`: tasks that are to run, and are neither required nor busy. Those that protect
      themselves run on when fewer are asked for: they are to go already, and to count them again
      would take a task that is needed. Where none runs and none is to, those asked for, which never
      come up.
    - `tasks_beyond_max`: tasks that the work would need above the most that may run.
    - `jobs_without_task`: the work, while no task runs.
    - `jobs_without_progress`: the work, while none of it gets done: tasks that end as soon as they
      run look the same as tasks that hang.
    """

    backlog_per_task: float
    estimated_delay_s: float
    required_tasks: int
    task_shortfall: int
    task_surplus: int
    tasks_beyond_max: int
    jobs_without_task: int
    jobs_without_progress: int

    def metrics(self) -> Mapping[str, tuple[float, str]]:
        """Value and unit under the names that CloudWatch has them."""
        return {
            "BacklogPerTask": (self.backlog_per_task, "Count"),
            "EstimatedDelay": (self.estimated_delay_s, "Seconds"),
            "RequiredTasks": (self.required_tasks, "Count"),
            "TaskShortfall": (self.task_shortfall, "Count"),
            "TaskSurplus": (self.task_surplus, "Count"),
            "TasksBeyondMax": (self.tasks_beyond_max, "Count"),
            "JobsWithoutTask": (self.jobs_without_task, "Count"),
            "JobsWithoutProgress": (self.jobs_without_progress, "Count"),
        }


def capacity(seen: Observation, limits: Limits) -> Capacity:
    """Work out what the model has and lacks; defined and finite for every observation."""
    needed = _needed(seen, limits)
    required = max(limits.min_tasks, min(limits.max_tasks, needed))
    return Capacity(
        backlog_per_task=seen.work / max(1, seen.running),
        estimated_delay_s=_delay_s(seen, limits),
        required_tasks=required,
        task_shortfall=max(0, required - max(0, seen.running)),
        task_surplus=_surplus(seen, _kept(seen, limits, required)),
        tasks_beyond_max=max(0, needed - limits.max_tasks),
        jobs_without_task=seen.work if seen.running <= 0 else 0,
        jobs_without_progress=0 if seen.has_progressed else seen.work,
    )


def reason(seen: Observation, limits: Limits) -> str:
    """What the required tasks follow from, for those who read logs."""
    measured = "" if _is_measured(seen) else " (assumed)"
    jobs = f"{seen.work} job{'' if seen.work == 1 else 's'}"
    return f"{jobs}, {_job_s(seen):.3g} s each{measured}, target {limits.target_latency_s:g} s"


def _needed(seen: Observation, limits: Limits) -> int:
    """Tasks that do the work within the target, whatever the limits; none that has no job."""
    if not seen.work:
        return 0
    slots, running = max(1, limits.slots), max(0, seen.running)
    target_s, startup_s = _seconds(limits.target_latency_s), _seconds(limits.startup_s)
    by_one_running = slots * _jobs_within(target_s, _job_s(seen))
    by_one_more = slots * _jobs_within(max(target_s - startup_s, target_s / 2), _job_s(seen))
    left = seen.work - running * by_one_running
    if left > 0:
        needed = running + math.ceil(left / by_one_more)
    else:
        needed = math.ceil(seen.work / by_one_running)
    return min(needed, math.ceil(seen.work / slots))


def _surplus(seen: Observation, kept: int) -> int:
    """Tasks too many. Those that start are left alone: what goes is taken from those that run."""
    if seen.running <= 0:
        return 0 if kept else max(0, seen.desired)
    return max(0, min(seen.running, seen.desired) - kept)


def _kept(seen: Observation, limits: Limits, required: int) -> int:
    """Tasks that must not go: required, busy, or the last one before its time."""
    last = 1 if seen.work or seen.idle_s < limits.idle_s else 0
    return max(required, seen.busy, limits.min_tasks, last)


def _delay_s(seen: Observation, limits: Limits) -> float:
    """The tasks that run work at once, those that are asked for join them after their start-up."""
    if not seen.work:
        return 0.0
    job_s, startup_s = _job_s(seen), _seconds(limits.startup_s)
    running = max(0, seen.running)
    then = max(1, running, seen.desired)
    jobs_a_second = max(1, limits.slots) / job_s
    done_meanwhile = running * jobs_a_second * startup_s
    if running and (seen.work <= done_meanwhile or then == running):
        return max(job_s, seen.work / (running * jobs_a_second))
    return startup_s + max(job_s, (seen.work - done_meanwhile) / (then * jobs_a_second))


def _jobs_within(time_s: float, job_s: float) -> int:
    """Jobs that one slot does one after the other; the first is done however long it takes."""
    return max(1, math.floor(time_s / job_s))


def _job_s(seen: Observation) -> float:
    if not _is_measured(seen) or seen.seconds_per_job is None:
        return ASSUMED_SECONDS_PER_JOB
    return min(LONGEST_S, max(SHORTEST_S, seen.seconds_per_job))


def _is_measured(seen: Observation) -> bool:
    return seen.seconds_per_job is not None and math.isfinite(seen.seconds_per_job)


def _seconds(value: float) -> float:
    """A length of time that can be reckoned with; what is no number is none."""
    return min(_FOR_EVER_S, max(0.0, value))
