"""A job: one request to one model, from its acceptance to its one terminal state.

::

    QUEUED ──► RUNNING ──► SUCCEEDED | FAILED
      ▲  │        │ │
      │  └────────┼─┴────► CANCELLED | EXPIRED (only while QUEUED)
      └───────────┘  a retry, or a lease that was lost
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TENANT_SHARDS, DUE_SHARDS = 20, 64
"""Over how many keys of its index each tenant's list is spread, and the list of what is due.

One of DynamoDB's partitions takes 1,000 writes a second, and an index that can't keep up holds back
the table. A job is written once to the first list, and four times at least to the second, which
all tenants share. docs/floods.md has what these numbers let through.
"""


class Status(StrEnum):
    """What has become of a job. The last four are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"

    @property
    def is_terminal(self) -> bool:
        """Whether the job is over, for good."""
        return self not in (Status.QUEUED, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class JobKey:
    """What names a job: its id is the tenant's own, so another tenant's key never meets it."""

    tenant: str
    job_id: str

    @property
    def tenant_shard(self) -> str:
        """Which of its tenant's lists the job is in."""
        return str(self._hash() % TENANT_SHARDS)

    @property
    def due_shard(self) -> str:
        """Which list of what is due the job is in, while it is not over."""
        return str(self._hash() % DUE_SHARDS)

    def _hash(self) -> int:
        return int.from_bytes(hashlib.blake2b(self.job_id.encode(), digest_size=4).digest())


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job did not succeed, in the API's words."""

    code: str
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request to one model. Instants are epoch milliseconds.

    `payload` and `result` are JSON texts, present only where they are small enough to lie inline;
    `payload_uri` and `result_uri` name the objects that hold them else.
    `attempts` counts claims and is the fence: a write that carries another number is refused.
    `holder` names the claim, so that a worker whose claim was answered by nobody knows it again.
    `failures` counts those that went wrong; an attempt given back by a draining worker did not.
    `destinations` is the JSON text of where it is told of (destination.py), None for nowhere.
    `tells_start`: one of them asks for job.started, which few do. The table's stream is filtered by
    it, so that a start that nobody is told of calls no function.
    `traceparent` is the trace of the request that made it, by which its log lines are found.
    """

    tenant: str
    job_id: str
    model: str
    status: Status
    created_at_ms: int
    expires_at_ms: int
    timeout_s: int
    delete_at_s: int
    fingerprint: str
    payload_bytes: int
    payload: str | None = None
    payload_uri: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    destinations: str | None = None
    tells_start: bool = False
    retry_of: str | None = None
    traceparent: str | None = None
    due_at_ms: int | None = None
    attempts: int = 0
    failures: int = 0
    max_attempts: int | None = None
    model_version: str | None = None
    lease_until_ms: int | None = None
    holder: str | None = None
    started_at_ms: int | None = None
    completed_at_ms: int | None = None
    result: str | None = None
    result_uri: str | None = None
    error: JobError | None = None

    @property
    def key(self) -> JobKey:
        """The job's name."""
        return JobKey(self.tenant, self.job_id)
