"""Micro-batches: jobs that wait together run together, up to a size and for a short while."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from spillway import log
from spillway.errors import AttemptTimedOut, InferenceError
from worker.held import Drained, Held

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spillway.strict_json import Json
    from worker.ports import Compute
    from worker.workload import Workload

type Ready = tuple[Held, Json]
"""A job with its payload."""

_LOG = logging.getLogger(__name__)


class Batcher:
    """Runs jobs through the model in batches; `slots` of them at once."""

    def __init__(
        self,
        compute: Compute,
        workload: Workload,
        *,
        max_batch: int,
        max_delay_s: float,
        slots: int,
    ) -> None:
        self._compute = compute
        self._workload = workload
        self._max_batch = max_batch
        self._max_delay_s = max_delay_s
        self._slots = asyncio.Semaphore(slots)
        self._waiting: deque[Ready] = deque()
        self._arrived = asyncio.Event()
        self._is_draining = False
        self.is_stuck = asyncio.Event()
        """Set when a model went on after its time was up: only the process's end stops it."""

    def submit(self, held: Held, payload: Json) -> None:
        """Let the job run; its `outcome` tells when it has."""
        if self._is_draining:
            held.give_up(Drained("the worker stops"))
        else:
            self._waiting.append((held, payload))
            self._arrived.set()

    def drain(self) -> None:
        """Give up what has not begun, now and from now on."""
        self._is_draining = True
        _give_up(self._waiting)
        self._waiting.clear()

    async def run(self) -> None:
        """Compute until cancelled, or until the model is stuck."""
        async with asyncio.TaskGroup() as group:
            while not self.is_stuck.is_set():
                await self._slots.acquire()
                # One batch is filled at a time: of two, each would take what the other waits for.
                group.create_task(self._serve(await self._next()))

    async def _serve(self, batch: Sequence[Ready]) -> None:
        try:
            wanted = [ready for ready in batch if not ready[0].outcome.done()]
            if self.is_stuck.is_set():
                _give_up(wanted)
            elif wanted:
                await self._attempt(wanted)
        finally:
            self._slots.release()

    async def _next(self) -> list[Ready]:
        while not self._waiting:
            await self._arrival()
        batch = [self._waiting.popleft()]
        deadline = asyncio.get_running_loop().time() + self._max_delay_s
        while len(batch) < self._max_batch and await self._comes_by(deadline):
            if not _may_share(batch[0][0], self._waiting[0][0]):
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _comes_by(self, deadline: float) -> bool:
        """Whether a job waits, now or by the deadline."""
        try:
            async with asyncio.timeout_at(deadline):
                while not self._waiting:
                    await self._arrival()
        except TimeoutError:
            return bool(self._waiting)
        return True

    async def _arrival(self) -> None:
        self._arrived.clear()
        await self._arrived.wait()

    async def _attempt(self, batch: Sequence[Ready]) -> None:
        limit_s = batch[0][0].job.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                with log.context(**_named(batch)), self._workload.computing(_receipts(batch)):
                    outcomes = await self._compute([payload for _, payload in batch])
        except TimeoutError:
            self.is_stuck.set()
            for held, _ in batch:
                held.give_up(AttemptTimedOut(f"ran longer than timeoutSeconds, {limit_s} s"))
        except InferenceError as error:
            await self._isolate(batch, error)
        else:
            for (held, _), outcome in zip(batch, outcomes, strict=True):
                _settle(held, outcome)

    async def _isolate(self, batch: Sequence[Ready], error: InferenceError) -> None:
        """One job of a batch made it fail: each runs alone, so that only that one does."""
        if len(batch) == 1:
            batch[0][0].give_up(error)
            return
        for ready in batch:
            told = log.of_job(ready[0].job) | {"batch": len(batch), "why": str(error)}
            _LOG.warning("its batch failed, runs alone", extra=told)
            if self.is_stuck.is_set():
                _give_up([ready])
            elif not ready[0].outcome.done():
                await self._attempt([ready])


def _give_up(batch: Iterable[Ready]) -> None:
    for held, _ in batch:
        held.give_up(Drained("the worker stops"))


def _receipts(batch: Sequence[Ready]) -> list[str]:
    return [held.received.receipt for held, _ in batch]


def _may_share(one: Held, other: Held) -> bool:
    """Whether two jobs may run in one batch.

    One that failed before runs alone, so that it harms no other. Jobs of different time limits
    keep apart: the work of one must not use up the time of the other.
    """
    return not one.is_suspect and not other.is_suspect and one.job.timeout_s == other.job.timeout_s


def _named(batch: Sequence[Ready]) -> dict[str, str]:
    """What the model's own lines say: a traceback is a job's only where it ran alone."""
    return log.of_job(batch[0][0].job) if len(batch) == 1 else {}


def _settle(held: Held, outcome: str | InferenceError) -> None:
    if isinstance(outcome, InferenceError):
        held.give_up(outcome)
    else:
        held.complete(outcome)
