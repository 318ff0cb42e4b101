"""Jobs as Spillway's API accepts them: their messages, and their items in the table."""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import TYPE_CHECKING, Any

from spillway.aws.attributes import to_item
from spillway.job import Job, Status
from spillway.message import encode
from spillway.record import to_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MODEL = "bench"
TENANTS = 3
HOUR_S = 3_600


def accepted(count: int) -> list[Job]:
    """So many accepted jobs of a few tenants."""
    now_ms = round(time.time() * 1000)
    return [_job(number, now_ms) for number in range(count)]


def messages(jobs: Sequence[Job]) -> list[Mapping[str, Any]]:
    """What the API sends to the queue."""
    return [{"body": encode(job, payload=job.payload), "group": job.tenant} for job in jobs]


def items(jobs: Sequence[Job]) -> list[Mapping[str, Any]]:
    """What the API writes to the table."""
    return [to_item(to_record(job)) for job in jobs]


def _job(number: int, now_ms: int) -> Job:
    payload = f'{{"n":{number}}}'
    return Job(
        tenant=f"tenant-{number % TENANTS}",
        job_id=str(uuid.uuid4()),
        model=MODEL,
        status=Status.QUEUED,
        created_at_ms=now_ms,
        expires_at_ms=now_ms + 24 * HOUR_S * 1000,
        due_at_ms=now_ms + 24 * HOUR_S * 1000,
        timeout_s=60,
        delete_at_s=now_ms // 1000 + 30 * 24 * HOUR_S,
        fingerprint=hashlib.sha256(payload.encode()).hexdigest(),
        payload_bytes=len(payload),
        payload=payload,
    )
