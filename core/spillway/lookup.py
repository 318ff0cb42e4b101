"""One job by its id, for the tenant whose job it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.errors import NotFound, ObjectMissing, Unavailable, UnknownModel
from spillway.job import Job, JobKey, Status
from spillway.submission import JOB_ID

if TYPE_CHECKING:
    from spillway.ports import Bucket, Depth, JobStore, Queues


def key_of(tenant: str, job_id: str) -> JobKey:
    """The key of the tenant's job, or `NotFound` for what can't be a job's id."""
    if not JOB_ID.fullmatch(job_id):
        raise no_such_job(job_id)
    return JobKey(tenant, job_id)


def find(store: JobStore, tenant: str, job_id: str) -> Job:
    """The tenant's job, or `NotFound`: another tenant's job is no job at all."""
    job = store.get(key_of(tenant, job_id))
    if job is None:
        raise no_such_job(job_id)
    return job


def queue_position(job: Job, queues: Queues) -> int | None:
    """At most so many jobs are ready before this one, itself included: an estimate from above.

    None where the job does not wait, or its queue can't be asked. SQS counts approximately and
    keeps no order, so nothing closer can be said.
    """
    if job.status is not Status.QUEUED:
        return None
    depth = depth_of(job.model, queues)
    return None if depth is None else max(1, depth.visible + depth.delayed)


def depth_of(model: str, queues: Queues) -> Depth | None:
    """The depth of the model's queue, None where it can't be asked."""
    try:
        return queues.find(model).depth()
    except (Unavailable, UnknownModel):
        return None


def kept_key(bucket: Bucket, uri: str) -> str | None:
    """The key of an object that is still there, None where it has passed its retention."""
    key = bucket.key(uri)
    try:
        if key is not None:
            bucket.size(key)
    except ObjectMissing:
        return None
    return key


def no_such_job(job_id: str) -> NotFound:
    """What is answered for a job that is not, or is another tenant's."""
    return NotFound("no-such-job", f"jobId: there is no job {job_id[:64]}")
