"""Jobs as tests need them: one that is queued, and what differs from it."""

from __future__ import annotations

from typing import Any

from spillway.job import DUE_SHARDS, Job, JobError, JobKey, Status

NOW_MS = 1_800_000_000_000
MINUTE_MS = 60_000
KEY = JobKey("acme", "job-1")
ERROR = JobError("prediction_failed", "the model raised: ümläut 🙂 日本語", retryable=True)


def queued(job_id: str = KEY.job_id, **changes: Any) -> Job:
    """A job as it is accepted a minute before now, an hour before it expires."""
    values: dict[str, Any] = {
        "tenant": KEY.tenant,
        "job_id": job_id,
        "model": "default",
        "status": Status.QUEUED,
        "created_at_ms": NOW_MS - MINUTE_MS,
        "expires_at_ms": NOW_MS + 60 * MINUTE_MS,
        "due_at_ms": NOW_MS + 60 * MINUTE_MS,
        "timeout_s": 900,
        "delete_at_s": 1_810_000_000,
        "fingerprint": "f" * 64,
        "payload": '{"text":"hello"}',
        "payload_bytes": 16,
    }
    return Job(**values | changes)


def running(job_id: str = KEY.job_id, **changes: Any) -> Job:
    """The second attempt at a job, half a minute before its lease ends; the first one failed."""
    values: dict[str, Any] = {
        "status": Status.RUNNING,
        "attempts": 2,
        "failures": 1,
        "max_attempts": 4,
        "model_version": "v1",
        "error": ERROR,
        "started_at_ms": NOW_MS - 1_000,
        "lease_until_ms": NOW_MS + 30_000,
        "due_at_ms": NOW_MS + 30_000,
    }
    return queued(job_id, **values | changes)


def ended(status: Status, job_id: str = KEY.job_id, **changes: Any) -> Job:
    """A job that is over after two attempts."""
    values: dict[str, Any] = {
        "status": status,
        "lease_until_ms": None,
        "due_at_ms": None,
        "completed_at_ms": NOW_MS - 100,
    }
    return running(job_id, **values | changes)


def ids_in_shard(shard: str, count: int) -> list[str]:
    """Ids of jobs that are listed in one index partition."""
    ids = (f"job-{number}" for number in range(count * DUE_SHARDS * 10))
    return [job_id for job_id in ids if JobKey("acme", job_id).due_shard == shard][:count]
