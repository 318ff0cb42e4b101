"""What this worker's jobs take, added to the model's live figures: capacity is sized by them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.errors import InferenceError
    from spillway.strict_json import Json
    from worker.ports import Compute, Figures

PERIOD_S = 10.0
TIMEOUT_S = 2.0
"""The worker's end does not wait longer for figures that only make others more exact."""

_LOG = logging.getLogger(__name__)


class Tally:
    """Counts jobs that ended, and the time that jobs held their slots, retries included.

    A job holds one of `slots` for as long as its batch computes. But as long as more messages are
    in hand than there are slots, all of them are held: what limits the worker then, be it a call of
    AWS or a payload's download, is part of what a job takes, and slots by seconds a job is what the
    worker gets done.
    """

    def __init__(self, figures: Figures, *, slots: int) -> None:
        self._figures = figures
        self._slots = slots
        self._in_hand = 0
        self._computing = 0
        self._counted_s = 0.0
        self._busy_s = 0.0
        self._jobs = 0

    def begin(self) -> None:
        """Count a message in hand."""
        self._count()
        self._in_hand += 1

    def end(self) -> None:
        """Count it no more."""
        self._count()
        self._in_hand -= 1

    def timed(self, compute: Compute) -> Compute:
        """The model, with its time counted."""

        async def count(payloads: Sequence[Json]) -> Sequence[str | InferenceError]:
            self._count()
            self._computing += len(payloads)
            try:
                return await compute(payloads)
            finally:
                self._count()
                self._computing -= len(payloads)

        return count

    def job_ended(self) -> None:
        """Count a job that succeeded or failed."""
        self._jobs += 1

    async def run(self) -> None:
        """Add what there is now and then until cancelled, and then what is left."""
        try:
            while True:
                await asyncio.sleep(PERIOD_S)
                await self._add()
        finally:
            await self._add()

    def _count(self) -> None:
        """Count the time since the last change, of as many slots as were held until now."""
        now_s = _now_s()
        held = self._slots if self._in_hand > self._slots else self._computing
        self._busy_s += (now_s - self._counted_s) * held
        self._counted_s = now_s

    async def _add(self) -> None:
        """Add what there is, if a job ended. What could not be added goes with the next."""
        self._count()
        if not self._jobs:
            return
        busy_s, jobs = self._busy_s, self._jobs
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._figures.add(busy_ms=round(busy_s * 1000), jobs=jobs)
        except Exception:  # noqa: BLE001 - figures are worth no job
            _LOG.warning("live figures not added", exc_info=True)
        else:
            self._busy_s -= busy_s
            self._jobs -= jobs


def _now_s() -> float:
    return asyncio.get_running_loop().time()
