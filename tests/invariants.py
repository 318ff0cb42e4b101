"""What must be so of all jobs after any run, simulated or real. Each fault is one of a job's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from spillway.job import JobKey, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from spillway.update import Record
    from tests.simulation.history import Change

type Fault = tuple[JobKey, str]
type Jobs = Mapping[JobKey, Record]


def ends_once(jobs: Jobs, changes: Sequence[Change]) -> Iterator[Fault]:
    """Each accepted job has one terminal state, which nothing changes."""
    ends = Counter(change.key for change in changes if change.ends)
    for key, record in jobs.items():
        if ends[key] != 1:
            yield key, f"{named(key)} ended {ends[key]} times, and is {record['status']}"
    for change in changes:
        if change.was_over:
            yield change.key, f"{change.who} changed {named(change.key)}, which was over: {change}"


def fails_for_a_reason(jobs: Jobs, cancelled: Collection[JobKey]) -> Iterator[Fault]:
    """Each end other than SUCCEEDED has its reason, and CANCELLED its caller."""
    for key, record in jobs.items():
        is_cancelled = record["status"] == Status.CANCELLED
        if is_cancelled != (key in cancelled):
            yield key, f"{named(key)} is {record['status']}, which is not what its caller was told"
        if record["status"] != Status.SUCCEEDED and "error" not in record:
            yield key, f"{named(key)} is {record['status']} for no reason"


def named(key: JobKey) -> str:
    """The job as people read it."""
    return f"{key.tenant}/{key.job_id}"
