"""Heartbeats: while a job is held, its message stays hidden and its lease goes on."""

from __future__ import annotations

import asyncio
import logging
from itertools import batched
from typing import TYPE_CHECKING

from spillway import log, transitions
from spillway.errors import UpdateRefused
from worker.held import Held, LeaseLost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.ports import Clock
    from worker.ports import Inbox, Jobs

BEATS_PER_LEASE = 3
"""A lease outlives two heartbeats that were lost."""

_LOG = logging.getLogger(__name__)


class Leases:
    """Renews the lease of everything that is held, and the visibility of all that is in hand."""

    def __init__(self, *, jobs: Jobs, inbox: Inbox, clock: Clock, lease_s: int) -> None:
        self._jobs = jobs
        self._inbox = inbox
        self._clock = clock
        self._lease_s = lease_s
        self._beat_s = lease_s / BEATS_PER_LEASE
        # By age, as a set's order differs from process to process: a run can be made again.
        self._held: dict[Held, None] = {}
        self._kept: dict[str, None] = {}

    def hold(self, held: Held) -> None:
        """Renew this job's lease, and keep its message hidden, from now on."""
        self._held[held] = None

    @property
    def held(self) -> Sequence[Held]:
        """What is held now."""
        return tuple(self._held)

    def release(self, held: Held) -> None:
        """Renew it no more."""
        self._held.pop(held, None)

    def keep(self, receipt: str) -> None:
        """Keep a message hidden that is not claimed yet."""
        self._kept[receipt] = None

    def let_go(self, receipt: str) -> None:
        """Keep it hidden no more."""
        self._kept.pop(receipt, None)

    async def run(self) -> None:
        """Beat until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            await self.beat()
            await asyncio.sleep(max(0.0, self._beat_s - (loop.time() - began_s)))

    async def beat(self) -> None:
        """Renew everything once. What could not be renewed is tried again at the next beat."""
        # Once an attempt is over, its end alone decides when its message is seen again.
        running = [held.received.receipt for held in self._held if not held.outcome.done()]
        receipts = [*running, *self._kept]
        await asyncio.gather(
            *(self._hide(some) for some in batched(receipts, 10, strict=False)),
            *(self._renew(held) for held in tuple(self._held)),
        )

    async def _hide(self, receipts: Sequence[str]) -> None:
        try:
            # One call that hangs must not cost the others their next beat.
            async with asyncio.timeout(self._beat_s):
                await self._inbox.hide(receipts, for_s=self._lease_s)
        except Exception:  # noqa: BLE001 - the next beat, or in the end the lease, settles it
            _LOG.warning("visibility not extended", exc_info=True)

    async def _renew(self, held: Held) -> None:
        lease_until_ms = self._clock() + self._lease_s * 1000
        update = transitions.renew(
            held.job.key, attempt=held.attempt, lease_until_ms=lease_until_ms
        )
        try:
            async with asyncio.timeout(self._beat_s):
                await self._jobs.apply(update)
        except UpdateRefused as refused:
            # Cancelled by its caller, or taken for lost and claimed by another worker.
            held.give_up(LeaseLost(refused))
        except Exception:  # noqa: BLE001 - likewise
            _LOG.warning("lease not renewed", extra=log.of_job(held.job), exc_info=True)
