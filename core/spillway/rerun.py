"""A job that did not succeed, asked for once more as a new job."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from spillway.destinations.destination import from_text
from spillway.errors import Conflict, Gone
from spillway.identity import job_id_of_key
from spillway.intake import Order
from spillway.job import Job, Status
from spillway.lookup import kept_key
from spillway.submission import Submission

if TYPE_CHECKING:
    from spillway.ports import Bucket

_RETRYABLE = (Status.FAILED, Status.CANCELLED, Status.EXPIRED)


def order_again(
    job: Job, *, idempotency_key: str | None, inputs: Bucket, traceparent: str | None
) -> Order:
    """The order for a job like this one.

    Its id is derived from the caller's key or else from the old job, so that a request sent twice
    makes one job. No caller's key holds a NUL, so none stands for a job that was derived so.

    Raises:
        Conflict: the job is not over, or has succeeded.
        Gone: its payload has passed its retention.

    """
    if job.status not in _RETRYABLE:
        detail = f"job {job.job_id} is {job.status.value}: only what did not succeed is retried"
        raise Conflict("not-retryable", detail)
    _check_payload(job, inputs)
    return Order(
        tenant=job.tenant,
        job_id=job_id_of_key(job.tenant, idempotency_key or f"retry\0{job.job_id}"),
        wanted=_like(job),
        is_repeatable=True,
        retry_of=job.job_id,
        traceparent=traceparent,
    )


def _like(job: Job) -> Submission:
    # A key that made the old job must not find it here: a retry is another request.
    fingerprint = hashlib.sha256(f"retry of {job.job_id} {job.fingerprint}".encode()).hexdigest()
    return Submission(
        model=job.model,
        payload=job.payload,
        payload_uri=job.payload_uri,
        job_id=None,
        ttl_s=(job.expires_at_ms - job.created_at_ms) // 1000,
        timeout_s=job.timeout_s,
        metadata=job.metadata,
        fingerprint=fingerprint,
        # A job that told nobody is not now to tell whom its tenant has chosen since.
        destinations=from_text(job.destinations or "[]"),
    )


def _check_payload(job: Job, inputs: Bucket) -> None:
    if job.payload_uri is not None and kept_key(inputs, job.payload_uri) is None:
        raise Gone("payload-gone", f"the payload of job {job.job_id} has passed its retention")
