"""What goes wrong on a caller's side. What the API refuses is raised as it was there.

::

    SpillwayError            whatever a call meets
    ├── Rejected             the API refused the request: spillway.errors has its kinds, by status
    ├── Unreachable          no answer, after all retries
    ├── UnexpectedAnswer     an answer that is not this API's: most often another address
    ├── JobFailed            the job ended FAILED, CANCELLED or EXPIRED; `job` says why
    └── Unfinished           the time to wait was over before the job was; it goes on

What is wrong with the call itself, such as a term that there is not, is Python's TypeError or
ValueError. What an `auth` raises goes through as it is: botocore's, where credentials are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from spillway.client.documents import Job


class Unreachable(SpillwayError):
    """Nothing answered. A submit may have arrived: sent again under its key, it makes no second."""


class UnexpectedAnswer(SpillwayError):
    """Something answered that is not a Spillway API of version 1."""


class JobFailed(SpillwayError):
    """The job ended without a result."""

    def __init__(self, job: Job) -> None:
        why = "" if job.error is None else f": {job.error.message} ({job.error.code})"
        super().__init__(f"job {job.job_id} {job.status}{why}")
        self.job = job


class Unfinished(SpillwayError):
    """The job has not ended yet, and goes on."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"job {job.job_id} is still {job.status}; it goes on")
        self.job = job
