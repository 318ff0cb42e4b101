"""What becomes of a failed attempt, and of a message whose claim was refused. Others act on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.job import Job, JobError, Status
from spillway.transitions import is_out_of_attempts

if TYPE_CHECKING:
    import random

    from spillway.errors import InferenceError

MESSAGE_LENGTH = 1000
"""Characters of an error that are kept: a model may put its whole payload into one."""
BACKOFF_BASE_S = 2
BACKOFF_CAP_S = 300
PATIENCE_AFTER = 3
"""Receives after which a message is taken for a second copy; before, it comes for a lost lease."""
PATIENCE_STEP_S = 15
PATIENCE_CAP_S = 900
"""A hundred waits that grow so, the queue's limit of receives, last 17 hours: the longest attempt
runs for 12."""


_COSTS_A_WORKER = ("worker_lost", "out_of_memory")


@dataclass(frozen=True, slots=True)
class Retry:
    """The job is queued again, its message hidden for so long."""

    error: JobError
    delay_s: int


@dataclass(frozen=True, slots=True)
class Fail:
    """The job has failed; `is_buried` says that its message is worth keeping in the DLQ."""

    error: JobError
    is_buried: bool


def after_failure(
    error: InferenceError, job: Job, *, now_ms: int, rng: random.Random
) -> Retry | Fail:
    """Decide on an attempt that raised: `job` is as it was claimed."""
    reason = JobError(error.code, _bounded(str(error)), retryable=error.retryable)
    if not error.retryable:
        return Fail(reason, is_buried=False)
    delay_s = backoff_s(job.failures + 1, rng)
    if is_out_of_attempts(job) or now_ms + delay_s * 1000 >= job.expires_at_ms:
        return Fail(reason, is_buried=True)
    return Retry(reason, delay_s)


def backoff_s(failures: int, rng: random.Random) -> int:
    """Seconds to wait after so many failures: exponential, capped, with full jitter.

    Full jitter spreads the retries of a burst that failed together most evenly:
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    ceiling = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2 ** min(failures - 1, 30))
    return math.ceil(rng.uniform(0, ceiling))


@dataclass(frozen=True, slots=True)
class Drop:
    """The job is over, or gone: the message is deleted without work."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Another worker has the job: the message comes back when its lease has ended."""

    delay_s: int


@dataclass(frozen=True, slots=True)
class Reclaim:
    """The lease was lost and an attempt is left."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The job waited too long."""


@dataclass(frozen=True, slots=True)
class Exhaust:
    """The model allows fewer attempts than have failed: the job fails, its message is buried."""


@dataclass(frozen=True, slots=True)
class Lose:
    """The lease was lost and no attempt is left: the job fails, its message is buried."""

    attempt: int


type Verdict = Drop | Wait | Reclaim | Expire | Exhaust | Lose


def after_refusal(
    current: Job | None, *, now_ms: int, max_attempts: int, receives: int, lease_s: int
) -> Verdict:
    """Decide on a message whose job could not be claimed: `current` is the job as it is.

    `receives` counts how often this message has come. A second copy of a job that runs for hours
    waits longer each time, or it would reach the queue's limit of receives and the DLQ. But a
    lease of which less than half is left was not renewed when it should have been: its message
    waits for its end alone, having come a moment before it.
    """
    if current is None or current.status.is_terminal:
        return Drop()
    if current.status is Status.QUEUED:
        return _after_queued(current, now_ms, max_attempts)
    remaining_ms = (current.lease_until_ms or 0) - now_ms
    if remaining_ms > 0:
        patience_s = _patience_s(receives) if remaining_ms > lease_s * 500 else 0
        return Wait(max(math.ceil(remaining_ms / 1000), patience_s))
    if current.failures + 1 >= max_attempts or current.expires_at_ms <= now_ms:
        return Lose(current.attempts)
    return Reclaim()


def is_dangerous(job: Job, *, now_ms: int) -> bool:
    """Whether the job may have cost a worker its life: such a one must run with nothing beside it.

    Else each of its attempts would cost every job that the same worker holds an attempt too.
    """
    if job.status is Status.RUNNING:
        return (job.lease_until_ms or 0) <= now_ms
    return (
        job.status is Status.QUEUED and job.error is not None and job.error.code in _COSTS_A_WORKER
    )


def _patience_s(receives: int) -> int:
    return min(PATIENCE_STEP_S * max(0, receives - PATIENCE_AFTER), PATIENCE_CAP_S)


def _after_queued(current: Job, now_ms: int, max_attempts: int) -> Verdict:
    if current.expires_at_ms <= now_ms:
        return Expire()
    # The limit was lowered meanwhile; else another worker has just given the job back.
    return Exhaust() if current.failures >= max_attempts else Wait(1)


def _bounded(message: str) -> str:
    """The message as a table and a queue take it: characters only, and not too many."""
    return message.encode(errors="replace").decode()[:MESSAGE_LENGTH]
