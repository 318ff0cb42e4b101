"""Jobs as tests need them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spillway.job import Job, Status

NOW_MS = 1_800_000_000_000
TTL_MS = 60_000


def job(**changes: Any) -> Job:
    """A job of acme's that has just been accepted, with these changes."""
    plain = Job(
        tenant="acme",
        job_id="j1",
        model="default",
        status=Status.QUEUED,
        created_at_ms=NOW_MS,
        expires_at_ms=NOW_MS + TTL_MS,
        due_at_ms=NOW_MS + TTL_MS,
        timeout_s=900,
        delete_at_s=NOW_MS // 1000 + 86_400,
        fingerprint="f" * 64,
        payload_bytes=1,
        payload="1",
    )
    return replace(plain, **changes)
