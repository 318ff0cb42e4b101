"""Jobs in a dictionary, under the conditions that DynamoDB would hold them to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spillway.errors import JobExists, UpdateRefused
from spillway.job import Job, JobKey, Status
from spillway.record import created_key, from_record, to_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.update import Record, Update


class MemoryStore:
    """The twin of the JobsTable. Safe between threads: a lock stands for an item's atomicity."""

    def __init__(self) -> None:
        self._records: dict[JobKey, Record] = {}
        self._lock = threading.Lock()

    def put(self, job: Job) -> None:
        with self._lock:
            existing = self._records.get(job.key)
            if existing is None:
                self._records[job.key] = to_record(job)
        if existing is not None:
            raise JobExists(from_record(existing))

    def get(self, key: JobKey) -> Job | None:
        record = self._records.get(key)
        return None if record is None else from_record(record)

    def get_many(self, keys: Sequence[JobKey]) -> Sequence[Job]:
        return [job for key in keys if (job := self.get(key)) is not None]

    def apply(self, update: Update) -> Job:
        with self._lock:
            record = self._records.get(update.key)
            if record is None or not update.when.holds(record):
                raise UpdateRefused(None if record is None else from_record(record))
            self._records[update.key] = update.applied(record)
            return from_record(self._records[update.key])

    def forget(self, key: JobKey) -> None:
        with self._lock:
            record = self._records.get(key)
            if record is not None and record["status"] == Status.QUEUED.value:
                del self._records[key]

    def page(self, tenant: str, *, before: str | None, limit: int) -> Sequence[Job]:
        jobs = [job for job in self._all() if job.tenant == tenant]
        newest_first = sorted(jobs, key=created_key, reverse=True)
        return [job for job in newest_first if before is None or created_key(job) < before][:limit]

    def due(self, shard: str, *, now_ms: int, limit: int) -> Sequence[JobKey]:
        due = [
            (job.due_at_ms, job.key)
            for job in self._all()
            if job.key.due_shard == shard and job.due_at_ms is not None and job.due_at_ms <= now_ms
        ]
        return [key for _, key in sorted(due, key=lambda pair: pair[0])][:limit]

    def _all(self) -> list[Job]:
        with self._lock:
            return [from_record(record) for record in self._records.values()]
