"""A job as its caller sees it: the API's JSON documents."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spillway.job import Job


def listed_document(job: Job) -> dict[str, Any]:
    """A job as lists show it: where its result lies, but not the result, or pages would be huge."""
    return job_document(replace(job, result=None))


def job_document(
    job: Job,
    *,
    queue_position: int | None = None,
    deliveries: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """The document of `GET /v1/jobs/{jobId}`; attributes that have no value yet are left out."""
    shown = {
        "jobId": job.job_id,
        "model": job.model,
        "modelVersion": job.model_version,
        "status": job.status.value,
        "createdAt": instant(job.created_at_ms),
        "startedAt": instant(job.started_at_ms),
        "completedAt": instant(job.completed_at_ms),
        "expiresAt": instant(job.expires_at_ms),
        "ttlSeconds": (job.expires_at_ms - job.created_at_ms) // 1000,
        "timeoutSeconds": job.timeout_s,
        "attempts": job.attempts,
        "payload": _payload(job),
        "result": _result(job),
        "error": _error(job),
        "timings": _timings(job),
        "queuePosition": queue_position,
        "destinations": None if job.destinations is None else json.loads(job.destinations),
        "deliveries": deliveries,
        "metadata": dict(job.metadata),
        "retryOf": job.retry_of,
        "links": links(job),
    }
    return {name: value for name, value in shown.items() if value is not None}


def accepted_document(job: Job) -> dict[str, Any]:
    """The document of a 202. A repeated request gets it again, whatever has become of the job."""
    return {
        "accepted": True,
        "jobId": job.job_id,
        "status": "QUEUED",
        "model": job.model,
        "createdAt": instant(job.created_at_ms),
        "links": links(job),
    }


def links(job: Job) -> dict[str, str]:
    """Where the job, and what may be done with it, is found."""
    path = job_path(job.job_id)
    return {
        "self": path,
        "result": f"{path}/result",
        "cancel": f"{path}/cancel",
        "retry": f"{path}/retry",
    }


def job_path(job_id: str) -> str:
    """The path of a job below the API's host."""
    return f"/v1/jobs/{job_id}"


def instant(at_ms: int | None) -> str | None:
    """RFC 3339, UTC, with milliseconds.

    >>> instant(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    """
    if at_ms is None:
        return None
    text = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _payload(job: Job) -> dict[str, Any]:
    kept = {"bytes": job.payload_bytes}
    return kept if job.payload_uri is None else {"uri": job.payload_uri, **kept}


def _result(job: Job) -> dict[str, Any] | None:
    if job.result_uri is None:
        return None
    inline = {} if job.result is None else {"inline": json.loads(job.result)}
    return {"uri": job.result_uri, **inline}


def _error(job: Job) -> dict[str, Any] | None:
    if job.error is None:
        return None
    error = job.error
    return {"code": error.code, "message": error.message, "retryable": error.retryable}


def _timings(job: Job) -> dict[str, int] | None:
    if job.started_at_ms is None:
        return None
    timings = {"queueMs": max(0, job.started_at_ms - job.created_at_ms)}
    if job.completed_at_ms is not None:
        timings["runMs"] = max(0, job.completed_at_ms - job.started_at_ms)
    return timings
