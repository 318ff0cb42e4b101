"""Who submits and cancels jobs, who sends what is no job, and who redrives the DLQ."""

from __future__ import annotations

import asyncio
import json
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING

from spillway import cancellation
from spillway.destinations.defaults import DefaultDestinations
from spillway.errors import Conflict, NotFound
from spillway.intake import Intake, Order
from spillway.memory import MemoryQueues, MemoryTenantDestinations
from spillway.submission import parse
from tests.simulation.dice import fractions
from tests.simulation.jobs import Kind
from tests.simulation.model import payload_of
from tests.simulation.processes import now_ms
from tests.simulation.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.memory import MemoryBucket
    from tests.simulation.history import History
    from tests.simulation.jobs import JobPlan
    from tests.simulation.plan import Plan
    from tests.simulation.queue import WatchedQueue
    from tests.simulation.store import WatchedStore

MODEL = "m"
GARBAGE = ("not JSON", "{}", '{"v":2}', '{"v":1,"jobId":"../x"}')
REDRIVES_AT_S = (30.0, 60.0)


class Callers:
    """They reach the services without fault: what they are told is accepted, is."""

    def __init__(
        self,
        plan: Plan,
        store: WatchedStore,
        queue: WatchedQueue,
        inputs: MemoryBucket,
        history: History,
    ) -> None:
        self._plan = plan
        self._store = store
        self._queue = queue
        self._inputs = inputs
        self._history = history
        self._intake = Intake(
            store=store,
            queues=MemoryQueues({MODEL: queue}),
            inputs=inputs,
            defaults=DefaultDestinations(MemoryTenantDestinations(), now_ms),
            clock=now_ms,
            backlog_limit=0,
            retention_days=30,
        )

    def start(self) -> None:
        """Do each thing at its time."""
        for job in self._plan.jobs:
            _at(job.submit_at_s, partial(self._submit, job))
            if job.cancel_at_s is not None:
                _at(job.cancel_at_s, partial(self._cancel, job))
        if self._plan.has(Trouble.GARBAGE):
            for number, body in enumerate(GARBAGE):
                sent_at_s = 30 * fractions(self._plan.seed, "garbage", number)[0]
                _at(sent_at_s, partial(self._queue.send, body, group="x"))
        if self._plan.has(Trouble.REDRIVE):
            for at_s in REDRIVES_AT_S:
                _at(at_s, self._redrive)

    def _submit(self, job: JobPlan) -> None:
        self._history.actor = "caller"
        key = job.key
        request = {
            "model": MODEL,
            "ttlSeconds": job.ttl_s,
            "timeoutSeconds": job.timeout_s,
            **self._carried(job),
        }
        wanted = parse(json.dumps(request).encode(), tenant=key.tenant, default_model=MODEL)
        for _ in range(1 + job.is_sent_twice):
            self._intake.accept(Order(key.tenant, key.job_id, wanted, is_repeatable=True))
        twice = ", twice" if job.is_sent_twice else ""
        self._history.note(
            "caller", "submit", f"{key.tenant}/{key.job_id}", effect=job.kind + twice
        )

    def _carried(self, job: JobPlan) -> dict[str, object]:
        payload = payload_of(job)
        if job.kind is not Kind.FETCHED:
            return {"payload": payload}
        key = f"uploads/{job.key.tenant}/u{job.number}"
        self._inputs.put(key, json.dumps(payload).encode())
        return {"payloadUri": self._inputs.uri(key)}

    def _cancel(self, job: JobPlan) -> None:
        self._history.actor = "caller"
        try:
            cancellation.cancel(self._store, job.key, now_ms=now_ms())
        except (Conflict, NotFound) as error:
            effect = str(error)
        else:
            effect = "cancelled"
            self._history.asked_to_cancel.add(job.key)
        self._history.note("caller", "cancel", f"{job.key.tenant}/{job.key.job_id}", effect=effect)

    def _redrive(self) -> None:
        letters = len(self._queue.dead_letters)
        if letters:
            self._history.note("operator", "redrive", effect=f"{letters} messages")
            self._queue.redrive()


def _at(at_s: float, step: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_at(at_s, step, context=Context())
