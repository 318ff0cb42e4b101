"""Jobs whose time has come: each accepted job ends, even where its message was lost."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from spillway import log, transitions
from spillway.errors import Unavailable, UpdateRefused
from spillway.job import DUE_SHARDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from spillway.job import Job, JobKey
    from spillway.ports import Clock, JobStore

_LOG = logging.getLogger(__name__)

AT_ONCE = 10
"""Shards that are settled side by side: as many as the client keeps connections."""
PAGE = 100
MOST_LISTED = 1_000
"""So many jobs of one shard in their grace hide those due after them for a minute, no longer."""


def reconcile(store: JobStore, *, clock: Clock, has_time: Callable[[], bool]) -> Mapping[str, int]:
    """Settle what is due, shard by shard, until nothing new is due or time is up.

    Returns how many jobs became of each status; how many were `refused`, having gone on meanwhile,
    or are `waiting` for the queue to redeliver; and the shards `unfinished` or `unavailable`.
    """
    shards = [_Shard(store, str(number), clock, has_time) for number in range(DUE_SHARDS)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(_Shard.run, shards), Counter())


class _Shard:
    """One index partition's share of a run."""

    def __init__(
        self, store: JobStore, shard: str, clock: Clock, has_time: Callable[[], bool]
    ) -> None:
        self._store = store
        self._shard = shard
        self._clock = clock
        self._has_time = has_time
        self._counts: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """Settle page after page; a store that does not answer ends the shard's share."""
        try:
            self._run()
        except Unavailable:
            self._counts["unavailable"] += 1
        return self._counts

    def _run(self) -> None:
        """Page through what is due.

        What is in its grace stays listed, and what was settled may be, as the index lags: each
        page asks for as many more as the one before listed, so as to see past them.
        """
        seen: set[JobKey] = set()
        listed = 0
        while True:
            limit = listed + PAGE
            keys = self._store.due(self._shard, now_ms=self._clock(), limit=limit)
            fresh = [key for key in keys if key not in seen]
            if not self._settle_all(self._store.get_many(fresh)):
                self._counts["unfinished"] += 1
                return
            if not fresh or len(keys) < limit:
                return
            seen.update(fresh)
            listed = min(len(keys), MOST_LISTED)

    def _settle_all(self, jobs: Iterable[Job]) -> bool:
        """Whether the time sufficed for all of them."""
        for job in jobs:
            if not self._has_time():
                return False
            self._counts[self._settle(job)] += 1
        return True

    def _settle(self, job: Job) -> str:
        update = transitions.settle(job, now_ms=self._clock())
        if update is None:
            return "waiting"
        try:
            settled = self._store.apply(update)
        except UpdateRefused:
            return "refused"
        _LOG.info("overdue job settled", extra=log.of_change(settled))
        return settled.status.value
