"""Deletes in tens: a job costs a tenth of a call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

BATCH = 10
"""SQS takes up to ten entries a call."""
DELAY_S = 0.02
"""How long a delete waits for others to go with it: far less than any lease."""


class Acks:
    """Collects receipts and deletes their messages together."""

    def __init__(
        self, delete: Callable[[Sequence[str]], Awaitable[None]], *, delay_s: float = DELAY_S
    ) -> None:
        self._delete = delete
        self._delay_s = delay_s
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushes: set[asyncio.Task[None]] = set()

    async def delete(self, receipt: str) -> None:
        """Delete the message; return when it is deleted, so that what is in flight stays bounded.

        Raises:
            Unavailable: SQS did not take it; the message will come again, and be dropped.

        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((receipt, done))
        if len(self._waiting) >= BATCH:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_later(self._delay_s, self._flush)
        await done

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        if batch:
            task = asyncio.ensure_future(self._send(batch))
            self._flushes.add(task)
            task.add_done_callback(self._flushes.discard)

    async def _send(self, batch: Sequence[tuple[str, asyncio.Future[None]]]) -> None:
        try:
            await self._delete([receipt for receipt, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is raised again, for each who waits
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(None)
