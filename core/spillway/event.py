"""What can be told of a job, and in which words."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from spillway.job import Status

if TYPE_CHECKING:
    from spillway.job import Job


class EventType(StrEnum):
    """The kinds of events, by the names that receivers see."""

    STARTED = "job.started"
    SUCCEEDED = "job.succeeded"
    FAILED = "job.failed"
    CANCELLED = "job.cancelled"
    EXPIRED = "job.expired"
    TEST = "webhook.test"


ENDS = (EventType.SUCCEEDED, EventType.FAILED, EventType.CANCELLED, EventType.EXPIRED)
"""What a destination that names no events is told of: how each job ends."""
JOB_EVENTS = (EventType.STARTED, *ENDS)
"""What a destination may ask for."""

_OF_STATUS = {
    Status.RUNNING: EventType.STARTED,
    Status.SUCCEEDED: EventType.SUCCEEDED,
    Status.FAILED: EventType.FAILED,
    Status.CANCELLED: EventType.CANCELLED,
    Status.EXPIRED: EventType.EXPIRED,
}


def events_of(job: Job) -> tuple[EventType, ...]:
    """What has happened to the job so far, in order, as far as its present state tells."""
    if job.status is Status.QUEUED:
        return ()
    started = (EventType.STARTED,) if job.started_at_ms is not None else ()
    if not job.status.is_terminal:
        return started
    return (*started, _OF_STATUS[job.status])


def at_ms(job: Job, event: EventType) -> int:
    """When it happened, in epoch milliseconds."""
    instant = job.started_at_ms if event is EventType.STARTED else job.completed_at_ms
    return job.created_at_ms if instant is None else instant
