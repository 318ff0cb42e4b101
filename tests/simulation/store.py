"""The jobs' twin under watch: every write to it is kept."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from spillway.job import JobKey, Status
from spillway.memory import MemoryStore
from spillway.record import from_record
from tests.simulation.processes import now_ms

if TYPE_CHECKING:
    from spillway.job import Job
    from spillway.update import Record, Update
    from tests.simulation.history import History


class WatchedStore(MemoryStore):
    """The JobsTable. `done` is set when so many jobs as were planned are over."""

    def __init__(self, history: History, *, jobs: int) -> None:
        super().__init__()
        self._history = history
        self._left = jobs
        self._versions: defaultdict[JobKey, list[tuple[int, Record]]] = defaultdict(list)
        self.done = asyncio.Event()

    def put(self, job: Job) -> None:
        super().put(job)
        self._note(job.key, None)

    def apply(self, update: Update) -> Job:
        before = self._records.get(update.key)
        job = super().apply(update)
        self._note(update.key, before)
        return job

    def is_over(self, key: JobKey) -> bool:
        return Status(str(self._records[key]["status"])).is_terminal

    def records(self) -> dict[JobKey, Record]:
        """All jobs as they are."""
        return dict(self._records)

    def was_due(self, shard: str, *, now_ms: int, as_of_ms: int) -> list[JobKey]:
        """What an index that lags so far behind says is due."""
        jobs = [self.was(key, as_of_ms) for key in self._records if key.due_shard == shard]
        return [job.key for job in jobs if job and job.due_at_ms and job.due_at_ms <= now_ms]

    def was(self, key: JobKey, as_of_ms: int) -> Job | None:
        """The job as it was at that instant, or as it was accepted."""
        versions = self._versions.get(key)
        if not versions:
            return None
        known = [record for at_ms, record in versions if at_ms <= as_of_ms]
        return from_record(known[-1] if known else versions[0][1])

    def _note(self, key: JobKey, before: Record | None) -> None:
        after = self._records[key]
        self._versions[key].append((now_ms(), after))
        if self._history.change(key, before, after).ends:
            self._left -= 1
            if not self._left:
                self.done.set()
