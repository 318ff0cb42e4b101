"""The rules of a job's life: each a function from what is known to one conditional write.

No clock, no call, no log: `now_ms` comes in, an `Update` goes out. A store that carries out an
update refuses it where the job is otherwise than the rule requires, and nothing has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict, Unpack

from spillway.job import Job, JobError, JobKey, Status
from spillway.update import Comparison, Update, Value, either, every

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.update import Condition

LOST_GRACE_MS = 60_000
"""How long after a lease's end the queue may take to redeliver before the reconciler steps in."""

WORKER_LOST = JobError("worker_lost", "the worker stopped while it ran this job", retryable=True)
EXPIRED = JobError("expired", "the job waited longer than its ttlSeconds", retryable=True)
CANCELLED = JobError("cancelled", "the job was cancelled", retryable=False)


class Lease(TypedDict):
    """On what terms an attempt begins: now and until when, within how many, by whom."""

    now_ms: int
    lease_until_ms: int
    max_attempts: int
    model_version: str
    holder: NotRequired[str]


_NO_LONGER_DUE = ("dueShard", "dueAt", "leaseUntil")


def claim(key: JobKey, **lease: Unpack[Lease]) -> Update:
    """QUEUED → RUNNING: one more attempt begins, under a lease."""
    return Update(
        key,
        when=every(
            _is(Status.QUEUED),
            _before_expiry(lease["now_ms"]),
            _may_fail_less_than(lease["max_attempts"]),
        ),
        set=_running(lease),
        add={"attempts": 1},
    )


def reclaim(key: JobKey, **lease: Unpack[Lease]) -> Update:
    """RUNNING under a lease that ended → RUNNING anew; the attempt that was lost is a failure."""
    return Update(
        key,
        when=every(
            _lease_lost(lease["now_ms"]),
            _before_expiry(lease["now_ms"]),
            _may_fail_less_than(lease["max_attempts"] - 1),
        ),
        set=_running(lease) | {"error": _error(WORKER_LOST)},
        add={"attempts": 1, "failures": 1},
    )


def renew(key: JobKey, *, attempt: int, lease_until_ms: int) -> Update:
    """The attempt's lease is prolonged."""
    return Update(
        key,
        when=_holds_lease(attempt),
        set={"leaseUntil": lease_until_ms, "dueAt": lease_until_ms},
    )


def succeed(
    key: JobKey, *, attempt: int, now_ms: int, result: str | None, result_uri: str
) -> Update:
    """RUNNING → SUCCEEDED; `result` is the JSON text where it is small enough to lie inline."""
    outcome: dict[str, Value] = {"resultUri": result_uri}
    if result is not None:
        outcome["result"] = result
    return _end(key, Status.SUCCEEDED, now_ms, _holds_lease(attempt), outcome, forget=("error",))


def fail(key: JobKey, *, attempt: int, now_ms: int, error: JobError) -> Update:
    """RUNNING → FAILED."""
    outcome = {"error": _error(error)}
    return _end(key, Status.FAILED, now_ms, _holds_lease(attempt), outcome, failures=1)


def retry(key: JobKey, *, attempt: int, expires_at_ms: int, error: JobError) -> Update:
    """RUNNING → QUEUED: the attempt failed and another one may help."""
    return _requeue(key, _holds_lease(attempt), expires_at_ms, failures=1, error=error)


def give_back(key: JobKey, *, attempt: int, expires_at_ms: int) -> Update:
    """RUNNING → QUEUED: the worker must stop, which is no fault of the job's."""
    return _requeue(key, _holds_lease(attempt), expires_at_ms, failures=0)


def cancel(key: JobKey, *, now_ms: int) -> Update:
    """QUEUED or RUNNING → CANCELLED; a worker that runs it finds its fence gone and lets it be."""
    return _end(
        key,
        Status.CANCELLED,
        now_ms,
        either(_is(Status.QUEUED), _is(Status.RUNNING)),
        {"error": _error(CANCELLED)},
    )


