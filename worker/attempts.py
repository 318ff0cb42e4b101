"""One attempt at a job, from its claim to what is written at its end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from spillway import log
from spillway.errors import InferenceError
from worker.held import Drained, LeaseLost

if TYPE_CHECKING:
    from spillway.ports import Received
    from worker.batcher import Batcher
    from worker.claims import Claims
    from worker.finish import Finish
    from worker.held import Held
    from worker.lease import Leases
    from worker.pace import Pace
    from worker.payloads import Payloads

_LOG = logging.getLogger(__name__)


class Attempts:
    """Makes attempts; what must not be made now is left to others."""

    def __init__(
        self,
        *,
        claims: Claims,
        leases: Leases,
        payloads: Payloads,
        batcher: Batcher,
        finish: Finish,
        pace: Pace,
    ) -> None:
        self._claims = claims
        self._leases = leases
        self._payloads = payloads
        self._batcher = batcher
        self._finish = finish
        self._pace = pace

    async def is_dangerous(self, received: Received) -> bool:
        """Whether the message's job may have ended its worker, and is to run alone."""
        return await self._claims.is_dangerous(received)

    async def make(self, received: Received) -> None:
        """Claim the message's job and see it through, or do what the message deserves."""
        began_s = _now_s()
        held = await self._claims.claim(received)
        if held is None:
            return
        self._leases.hold(held)
        try:
            with log.context(**log.of_job(held.job)):
                _LOG.info("attempt began", extra=_begun(held))
                await self._see_through(held, began_s)
        finally:
            self._leases.release(held)

    async def _see_through(self, held: Held, began_s: float) -> None:
        try:
            result = await self._result(held, began_s)
        except InferenceError as error:
            await self._finish.fail(held, error)
        except Drained:
            await self._finish.give_back(held)
        except LeaseLost as lost:
            await self._finish.let_go(held, lost)
        else:
            await self._finish.succeed(held, result)

    async def _result(self, held: Held, began_s: float) -> str:
        async with self._payloads.of(held) as payload:
            self._pace.readied(_now_s() - began_s)
            self._batcher.submit(held, payload)
            return await held.outcome


def _begun(held: Held) -> dict[str, object]:
    """What the line says by which an attempt begins; `after` is what befell the one before."""
    error = held.job.error
    after = {} if error is None else {"after": error.code}
    return {"attempt": held.attempt, "receives": held.received.receives, **after}


def _now_s() -> float:
    return asyncio.get_running_loop().time()
