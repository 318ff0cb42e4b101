"""A job that its caller no longer wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway import transitions
from spillway.errors import Conflict, UpdateRefused
from spillway.job import Job, JobKey, Status
from spillway.lookup import no_such_job

if TYPE_CHECKING:
    from spillway.ports import JobStore


def cancel(store: JobStore, key: JobKey, *, now_ms: int) -> Job:
    """Cancel a job that is not over; cancelling it again gives it again.

    Its message stays in the queue: the worker that receives it finds the job over, and drops it.

    Raises:
        NotFound: there is no such job.
        Conflict: it ended otherwise.

    """
    try:
        return store.apply(transitions.cancel(key, now_ms=now_ms))
    except UpdateRefused as refused:
        job = refused.current
    if job is None:
        raise no_such_job(key.job_id)
    if job.status is Status.CANCELLED:
        return job
    detail = f"job {job.job_id} is {job.status.value}: what has ended can't be cancelled"
    raise Conflict("job-finished", detail)
