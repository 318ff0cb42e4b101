"""Jobs whose time has come: each accepted job ends, even where its message was lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import TYPE_CHECKING

from spillway import transitions
from spillway.errors import UpdateRefused
from spillway.job import SHARDS, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spillway.job import JobKey
    from spillway.ports import Clock, JobStore

PAGE = 100
MOST_WAITING = 1_000
"""So many jobs of one shard in their grace hide those due after them for a minute, no longer."""


def reconcile(
    store: JobStore, *, clock: Clock, has_time: Callable[[], bool]
) -> Mapping[str, int]:
    """Settle what is due, all shards side by side, until nothing new is due or time is up.

    Returns how many jobs became of each status, were `refused` because they went on meanwhile,
    were `waiting` for the queue to redeliver, and whether some were left (`unfinished` shards).
    """
    counts: Counter[str] = Counter()
    with ThreadPoolExecutor(SHARDS) as pool:
        shards = pool.map(lambda shard: _Shard(store, str(shard), clock, has_time).run(), range(SHARDS))
        for found in shards:
            counts += found
    return dict(counts)


class _Shard:
    """One index partition's work in one run."""

    def __init__(
        self, store: JobStore, shard: str, clock: Clock, has_time: Callable[[], bool]
    ) -> None:
        self._store = store
        self._shard = shard
        self._clock = clock
        self._has_time = has_time
        self._seen: set[JobKey] = set()
        self._counts: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """Page through what is due.

        What was settled may be listed still (the index lags), and what is in its grace will be:
        each page asks for as many more as the one before held of those, so as to see past them.
        """
        listed = 0
        while self._has_time():
            keys = self._store.due(self._shard, now_ms=self._clock(), limit=listed + PAGE)
            fresh = [key for key in keys if key not in self._seen]
            if not fresh or not self._settle_all(fresh):
                return self._counts
            self._seen.update(fresh)
            listed = min(len(keys), MOST_WAITING)
        self._counts["unfinished"] += 1
        return self._counts
