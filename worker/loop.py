"""The worker's loop: receive, claim, batch, predict, store, delete."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway import log
from spillway.errors import (
    InferenceError,
    InvalidPayload,
    MalformedMessage,
    ObjectMissing,
    PredictionFailed,
    Unavailable,
)
from spillway.message import decode
from worker.held import Drained, Held, LeaseLost
from worker.protection import REST_WAIT_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine

    from spillway.ports import Received
    from spillway.strict_json import Json
    from worker.batcher import Batcher
    from worker.claims import Claims
    from worker.finish import Finish
    from worker.lease import Leases
    from worker.ports import Inbox, Objects
    from worker.protection import Protection

RECEIVE = 10
"""SQS gives up to ten messages a call."""
PAUSE_S = 1.0
"""Between receives while SQS does not answer."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a worker keeps to: jobs held at once, seconds of a lease, of one receive, to end."""

    in_flight: int
    lease_s: int
    poll_s: int
    drain_s: float


class Worker:
    """Drains one model's queue. Everything it holds is bounded by `in_flight`."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        inputs: Objects,
        claims: Claims,
        leases: Leases,
        protection: Protection,
        batcher: Batcher,
        finish: Finish,
        bounds: Bounds,
    ) -> None:
        self._inbox = inbox
        self._inputs = inputs
        self._claims = claims
        self._leases = leases
        self._protection = protection
        self._batcher = batcher
        self._finish = finish
        self._bounds = bounds
        self._free = bounds.in_flight
        self._freed = asyncio.Event()
        self._handling: set[asyncio.Task[None]] = set()
        self._aside: deque[Received] = deque()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish or give back what is held."""
        async with asyncio.TaskGroup() as group:
            # A fault in one of these ends the worker: without heartbeats it would only do harm.
            parts = (self._leases, self._protection, self._batcher)
            others = [group.create_task(part.run()) for part in parts]
            try:
                # A task is started for work: its first receive is to find it protected.
                await self._protection.take()
                await self._receive_until(stop)
            finally:
                await self._drain()
                for other in others:
                    other.cancel()

    async def _receive_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if self._aside:
                await self._run_alone(stop)
                continue
            if self._protection.needs_rest:
                await self._rest(stop)
                continue
            await self._wait_for_room(stop)
            if stop.is_set():
                return
            messages = await self._receive()
            if messages:
                await self._protection.take()
            for received in messages:
                self._start(self._handle(received, stop))

    async def _run_alone(self, stop: asyncio.Event) -> None:
        """Run a dangerous job when nothing else is in hand; nothing is received meanwhile."""
        await self._wait_until_idle(stop)
        if stop.is_set():
            return
        received = self._aside.popleft()
        self._leases.let_go(received.receipt)
        self._start(self._guarded(received, self._claim_and_hold(received)))
        await self._wait_until_idle(stop)

    async def _rest(self, stop: asyncio.Event) -> None:
        """Let ECS end the task if it means to, once what is in hand is done, if that is soon."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wait_until_idle(stop), REST_WAIT_S)
        if self._handling:
            self._protection.put_rest_off()
        else:
            await self._protection.rest(stop)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        self._free -= 1
        self._protection.begin()
        task = asyncio.create_task(work)
        self._handling.add(task)
        task.add_done_callback(self._handled)

    async def _wait_for_room(self, stop: asyncio.Event) -> None:
        while self._free <= 0 and not stop.is_set():
            await self._next_end(stop)

    async def _wait_until_idle(self, stop: asyncio.Event) -> None:
        while self._handling and not stop.is_set():
            await self._next_end(stop)

    async def _next_end(self, stop: asyncio.Event) -> None:
        """Wait until a message's handling ends, or the worker must stop."""
        self._freed.clear()
        waits = [asyncio.ensure_future(event.wait()) for event in (self._freed, stop)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _receive(self) -> list[Received]:
        limit = min(RECEIVE, self._free)
        try:
            return list(
                await self._inbox.receive(
                    limit=limit, wait_s=self._bounds.poll_s, lease_s=self._bounds.lease_s
                )
            )
        except Unavailable as error:
            _LOG.warning("nothing received", extra={"why": str(error)})
            await asyncio.sleep(PAUSE_S)
            return []

    def _handled(self, task: asyncio.Task[None]) -> None:
        self._handling.discard(task)
        self._free += 1
        self._protection.end()
        self._freed.set()

    async def _handle(self, received: Received, stop: asyncio.Event) -> None:
        """One message, to its end or until it is set aside."""
        if stop.is_set():
            await self._guarded(received, self._inbox.hide([received.receipt], for_s=0))
        else:
            await self._guarded(received, self._take(received))

    async def _take(self, received: Received) -> None:
        if await self._claims.is_dangerous(received):
            self._leases.keep(received.receipt)
            self._aside.append(received)
        else:
            await self._claim_and_hold(received)

    async def _claim_and_hold(self, received: Received) -> None:
        held = await self._claims.claim(received)
        if held is not None:
            await self._hold(held)

    async def _guarded(self, received: Received, work: Awaitable[None]) -> None:
        """Whatever fails here, the message comes again by itself."""
        try:
            await work
        except Unavailable as error:
            _LOG.warning("left to the queue", extra={**_named(received), "why": str(error)})
        except Exception:  # noqa: BLE001 - one message must not end the worker
            _LOG.exception("left to the queue", extra=_named(received))

    async def _hold(self, held: Held) -> None:
        self._leases.hold(held)
        try:
            with log.context(**log.of_job(held.job)):
                _LOG.info("attempt began", extra=_begun(held))
                await self._attempt(held)
        finally:
            self._leases.release(held)

    async def _attempt(self, held: Held) -> None:
        try:
            self._batcher.submit(held, await self._payload(held))
            result = await held.outcome
        except InferenceError as error:
            await self._finish.fail(held, error)
        except Drained:
            await self._finish.give_back(held)
        except LeaseLost as lost:
            await self._finish.let_go(held, lost)
        else:
            await self._finish.succeed(held, result)

    async def _payload(self, held: Held) -> Json:
        uri = held.message.payload_uri
        if uri is None:
            return held.message.payload
        key = self._inputs.key(uri)
        if key is None:
            raise InvalidPayload(f"payloadUri: {uri} is not in the input bucket")
        try:
            return await self._inputs.load(key)
        except Unavailable as error:
            raise PredictionFailed(f"the payload could not be fetched: {error}") from None
        except ObjectMissing:
            raise InvalidPayload(f"payloadUri: nothing lies at {uri}") from None
        except (ValueError, RecursionError) as error:
            raise InvalidPayload(f"payloadUri: not JSON: {error}") from None

    async def _drain(self) -> None:
        self._batcher.drain()
        for received in self._aside:
            self._leases.let_go(received.receipt)
            await self._guarded(received, self._inbox.hide([received.receipt], for_s=0))
        if self._handling:
            _LOG.info("draining", extra={"held": len(self._leases.held)})
            await asyncio.wait(self._handling, timeout=self._bounds.drain_s)
        for held in self._leases.held:
            held.give_up(Drained("the worker stops"))
        if self._handling:
            await asyncio.wait(self._handling, timeout=self._bounds.drain_s / 10)


def _begun(held: Held) -> dict[str, object]:
    """What the line says by which an attempt begins; `after` is what befell the one before."""
    error = held.job.error
    after = {} if error is None else {"after": error.code}
    return {"attempt": held.attempt, "receives": held.received.receives, **after}


def _named(received: Received) -> dict[str, str]:
    """The message, and the job that it is of, for a line about what was not done."""
    try:
        return {"messageId": received.message_id, **log.of_job(decode(received.body))}
    except MalformedMessage:
        return {"messageId": received.message_id}
