"""Waiting for a job's end, for callers who prefer that to asking again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.job import Job, JobKey
    from spillway.ports import Clock, JobStore

FIRST_PAUSE_MS = 50
LONGEST_PAUSE_MS = 500


def until_over(
    store: JobStore,
    key: JobKey,
    *,
    until_ms: int,
    clock: Clock,
    sleep: Callable[[float], None],
) -> Job | None:
    """The job once it is over, or None when the time is up first.

    The job is accepted by now, so a store that does not answer is asked again, not complained of.
    """
    pause_ms = FIRST_PAUSE_MS
    while True:
        job = _over(store, key)
        left_ms = until_ms - clock()
        if job is not None or left_ms <= 0:
            return job
        sleep(min(pause_ms, left_ms) / 1000)
        pause_ms = min(pause_ms * 2, LONGEST_PAUSE_MS)


def _over(store: JobStore, key: JobKey) -> Job | None:
    try:
        job = store.get(key)
    except Unavailable:
        return None
    return job if job is not None and job.status.is_terminal else None
