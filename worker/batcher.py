"""Micro-batches: jobs that wait together run together, up to a size and for a short while."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from spillway.errors import AttemptTimedOut, InferenceError
from worker.held import Drained, Held

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.document import Json
    from worker.ports import Compute

type Ready = tuple[Held, Json]
"""A job with its payload."""

_LOG = logging.getLogger(__name__)


class Batcher:
    """Runs jobs through the model in batches; `slots` of them at once."""

    def __init__(self, compute: Compute, *, max_batch: int, max_delay_s: float, slots: int) -> None:
        self._compute = compute
        self._max_batch = max_batch
        self._max_delay_s = max_delay_s
        self._slots = slots
        self._waiting: asyncio.Queue[Ready] = asyncio.Queue()
        self._is_draining = False
        self.is_stuck = asyncio.Event()
        """Set when a model went on after its time was up: only the process's end stops it."""

    def submit(self, held: Held, payload: Json) -> None:
        """Let the job run; its `outcome` tells when it has."""
        if self._is_draining:
            held.give_up(Drained("the worker stops"))
        else:
            self._waiting.put_nowait((held, payload))

    def drain(self) -> None:
        """Give up what has not begun, now and from now on."""
        self._is_draining = True
        while not self._waiting.empty():
            held, _ = self._waiting.get_nowait()
            held.give_up(Drained("the worker stops"))

    async def run(self) -> None:
        """Compute until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._slots):
                group.create_task(self._serve())

    async def _serve(self) -> None:
        aside: Ready | None = None
        while not self.is_stuck.is_set():
            batch, aside = await self._next(aside)
            wanted = [ready for ready in batch if not ready[0].outcome.done()]
            if wanted:
                await self._attempt(wanted)

    async def _next(self, first: Ready | None) -> tuple[list[Ready], Ready | None]:
        """One batch, and a suspect job that came up meanwhile and must run alone after it."""
        batch = [first or await self._waiting.get()]
        if batch[0][0].is_suspect:
            return batch, None
        deadline = asyncio.get_running_loop().time() + self._max_delay_s
        while len(batch) < self._max_batch:
            ready = await self._one_more(deadline)
            if ready is None:
                break
            if ready[0].is_suspect:
                return batch, ready
            batch.append(ready)
        return batch, None

    async def _one_more(self, deadline: float) -> Ready | None:
        if not self._waiting.empty():
            return self._waiting.get_nowait()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._waiting.get()
        except TimeoutError:
            return None

    async def _attempt(self, batch: Sequence[Ready]) -> None:
        limit_s = min(held.job.timeout_s for held, _ in batch)
        try:
            async with asyncio.timeout(limit_s):
                outcomes = await self._compute([payload for _, payload in batch])
        except TimeoutError:
            self._time_out(batch, limit_s)
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
        _LOG.warning("batch failed, running its jobs alone", extra={"why": str(error)})
        for ready in batch:
            await self._attempt([ready])

    def _time_out(self, batch: Sequence[Ready], limit_s: int) -> None:
        for held, _ in batch:
            if held.job.timeout_s <= limit_s:
                held.give_up(AttemptTimedOut(f"ran longer than timeoutSeconds, {limit_s} s"))
            else:
                held.give_up(Drained("the worker stops after another job's time-out"))
        self.is_stuck.set()


def _settle(held: Held, outcome: Json | InferenceError) -> None:
    if isinstance(outcome, InferenceError):
        held.give_up(outcome)
    else:
        held.complete(outcome)
