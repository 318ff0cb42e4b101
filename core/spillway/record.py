"""A job as the flat record that stores hold, and back. The names are those of the JobsTable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from spillway.job import Job, JobError, JobKey, Status

if TYPE_CHECKING:
    from spillway.update import Record, Value

_NAMES = {
    "tenant": "tenant",
    "job_id": "jobId",
    "model": "model",
    "status": "status",
    "created_at_ms": "createdAt",
    "expires_at_ms": "expiresAt",
    "timeout_s": "timeoutSeconds",
    "delete_at_s": "deleteAt",
    "fingerprint": "fingerprint",
    "payload_bytes": "payloadBytes",
    "payload": "payload",
    "payload_uri": "payloadUri",
    "metadata": "metadata",
    "destinations": "destinations",
    "tells_start": "tellsStart",
    "retry_of": "retryOf",
    "traceparent": "traceparent",
    "due_at_ms": "dueAt",
    "attempts": "attempts",
    "failures": "failures",
    "max_attempts": "maxAttempts",
    "model_version": "modelVersion",
    "lease_until_ms": "leaseUntil",
    "holder": "holder",
    "started_at_ms": "startedAt",
    "completed_at_ms": "completedAt",
    "result": "result",
    "result_uri": "resultUri",
    "error": "error",
}
_FIELDS = tuple(item.name for item in fields(Job))


def partition_key(key: JobKey) -> str:
    """The table's key for this job. A tenant has no `#`, so no two jobs share one."""
    return f"JOB#{key.tenant}#{key.job_id}"


def job_key(partition: str) -> JobKey:
    """The job that a table's key names."""
    _, tenant, job_id = partition.split("#", 2)
    return JobKey(tenant, job_id)


def created_key(job: Job) -> str:
    """What a tenant's list is sorted by: the instant, padded to sort as text, then the id."""
    return f"{job.created_at_ms:015d}#{job.job_id}"


def to_record(job: Job) -> Record:
    """The record of a job: what is None or false is left out, index keys are put in."""
    record: dict[str, Value] = {
        "pk": partition_key(job.key),
        "tenantShard": f"{job.tenant}#{job.key.tenant_shard}",
        "createdKey": created_key(job),
    }
    if job.due_at_ms is not None:
        record["dueShard"] = job.key.due_shard
    for name in _FIELDS:
        value = getattr(job, name)
        if value is not None and value is not False:
            record[_NAMES[name]] = _plain(value)
    return record


def from_record(record: Mapping[str, Any]) -> Job:
    """The job of a record."""
    values = {name: record[_NAMES[name]] for name in _FIELDS if _NAMES[name] in record}
    values["status"] = Status(values["status"])
    if "error" in values:
        values["error"] = JobError(**values["error"])
    return Job(**values)


def _plain(value: object) -> Value:
    if isinstance(value, Status):
        return value.value
    if isinstance(value, str | int):
        return value
    if isinstance(value, JobError):
        return {"code": value.code, "message": value.message, "retryable": value.retryable}
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    raise TypeError(f"a record can't hold {value!r}")
