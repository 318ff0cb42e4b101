"""One run: the services, the callers and the workers of a plan, until all jobs are over."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spillway.memory import MemoryBucket, MemoryFigures
from spillway.transitions import LOST_GRACE_MS
from tests.simulation.callers import MODEL, Callers
from tests.simulation.fleet import Fleet
from tests.simulation.history import History
from tests.simulation.listener import heard
from tests.simulation.model import Model
from tests.simulation.network import Network
from tests.simulation.plan import CALM_AT_S, SKEW_S
from tests.simulation.ports import Agent, Figures, Inbox, Jobs, Objects
from tests.simulation.processes import run
from tests.simulation.queue import WatchedQueue
from tests.simulation.reconciler import PERIOD_S, Reconciler
from tests.simulation.store import WatchedStore
from worker.assembly import World
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.job import JobKey
    from spillway.memory.queue import Buried
    from spillway.update import Record
    from tests.simulation.jobs import JobPlan, Shape
    from tests.simulation.plan import Plan
    from tests.simulation.processes import Process

SETTLES_S = 30.0
"""How long a run goes on when all jobs are over: idle workers must give up their protection."""
_SETTINGS = WorkerSettings.read(
    {
        "MODEL": MODEL,
        "MODEL_URI": "s3://models/m/",
        "QUEUE_URL": "q",
        "DEAD_LETTER_QUEUE_URL": "d",
        "JOBS_TABLE": "t",
        "INPUT_BUCKET": "in",
        "RESULT_BUCKET": "out",
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is there after a run, and how it came about."""

    plan: Plan
    history: History
    jobs: Mapping[JobKey, Record]
    messages: tuple[str, ...]
    """Bodies of what is in the queue, in flight or not."""
    dead_letters: tuple[Buried, ...]
    results: Mapping[str, bytes]
    ended_s: float


def simulate(plan: Plan, *, level: int = logging.WARNING) -> Outcome:
    """Make the run. Lines that workers log at this level and above are part of its history."""
    history = History()
    with heard(history, level):
        return run(_simulated(plan, history))


async def _simulated(plan: Plan, history: History) -> Outcome:
    services = Services(plan, history)
    fleet = Fleet(plan, settings_of(plan.shape), services.world_of, services.history)
    services.callers.start()
    services.reconciler.start()
    fleet.start()
    with suppress(TimeoutError):
        async with asyncio.timeout(last_s(plan)):
            await services.store.done.wait()
    await asyncio.sleep(SETTLES_S)
    await fleet.stop()
    return services.outcome()


class Services:
    """What lies beyond the workers."""

    def __init__(self, plan: Plan, history: History) -> None:
        self._plan = plan
        self.history = history
        self.store = WatchedStore(self.history, jobs=len(plan.jobs))
        self._queue = WatchedQueue(plan, self.history, self.store.is_over)
        self._inputs, self._results = MemoryBucket("in"), MemoryBucket("out")
        self._network = Network(plan, self.history)
        self._model = Model(self.history)
        self._figures = MemoryFigures()
        self.reconciler = Reconciler(plan, self.store, self._network, self.history)
        self.callers = Callers(plan, self.store, self._queue, self._inputs, self.history)

    def world_of(self, process: Process) -> World:
        """What this process reaches."""
        return World(
            jobs=Jobs(self._network, self.store),
            inbox=Inbox(self._network, self._queue, self._plan.seed),
            inputs=Objects(self._network, self._inputs, self.history),
            results=Objects(self._network, self._results, self.history),
            compute=self._model,
            agent=Agent(self._network),
            figures=Figures(self._network, self._figures),
            clock=process.now_ms,
        )

    def outcome(self) -> Outcome:
        """What there is now."""
        return Outcome(
            plan=self._plan,
            history=self.history,
            jobs=self.store.records(),
            messages=self._queue.bodies(),
            dead_letters=tuple(self._queue.dead_letters),
            results=dict(self._results.objects),
            ended_s=asyncio.get_running_loop().time(),
        )


def settings_of(shape: Shape) -> WorkerSettings:
    """The settings of a run's workers."""
    return replace(
        _SETTINGS,
        lease_s=shape.lease_s,
        poll_s=shape.poll_s,
        max_batch=shape.max_batch,
        max_delay_ms=shape.max_delay_ms,
        concurrency=shape.concurrency,
        max_attempts=shape.max_attempts,
        drain_s=shape.drain_s,
    )


def last_s(plan: Plan) -> float:
    """By when all jobs must be over."""
    return max(deadline_s(plan, job) for job in plan.jobs)


def deadline_s(plan: Plan, job: JobPlan) -> float:
    """By when one job must be over, whatever befell it.

    An attempt may begin until the job expires, or until things are calm again where that is later;
    it may wait behind others' attempts in the same worker. Where it is lost, the reconciler comes
    once its lease and its grace are over.
    """
    begins_s = max(job.submit_at_s + job.ttl_s, CALM_AT_S)
    runs_s = 4 * max(other.timeout_s for other in plan.jobs)
    return begins_s + runs_s + plan.shape.lease_s + LOST_GRACE_MS / 1000 + 2 * PERIOD_S + SKEW_S
