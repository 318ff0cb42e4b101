"""A tenant's jobs, the newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.record import created_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.job import Job, Status
    from spillway.ports import JobStore

SCAN_LIMIT = 1_000
"""Jobs that one request looks through for those that its filter lets pass."""
_SCAN_STEP = 100


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs are wanted; None lets every one pass."""

    status: Status | None = None
    model: str | None = None

    def passes(self, job: Job) -> bool:
        """Whether this job is wanted."""
        return self.status in (None, job.status) and self.model in (None, job.model)

    @property
    def scope(self) -> tuple[str, str]:
        """What tells this list from another one, for its page tokens."""
        return ("" if self.status is None else self.status.value, self.model or "")


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, and the key after which the list goes on (None at its end)."""

    jobs: Sequence[Job]
    last_key: str | None


def newest(store: JobStore, tenant: str, wanted: Filter, *, size: int, before: str | None) -> Page:
    """Up to `size` jobs; fewer, with more to come, where `SCAN_LIMIT` jobs held no more of them.

    The index has no filter by status or model: an index for each would cost every write more
    than the rare list is worth.
    """
    step = size + 1 if wanted == Filter() else _SCAN_STEP
    found: list[Job] = []
    for _ in range(0, SCAN_LIMIT, step):
        jobs = store.page(tenant, before=before, limit=step)
        for job in jobs:
            if wanted.passes(job):
                if len(found) == size:
                    return Page(found, before)
                found.append(job)
            before = created_key(job)
        if len(jobs) < step:
            return Page(found, None)
    return Page(found, before)
