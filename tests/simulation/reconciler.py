"""The reconciler beside the workers, once a minute: its index lags, its calls fail as theirs do."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, Self, cast
from unittest.mock import patch

from spillway import reconciliation
from spillway.errors import UpdateRefused
from tests.simulation.dice import fractions
from tests.simulation.network import unavailable
from tests.simulation.plan import CALM_AT_S
from tests.simulation.processes import now_ms
from tests.simulation.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from spillway.job import Job, JobKey
    from spillway.ports import JobStore
    from spillway.update import Update
    from tests.simulation.history import History
    from tests.simulation.network import Network
    from tests.simulation.plan import Plan
    from tests.simulation.store import WatchedStore

PERIOD_S = 60
LAG_MS = 3_000
_NEVER = (Trouble.PARTIAL, Trouble.SLOW, Trouble.CRASH_BEFORE, Trouble.CRASH_AFTER)


class Reconciler:
    """Runs the reconciler's rule once a minute."""

    def __init__(self, plan: Plan, store: WatchedStore, network: Network, history: History) -> None:
        self._plan = plan
        self._store = store
        self._network = network
        self._history = history
        self._runs = 0
        first, skew, *_ = fractions(plan.seed, "reconciler")
        self._first_s = PERIOD_S * first
        self._skew_ms = plan.skew_ms(skew)

    def start(self) -> None:
        """Run every minute from the first time on."""
        self._run_after(self._first_s)

    def _run_after(self, after_s: float) -> None:
        asyncio.get_running_loop().call_later(after_s, self._run, context=Context())

    def _run(self) -> None:
        self._run_after(PERIOD_S)
        self._runs += 1
        self.reconcile()

    def reconcile(self) -> None:
        """One run."""
        name = f"reconciler.{self._runs}"
        reached = _Reached(name, self._store, self._network, self._history, self._as_of_ms)
        with patch.object(reconciliation, "ThreadPoolExecutor", _InTurn):
            counts = reconciliation.reconcile(
                cast("JobStore", reached),
                clock=lambda: now_ms() + self._skew_ms,
                has_time=lambda: True,
            )
        if counts:
            self._history.note(name, "reconcile", effect=dict(counts))

    def _as_of_ms(self, *about: object) -> int:
        """The instant that a read shows."""
        is_stale = asyncio.get_running_loop().time() < CALM_AT_S and self._plan.befalls(
            Trouble.STALE, self._runs, *about
        )
        return now_ms() - LAG_MS * is_stale


class _Reached:
    """The table as one run of the reconciler reaches it."""

    def __init__(
        self,
        name: str,
        store: WatchedStore,
        network: Network,
        history: History,
        as_of_ms: Callable[..., int],
    ) -> None:
        self._name = name
        self._store = store
        self._network = network
        self._history = history
        self._as_of_ms = as_of_ms
        self._shards = {key.due_shard for key in store.records()}

    def due(self, shard: str, *, now_ms: int, limit: int) -> Sequence[JobKey]:
        if shard not in self._shards:
            return []
        as_of_ms = self._as_of_ms("due", shard)
        return self._store.was_due(shard, now_ms=now_ms, as_of_ms=as_of_ms)[:limit]

    def get_many(self, keys: Sequence[JobKey]) -> Sequence[Job]:
        jobs = (self._store.was(key, self._as_of_ms("get", key)) for key in keys)
        return [job for job in jobs if job is not None]

    def apply(self, update: Update) -> Job:
        subject = f"{update.key.tenant}/{update.key.job_id}"
        _, its = self._network.draw(self._name, "apply", subject, never=_NEVER)
        self._history.actor = self._name
        match its.trouble:
            case Trouble.REFUSED:
                raise unavailable()
            case Trouble.LATE:
                self._later(its.there_s, update)
                raise unavailable()
            case Trouble.LOST_ACK:
                self._store.apply(update)
                raise unavailable()
            case Trouble.DOUBLED:
                self._store.apply(update)
        return self._store.apply(update)

    def _later(self, after_s: float, update: Update) -> None:
        asyncio.get_running_loop().call_later(after_s, self._late, update, context=Context())

    def _late(self, update: Update) -> None:
        self._history.actor = self._name
        with suppress(UpdateRefused):
            self._store.apply(update)


class _InTurn:
    """A pool of threads that has none: what is done side by side is done in order."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is under way by now."""

    def map(self, call: Callable[[Any], Any], each: Iterable[Any]) -> list[Any]:
        return [call(one) for one in each]
