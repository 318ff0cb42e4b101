"""What one job writes to the JobsTable and its indexes, counted on the rules themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.flood.limits import WRITE_UNIT_BYTES
from spillway import transitions
from spillway.job import Job, Status
from spillway.record import to_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spillway.update import Record, Value

INDEXES = {"byTenant": ("tenantShard", "createdKey"), "byDue": ("dueShard", "dueAt")}
_NOW_MS = 1_764_000_000_000
_RESULT_URI = "s3://spillway-resultbucket-0123456789ab/results/acme/1.json"


@dataclass(frozen=True, slots=True)
class Step:
    """One write: its units in the table and in each index."""

    name: str
    table: int
    indexes: Mapping[str, int]


def of_a_job(*, payload_bytes: int, result_bytes: int) -> list[Step]:
    """Accepted, claimed, one heartbeat, finished; payload and result lie in the item."""
    steps, before = [], None
    for name, record in _life(payload_bytes, result_bytes):
        steps.append(_step(name, before, record))
        before = record
    return steps


def item_bytes(record: Record) -> int:
    """The size of an item as DynamoDB counts it: names and values.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name) + _value_bytes(value) for name, value in record.items())


def _life(payload_bytes: int, result_bytes: int) -> Iterator[tuple[str, Record]]:
    job = Job(
        tenant="acme",
        job_id="01987c5e-7b1c-7e53-b1d4-52a1c4f1f9a0",
        model="default",
        status=Status.QUEUED,
        created_at_ms=_NOW_MS,
        expires_at_ms=_NOW_MS + 21_600_000,
        due_at_ms=_NOW_MS + 21_600_000,
        timeout_s=900,
        delete_at_s=_NOW_MS // 1_000 + 2_592_000,
        fingerprint="f" * 64,
        payload="x" * payload_bytes,
        payload_bytes=payload_bytes,
    )
    queued = to_record(job)
    yield "put", queued
    lease = transitions.Lease(
        now_ms=_NOW_MS,
        lease_until_ms=_NOW_MS + 30_000,
        max_attempts=4,
        model_version="minilm-1",
        holder="0123456789abcdef",
    )
    claimed = transitions.claim(job.key, **lease).applied(queued)
    yield "claim", claimed
    renewal = transitions.renew(job.key, attempt=1, lease_until_ms=_NOW_MS + 40_000)
    renewed = renewal.applied(claimed)
    yield "heartbeat", renewed
    end = transitions.succeed(
        job.key, attempt=1, now_ms=_NOW_MS, result="x" * result_bytes, result_uri=_RESULT_URI
    )
    yield "finish", end.applied(renewed)


def _step(name: str, before: Record | None, after: Record) -> Step:
    larger = max(item_bytes(before or {}), item_bytes(after))
    return Step(
        name,
        table=math.ceil(larger / WRITE_UNIT_BYTES),
        indexes={index: _moved(keys, before or {}, after) for index, keys in INDEXES.items()},
    )


def _moved(keys: tuple[str, ...], before: Record, after: Record) -> int:
    """An entry whose keys change is deleted and put: two writes, each of less than 1 KiB."""
    old, new = ([record.get(key) for key in keys] for record in (before, after))
    return 0 if old == new else (None not in old) + (None not in new)


def _value_bytes(value: Value) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, int):
        return math.ceil(len(str(value)) / 2) + 1
    if isinstance(value, tuple):
        return 3 + sum(1 + _value_bytes(part) for part in value)
    return 3 + sum(1 + len(name) + _value_bytes(part) for name, part in value.items())