def expire(key: JobKey, *, now_ms: int) -> Update:
    """QUEUED past its deadline → EXPIRED."""
    when = every(_is(Status.QUEUED), Comparison("expiresAt", "<=", now_ms))
    return _end(key, Status.EXPIRED, now_ms, when, {"error": _error(EXPIRED)})


def lose(key: JobKey, *, attempt: int, now_ms: int) -> Update:
    """RUNNING under a lease that ended, with no attempt left → FAILED `worker_lost`."""
    when = every(_lease_lost(now_ms), Comparison("attempts", "=", attempt))
    outcome = {"error": _error(WORKER_LOST)}
    return _end(key, Status.FAILED, now_ms, when, outcome, failures=1)


def exhaust(key: JobKey, *, now_ms: int, max_attempts: int) -> Update:
    """QUEUED with no attempt left, as the limit was lowered → FAILED."""
    when = every(_is(Status.QUEUED), Comparison("failures", ">", max_attempts - 1))
    return _end(key, Status.FAILED, now_ms, when, {})


def settle(job: Job, *, now_ms: int) -> Update | None:
    """What the reconciler does with a job that is due; None where it is for the queue to act.

    Each accepted job ends, even where its message was lost or lies in the DLQ.
    """
    if job.status is Status.QUEUED:
        return expire(job.key, now_ms=now_ms) if job.expires_at_ms <= now_ms else None
    if job.status is not Status.RUNNING or job.lease_until_ms is None:
        return None
    if job.lease_until_ms + LOST_GRACE_MS > now_ms:
        return None
    if is_out_of_attempts(job) or job.expires_at_ms <= now_ms:
        return lose(job.key, attempt=job.attempts, now_ms=now_ms)
    when = every(_lease_lost(now_ms), Comparison("attempts", "=", job.attempts))
    return _requeue(job.key, when, job.expires_at_ms, failures=1, error=WORKER_LOST)


def is_out_of_attempts(job: Job) -> bool:
    """Whether the attempt that runs, or ran, is the last one the model allows."""
    return job.max_attempts is not None and job.failures + 1 >= job.max_attempts


def _is(status: Status) -> Condition:
    return Comparison("status", "=", status.value)


def _before_expiry(now_ms: int) -> Condition:
    return Comparison("expiresAt", ">", now_ms)


def _may_fail_less_than(limit: int) -> Condition:
    return Comparison("failures", "<", limit)


def _lease_lost(now_ms: int) -> Condition:
    return every(_is(Status.RUNNING), Comparison("leaseUntil", "<=", now_ms))


def _holds_lease(attempt: int) -> Condition:
    return every(_is(Status.RUNNING), Comparison("attempts", "=", attempt))


def _running(lease: Lease) -> dict[str, Value]:
    return {
        "status": Status.RUNNING.value,
        "startedAt": lease["now_ms"],
        "leaseUntil": lease["lease_until_ms"],
        "dueAt": lease["lease_until_ms"],
        "maxAttempts": lease["max_attempts"],
        "modelVersion": lease["model_version"],
        "holder": lease.get("holder", ""),
    }


def _requeue(
    key: JobKey,
    when: Condition,
    expires_at_ms: int,
    *,
    failures: int,
    error: JobError | None = None,
) -> Update:
    changes: dict[str, Value] = {"status": Status.QUEUED.value, "dueAt": expires_at_ms}
    if error is not None:
        changes["error"] = _error(error)
    return Update(
        key, when, set=changes, add={"failures": failures}, remove=("leaseUntil", "startedAt")
    )


def _end(
    key: JobKey,
    status: Status,
    now_ms: int,
    when: Condition,
    outcome: Mapping[str, Value],
    *,
    failures: int = 0,
    forget: tuple[str, ...] = (),
) -> Update:
    changes: dict[str, Value] = {"status": status.value, "completedAt": now_ms, **outcome}
    return Update(
        key, when, set=changes, add={"failures": failures}, remove=(*_NO_LONGER_DUE, *forget)
    )


def _error(error: JobError) -> dict[str, Value]:
    return {"code": error.code, "message": error.message, "retryable": error.retryable}
