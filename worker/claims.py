"""From a received message to a held job, or to whatever else the message deserves."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway import log, retrying, transitions
from spillway.errors import MalformedMessage, UpdateRefused
from spillway.message import Message, decode
from worker.held import Held

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.job import Job
    from spillway.ports import Clock, Received
    from spillway.update import Update
    from worker.acks import Acks
    from worker.ports import Inbox, Jobs

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which a job is claimed."""

    model: str
    model_version: str
    lease_s: int
    max_attempts: int


class Claims:
    """Claims jobs: one conditional write each, and a decision where it is refused."""

    def __init__(self, *, jobs: Jobs, inbox: Inbox, acks: Acks, terms: Terms, clock: Clock) -> None:
        self._jobs = jobs
        self._inbox = inbox
        self._acks = acks
        self._terms = terms
        self._clock = clock

    async def is_dangerous(self, received: Received) -> bool:
        """Whether a message that came before is of a job that may have ended its worker."""
        if received.receives == 1:
            return False
        try:
            job = await self._jobs.get(self._read(received).key)
        except MalformedMessage:
            return False
        return job is not None and retrying.is_dangerous(job, now_ms=self._clock())

    async def claim(self, received: Received) -> Held | None:
        """Return the job if it is now this worker's; else what its message deserves is done."""
        try:
            message = self._read(received)
        except MalformedMessage as error:
            await self._bury_malformed(received, error)
            return None
        try:
            job = await self._lease(transitions.claim, message)
        except UpdateRefused as refused:
            return await self._refused(received, message, refused.current)
        return Held(received, message, job)

    def _read(self, received: Received) -> Message:
        message = decode(received.body)
        if message.model != self._terms.model:
            raise MalformedMessage(f"model: expected {self._terms.model}, got {message.model}")
        return message

    async def _bury_malformed(self, received: Received, error: MalformedMessage) -> None:
        _LOG.error("malformed message", extra={"messageId": received.message_id, "why": str(error)})
        reason = f"malformed_message: {error}"[:256]
        await self._inbox.bury(received.body, group="malformed", reason=reason)
        await self._acks.delete(received.receipt)

    async def _refused(
        self, received: Received, message: Message, current: Job | None
    ) -> Held | None:
        verdict = retrying.after_refusal(
            current,
            now_ms=self._clock(),
            max_attempts=self._terms.max_attempts,
            receives=received.receives,
            lease_s=self._terms.lease_s,
        )
        match verdict:
            case retrying.Drop():
                _LOG.info("message dropped, its job is over", extra=log.of_job(message))
                await self._acks.delete(received.receipt)
            case retrying.Wait(delay_s):
                await self._inbox.hide([received.receipt], for_s=delay_s)
            case retrying.Reclaim():
                return await self._reclaim(received, message)
            case retrying.Expire():
                await self._end(received, transitions.expire(message.key, now_ms=self._clock()))
            case retrying.Exhaust():
                await self._exhaust(received, message)
            case retrying.Lose(attempt):
                await self._lose(received, message, attempt)
        return None

    async def _reclaim(self, received: Received, message: Message) -> Held | None:
        try:
            job = await self._lease(transitions.reclaim, message)
        except UpdateRefused:
            # Somebody was quicker; by the time it comes back their claim decides.
            await self._inbox.hide([received.receipt], for_s=1)
            return None
        return Held(received, message, job)

    async def _exhaust(self, received: Received, message: Message) -> None:
        ended = transitions.exhaust(
            message.key, now_ms=self._clock(), max_attempts=self._terms.max_attempts
        )
        await self._inbox.bury(received.body, group=message.tenant, reason="attempts_exhausted")
        await self._end(received, ended)

    async def _lose(self, received: Received, message: Message, attempt: int) -> None:
        lost = transitions.lose(message.key, attempt=attempt, now_ms=self._clock())
        await self._inbox.bury(received.body, group=message.tenant, reason="worker_lost")
        await self._end(received, lost)

    async def _end(self, received: Received, update: Update) -> None:
        try:
            job = await self._jobs.apply(update)
        except UpdateRefused:
            await self._inbox.hide([received.receipt], for_s=1)
        else:
            await self._acks.delete(received.receipt)
            _LOG.info("job %s", job.status.lower(), extra=log.of_change(job))

    async def _lease(self, rule: Callable[..., Update], message: Message) -> Job:
        """Claim by a rule. A refusal for our own claim, whose first answer was lost, is none."""
        now_ms, holder = self._clock(), secrets.token_hex(8)
        update = rule(
            message.key,
            now_ms=now_ms,
            lease_until_ms=now_ms + self._terms.lease_s * 1000,
            max_attempts=self._terms.max_attempts,
            model_version=self._terms.model_version,
            holder=holder,
        )
        try:
            return await self._jobs.apply(update)
        except UpdateRefused as refused:
            if refused.current is None or refused.current.holder != holder:
                raise
            return refused.current
