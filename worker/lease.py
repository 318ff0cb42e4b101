"""Heartbeats: while a job is held, its message stays hidden and its lease goes on."""

from __future__ import annotations

import asyncio
import logging
from itertools import batched
from typing import TYPE_CHECKING

from spillway import transitions
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
    """Renews the lease, and the message's visibility, of everything that is held."""

    def __init__(self, *, jobs: Jobs, inbox: Inbox, clock: Clock, lease_s: int) -> None:
        self._jobs = jobs
        self._inbox = inbox
        self._clock = clock
        self._lease_s = lease_s
        self._held: set[Held] = set()

    def hold(self, held: Held) -> None:
        """Renew this job's lease from now on."""
        self._held.add(held)

    def release(self, held: Held) -> None:
        """Renew it no more."""
        self._held.discard(held)

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(self._lease_s / BEATS_PER_LEASE)
            await self.beat()

    async def beat(self) -> None:
        """Renew everything once. What could not be renewed is tried again at the next beat."""
        held = tuple(self._held)
        await asyncio.gather(
            *(self._hide(some) for some in batched(held, 10, strict=False)),
            *(self._renew(one) for one in held),
        )

    async def _hide(self, some: Sequence[Held]) -> None:
        try:
            await self._inbox.hide([held.received.receipt for held in some], for_s=self._lease_s)
        except Exception:  # noqa: BLE001 - the next beat, or in the end the lease, settles it
            _LOG.warning("visibility not extended", exc_info=True)

    async def _renew(self, held: Held) -> None:
        lease_until_ms = self._clock() + self._lease_s * 1000
        update = transitions.renew(
            held.job.key, attempt=held.attempt, lease_until_ms=lease_until_ms
        )
        try:
            await self._jobs.apply(update)
        except UpdateRefused as refused:
            # Cancelled by its caller, or taken for lost and claimed by another worker.
            held.give_up(LeaseLost(refused))
        except Exception:  # noqa: BLE001 - likewise
            _LOG.warning("lease not renewed", extra={"jobId": held.job.job_id}, exc_info=True)
