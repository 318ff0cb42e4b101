"""A job's result, and how it reaches the caller who asks for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spillway.errors import Conflict, Gone, ObjectMissing, Unavailable
from spillway.job import Job, Status
from spillway.lookup import kept_key

if TYPE_CHECKING:
    from spillway.ports import Bucket

ANSWER_BYTES = 5 * 1024 * 1024
"""Lambda answers with up to 6 MB, in which a result is escaped text beside its envelope."""
RETRY_AFTER_S = 2
"""When to ask again for a job that is not over."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The result lies under this key of the bucket of results."""

    key: str


def result_of(job: Job, results: Bucket) -> str | Elsewhere:
    """The result's JSON text where it lies inline, else where it lies.

    Raises:
        Conflict: the job is not over, or ended without a result.
        Gone: the result has passed its retention.

    """
    if not job.status.is_terminal:
        detail = f"job {job.job_id} is {job.status.value}: it has no result yet"
        raise Conflict("not-finished", detail, retry_after_s=RETRY_AFTER_S)
    if job.status is not Status.SUCCEEDED or job.result_uri is None:
        why = "" if job.error is None else f" ({job.error.code}: {job.error.message})"
        detail = f"job {job.job_id} is {job.status.value}{why}: it has no result"
        raise Conflict("no-result", detail)
    if job.result is not None:
        return job.result
    key = kept_key(results, job.result_uri)
    if key is not None:
        return Elsewhere(key)
    raise Gone("result-gone", f"the result of job {job.job_id} has passed its retention")


def with_result(job: Job, results: Bucket) -> Job:
    """The job with its result inline, if an answer has room for it; else as it is.

    The job is over and the caller can fetch its result, so no trouble here is an error.
    """
    key = None if job.result_uri is None else results.key(job.result_uri)
    if job.result is not None or key is None:
        return job
    try:
        if results.size(key) > ANSWER_BYTES:
            return job
        text = results.get(key).decode()
    except (ObjectMissing, Unavailable):
        return job
    # A text of many quotes grows as Lambda escapes it into its answer.
    return job if len(json.dumps(text)) > ANSWER_BYTES else replace(job, result=text)
