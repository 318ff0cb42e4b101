"""The workers of a run: as ECS would, it starts each anew when it has ended."""

from __future__ import annotations

import asyncio
import random
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.history import Stay
from tests.simulation.processes import Process, current, current_loop
from worker.assembly import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.history import History
    from tests.simulation.plan import Life, Plan
    from worker.assembly import World
    from worker.settings import WorkerSettings

STOP_TIMEOUT_S = 120.0
"""As in the task definition: after that ECS kills what it has told to stop."""
KILLED = "did not stop in time, killed"


@dataclass(slots=True)
class _Task:
    """A worker that runs: its process, and what tells it to stop."""

    process: Process
    stop: asyncio.Event
    since_s: float


class Fleet:
    """Keeps workers at work until it is stopped."""

    def __init__(
        self,
        plan: Plan,
        settings: WorkerSettings,
        world_of: Callable[[Process], World],
        history: History,
    ) -> None:
        self._plan = plan
        self._settings = settings
        self._world_of = world_of
        self._history = history
        self._tasks: dict[int, _Task] = {}
        self._is_stopping = False
        self._slots: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start them all."""
        self._slots = [
            asyncio.create_task(self._keep(number)) for number in range(self._plan.workers)
        ]

    async def stop(self) -> None:
        """Tell them all to stop; return when each has ended."""
        self._is_stopping = True
        for task in self._tasks.values():
            self._stop(task, "the run ends")
        await asyncio.gather(*self._slots)

    async def _keep(self, worker: int) -> None:
        life = 0
        while not self._is_stopping:
            plan = self._plan.life(worker, life, _now_s())
            await asyncio.sleep(plan.pause_s)
            if not self._is_stopping:
                await self._live(worker, f"w{worker + 1}.{life}", plan)
            life += 1

    async def _live(self, worker: int, name: str, life: Life) -> None:
        process = Process(current_loop(), name, skew_ms=life.skew_ms, dies_at=life.dies_at)
        task = self._tasks[worker] = _Task(process, asyncio.Event(), _now_s())
        self._schedule(task, life)
        self._history.note(name, "starts", effect=_told(life))
        running = process.start(self._serve(task.stop))
        await asyncio.wait((running, process.died), return_when=asyncio.FIRST_COMPLETED)
        end = await self._end(process, running)
        del self._tasks[worker]
        self._history.note(name, "ended", effect=end)
        self._history.stays.append(Stay(name, task.since_s, _now_s(), end))

    async def _serve(self, stop: asyncio.Event) -> None:
        """What `python -m worker` does, but for loading the model."""
        process = current()
        worker, batcher, tally = assemble(
            self._settings,
            self._world_of(process),
            model_version="v1",
            rng=random.Random(f"{self._plan.seed} {process.name}"),
        )
        stuck = asyncio.create_task(_stop_when(batcher.is_stuck, stop))
        told = asyncio.create_task(tally.run())
        try:
            await worker.run(stop)
        finally:
            for task in (stuck, told):
                task.cancel()
            await asyncio.gather(stuck, told, return_exceptions=True)

    async def _end(self, process: Process, running: asyncio.Task[None]) -> str:
        """How it ended; what is left of it is cleared away, as its end does."""
        end = process.died.result() if process.is_dead else "stopped"
        if not process.is_dead and (error := running.exception()) is not None:
            end = repr(error)
            self._history.surprise(f"{process.name} ended by an error: {end}")
        process.die(end)
        await process.clear()
        return end

    def _schedule(self, task: _Task, life: Life) -> None:
        loop = asyncio.get_running_loop()
        if life.stops_at_s is not None:
            loop.call_later(
                life.stops_at_s, self._stop, task, "as a scale-in does", context=Context()
            )
        if life.freeze is not None:
            after_s, for_s = life.freeze
            loop.call_later(after_s, self._freeze, task.process, for_s, context=Context())

    def _freeze(self, process: Process, for_s: float) -> None:
        if not process.is_dead:
            self._history.note(process.name, "stands still", effect=f"for {for_s:.1f} s")
            process.freeze(for_s)

    def _stop(self, task: _Task, why: str) -> None:
        if task.process.is_dead or task.stop.is_set():
            return
        self._history.note(task.process.name, "told to stop", effect=why)
        task.stop.set()
        loop = asyncio.get_running_loop()
        loop.call_later(STOP_TIMEOUT_S, task.process.die, KILLED, context=Context())


async def _stop_when(event: asyncio.Event, stop: asyncio.Event) -> None:
    await event.wait()
    stop.set()


def _told(life: Life) -> str:
    dies = "" if life.dies_at is None else f", dies at step {life.dies_at}"
    return f"clock {life.skew_ms:+} ms{dies}"


def _now_s() -> float:
    return asyncio.get_running_loop().time()
