"""What is written when an attempt is over: the result, the job's new state, then the ack."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from spillway import log, retrying, transitions
from spillway.errors import PredictionFailed, Unavailable, UpdateRefused
from spillway.intake import INLINE_BYTES
from worker.held import LeaseLost

if TYPE_CHECKING:
    import random

    from spillway.errors import InferenceError
    from spillway.job import Job
    from spillway.ports import Clock
    from spillway.update import Update
    from worker.acks import Acks
    from worker.held import Held
    from worker.ports import Inbox, Jobs, Objects
    from worker.tally import Tally

_LOG = logging.getLogger(__name__)


class Finish:
    """Ends attempts. The message goes last: whatever fails before, it comes again."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        inbox: Inbox,
        results: Objects,
        acks: Acks,
        tally: Tally,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._jobs = jobs
        self._inbox = inbox
        self._results = results
        self._acks = acks
        self._tally = tally
        self._clock = clock
        self._rng = rng

    async def succeed(self, held: Held, result: str) -> None:
        """Store the result under its own attempt's key, then say that the job succeeded."""
        body = result.encode()
        key = f"results/{held.job.tenant}/{held.job.job_id}/{held.attempt}.json"
        try:
            await self._results.put(key, body)
        except Unavailable as error:
            await self.fail(held, PredictionFailed(f"the result could not be stored: {error}"))
            return
        job = await self._write(
            held,
            transitions.succeed(
                held.job.key,
                attempt=held.attempt,
                now_ms=self._clock(),
                result=result if len(body) <= INLINE_BYTES else None,
                result_uri=self._results.uri(key),
            ),
        )
        if job is not None:
            self._tally.job_ended()
            await self._acks.delete(held.received.receipt)
            _LOG.info("job succeeded", extra=log.of_change(job))

    async def fail(self, held: Held, error: InferenceError) -> None:
        """Retry, fail or bury the job, as its error and its past attempts decide."""
        decision = retrying.after_failure(error, held.job, now_ms=self._clock(), rng=self._rng)
        match decision:
            case retrying.Retry():
                await self._retry(held, decision)
            case retrying.Fail():
                await self._fail(held, decision)

    async def give_back(self, held: Held) -> None:
        """Let another worker have the job at once."""
        update = transitions.give_back(
            held.job.key, attempt=held.attempt, expires_at_ms=held.job.expires_at_ms
        )
        job = await self._write(held, update)
        if job is not None:
            await self._inbox.hide([held.received.receipt], for_s=0)
            _LOG.info("given back", extra=log.of_change(job))

    async def let_go(self, held: Held, lost: LeaseLost) -> None:
        """Leave a job that is no longer this attempt's; if it is over, its message goes too."""
        _LOG.warning(
            "fenced off",
            extra={**log.of_job(held.job), "attempt": held.attempt, "why": str(lost)},
        )
        if lost.is_over:
            await self._acks.delete(held.received.receipt)

    async def _retry(self, held: Held, decision: retrying.Retry) -> None:
        update = transitions.retry(
            held.job.key,
            attempt=held.attempt,
            expires_at_ms=held.job.expires_at_ms,
            error=decision.error,
        )
        job = await self._write(held, update)
        if job is not None:
            await self._inbox.hide([held.received.receipt], for_s=decision.delay_s)
            told = log.of_change(job) | {"delaySeconds": decision.delay_s}
            _LOG.info("attempt failed, will be retried", extra=told)

    async def _fail(self, held: Held, decision: retrying.Fail) -> None:
        if decision.is_buried:
            # Before the job ends: a crash in between leaves a second copy, never none.
            await self._inbox.bury(
                held.received.body, group=held.job.tenant, reason=decision.error.code
            )
        update = transitions.fail(
            held.job.key, attempt=held.attempt, now_ms=self._clock(), error=decision.error
        )
        job = await self._write(held, update)
        if job is not None:
            self._tally.job_ended()
            await self._acks.delete(held.received.receipt)
            _LOG.info("job failed", extra=log.of_change(job))

    async def _write(self, held: Held, update: Update) -> Job | None:
        """Write under the fence; None where the job is no longer this attempt's."""
        try:
            return await self._jobs.apply(update)
        except UpdateRefused as refused:
            await self.let_go(held, LeaseLost(refused))
            return None
