"""The worker's loop: receive, claim, batch, predict, store, delete."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from spillway import log
from spillway.errors import MalformedMessage, Unavailable
from spillway.message import decode
from worker.held import Drained
from worker.protection import REST_WAIT_S
from worker.receivers import Receivers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from spillway.ports import Received
    from worker.attempts import Attempts
    from worker.batcher import Batcher
    from worker.lease import Leases
    from worker.ports import Inbox
    from worker.protection import Protection
    from worker.tally import Tally
    from worker.workload import Workload

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a worker keeps to: seconds of a lease, of one receive, to end."""

    lease_s: int
    poll_s: int
    drain_s: float


class Worker:
    """Drains one model's queue. What it has in hand is bounded by its workload's limits."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        attempts: Attempts,
        leases: Leases,
        protection: Protection,
        batcher: Batcher,
        workload: Workload,
        tally: Tally,
        bounds: Bounds,
    ) -> None:
        self._inbox = inbox
        self._attempts = attempts
        self._leases = leases
        self._protection = protection
        self._batcher = batcher
        self._workload = workload
        self._tally = tally
        self._drain_s = bounds.drain_s
        self._receivers = Receivers(
            inbox, workload, self._deliver, poll_s=bounds.poll_s, lease_s=bounds.lease_s
        )
        self._stop = asyncio.Event()
        self._handling: set[asyncio.Task[None]] = set()
        self._aside: deque[Received] = deque()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish or give back what is held."""
        self._stop = stop
        async with asyncio.TaskGroup() as group:
            # A fault in one of these ends the worker: without heartbeats it would only do harm.
            parts = (self._leases, self._protection, self._batcher)
            others = [group.create_task(part.run()) for part in parts]
            others.append(group.create_task(self._wake_to_stop()))
            try:
                # A task is started for work: its first receive is to find it protected.
                await self._protection.take()
                await self._receive()
            finally:
                await self._drain()
                for other in others:
                    other.cancel()

    async def _wake_to_stop(self) -> None:
        await self._stop.wait()
        self._workload.changed.set()

    async def _receive(self) -> None:
        while not self._stop.is_set():
            self._workload.changed.clear()
            if self._aside:
                await self._run_alone()
            elif self._protection.needs_rest:
                await self._rest()
            else:
                self._receivers.start()
                await self._change()

    async def _run_alone(self) -> None:
        """Run a dangerous job when nothing else is in hand; nothing is received meanwhile."""
        await self._until(lambda: not self._receivers.is_waiting and not self._handling)
        # While it waited for a poll to end, the task may have passed for idle.
        await self._protection.take()
        if self._stop.is_set():
            return
        received = self._aside.popleft()
        self._leases.let_go(received.receipt)
        self._start(received, self._attempts.make(received))
        await self._until(lambda: not self._handling)

    async def _rest(self) -> None:
        """Let ECS end the task if it means to, once what is in hand is done, if that is soon."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._until(self._has_nothing), REST_WAIT_S)
        if self._has_nothing():
            await self._protection.rest(self._stop)
        else:
            self._protection.put_rest_off()

    def _has_nothing(self) -> bool:
        return not self._receivers.is_waiting and not self._handling and not self._aside

    async def _until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so, or the worker must stop."""
        while not is_so() and not self._stop.is_set():
            self._workload.changed.clear()
            await self._workload.changed.wait()

    async def _change(self) -> None:
        """Wait until there may be more room, or the worker must stop."""
        look_s = self._workload.next_look_s
        loop, changed = asyncio.get_running_loop(), self._workload.changed
        timer = None if look_s is None else loop.call_later(look_s, changed.set)
        try:
            await changed.wait()
        finally:
            if timer is not None:
                timer.cancel()

    async def _deliver(self, messages: Sequence[Received]) -> None:
        await self._protection.take()
        for received in messages:
            self._start(received, self._handle(received))

    def _start(self, received: Received, work: Coroutine[None, None, None]) -> None:
        self._workload.take(received)
        self._protection.begin()
        self._tally.begin()
        task = asyncio.create_task(self._guarded(received, work))
        self._handling.add(task)
        task.add_done_callback(partial(self._handled, received))

    def _handled(self, received: Received, task: asyncio.Task[None]) -> None:
        self._handling.discard(task)
        self._protection.end()
        self._tally.end()
        self._workload.put_down(received)

    async def _handle(self, received: Received) -> None:
        """One message, to its end or until it is set aside."""
        if self._stop.is_set():
            await self._give_back(received)
        else:
            await self._take(received)

    async def _take(self, received: Received) -> None:
        if not await self._attempts.is_dangerous(received):
            await self._attempts.make(received)
        elif self._stop.is_set():
            await self._give_back(received)
        else:
            self._leases.keep(received.receipt)
            self._aside.append(received)

    async def _give_back(self, received: Received) -> None:
        await self._inbox.hide([received.receipt], for_s=0)

    async def _guarded(self, received: Received, work: Awaitable[None]) -> None:
        """Whatever fails here, the message comes again by itself."""
        try:
            await work
        except Unavailable as error:
            _LOG.warning("left to the queue", extra={**_named(received), "why": str(error)})
        except Exception:  # noqa: BLE001 - one message must not end the worker
            _LOG.exception("left to the queue", extra=_named(received))

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + self._drain_s
        self._batcher.drain()
        while self._aside:
            received = self._aside.popleft()
            self._leases.let_go(received.receipt)
            await self._guarded(received, self._give_back(received))
        await self._receivers.end(within_s=self._drain_s)
        if self._handling:
            _LOG.info("draining", extra={"held": len(self._leases.held)})
            await asyncio.wait(self._handling, timeout=max(0.0, ends_s - loop.time()))
        for held in self._leases.held:
            held.give_up(Drained("the worker stops"))
        if self._handling:
            await asyncio.wait(self._handling, timeout=self._drain_s / 10)


def _named(received: Received) -> dict[str, str]:
    """The message, and the job that it is of, for a line about what was not done."""
    try:
        return {"messageId": received.message_id, **log.of_job(decode(received.body))}
    except MalformedMessage:
        return {"messageId": received.message_id}
