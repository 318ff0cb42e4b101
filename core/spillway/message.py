"""What travels through the queue: `{v, jobId, tenant, model, payload | payloadUri, …}` as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from spillway.errors import MalformedMessage
from spillway.identity import TENANT
from spillway.job import Job, JobKey
from spillway.submission import JOB_ID

VERSION = 1
_EVERY = {"v": int, "jobId": str, "tenant": str, "model": str, "expiresAt": int,
          "timeoutSeconds": int}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One job on its way to a worker. `payload` is the parsed JSON unless it lies at the URI."""

    job_id: str
    tenant: str
    model: str
    expires_at_ms: int
    timeout_s: int
    payload: Any = None
    payload_uri: str | None = None
    traceparent: str | None = None

    @property
    def key(self) -> JobKey:
        """The job's name."""
        return JobKey(self.tenant, self.job_id)


def encode(job: Job, *, payload: str | None) -> str:
    """The message for a job. `payload` is its JSON text, None where it travels by its URI.

    The text is spliced in as it is: parsing 200 KiB again to print it again would be the larger
    part of the enqueue path's work.
    """
    head: dict[str, Any] = {
        "v": VERSION,
        "jobId": job.job_id,
        "tenant": job.tenant,
        "model": job.model,
        "expiresAt": job.expires_at_ms,
        "timeoutSeconds": job.timeout_s,
    }
    if job.traceparent is not None:
        head["traceparent"] = job.traceparent
    if payload is None:
        head["payloadUri"] = job.payload_uri
        return json.dumps(head, separators=(",", ":"))
    return f'{json.dumps(head, separators=(",", ":"))[:-1]},"payload":{payload}}}'


def decode(body: str) -> Message:
    """The message in a body.

    Raises:
        MalformedMessage: it is not JSON, not ours, or of a version this worker does not speak.

    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise MalformedMessage("not a JSON object")
    if value.get("v") != VERSION:
        raise MalformedMessage(f"v: expected {VERSION}, got {value.get('v')!r}")
    for name, kind in _EVERY.items():
        if type(value.get(name)) is not kind:
            raise MalformedMessage(f"{name}: expected {kind.__name__}, got {value.get(name)!r}")
    for name, pattern in (("jobId", JOB_ID), ("tenant", TENANT)):
        if not pattern.fullmatch(value[name]):
            raise MalformedMessage(f"{name}: expected text that matches {pattern.pattern}")
    return Message(
        job_id=value["jobId"],
        tenant=value["tenant"],
        model=value["model"],
        expires_at_ms=value["expiresAt"],
        timeout_s=value["timeoutSeconds"],
        payload=value.get("payload"),
        payload_uri=_payload_uri(value),
        traceparent=_text(value, "traceparent") if "traceparent" in value else None,
    )


def _payload_uri(value: dict[str, Any]) -> str | None:
    if ("payload" in value) == ("payloadUri" in value):
        raise MalformedMessage("expected either payload or payloadUri")
    return _text(value, "payloadUri") if "payloadUri" in value else None


def _text(value: dict[str, Any], name: str) -> str:
    text = value[name]
    if not isinstance(text, str):
        raise MalformedMessage(f"{name}: expected str, got {text!r}")
    return text
