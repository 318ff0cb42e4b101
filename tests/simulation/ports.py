"""The worker's ports, with the twins at the other end of an unreliable network."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.simulation.dice import fractions
from tests.simulation.processes import current
from tests.simulation.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.job import Job, JobKey
    from spillway.memory import MemoryBucket, MemoryFigures
    from spillway.ports import Received
    from spillway.update import Update
    from tests.simulation.history import History
    from tests.simulation.network import Network
    from tests.simulation.queue import WatchedQueue
    from tests.simulation.store import WatchedStore


class Jobs:
    """The JobsTable."""

    def __init__(self, network: Network, store: WatchedStore) -> None:
        self._network = network
        self._store = store

    async def get(self, key: JobKey) -> Job | None:
        return await self._network.call("get", _named(key), lambda: self._store.get(key))

    async def apply(self, update: Update) -> Job:
        return await self._network.call(
            "write", _named(update.key), lambda: self._store.apply(update)
        )


class Inbox:
    """SQS."""

    def __init__(self, network: Network, queue: WatchedQueue, seed: int) -> None:
        self._network = network
        self._queue = queue
        self._seed = seed

    async def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        process = current()
        # Of a receiver that dies, SQS may not hear for a while.
        is_heard = fractions(self._seed, "last words", process.name)[0] < 0.5

        def is_wanted() -> bool:
            return not (process.is_dead and is_heard)

        return await self._network.call(
            "receive",
            "",
            lambda: self._queue.poll(
                limit=limit, wait_s=wait_s, lease_s=lease_s, is_wanted=is_wanted
            ),
        )

    async def delete(self, receipts: Sequence[str]) -> None:
        await self._network.batch("delete", receipts, self._queue.delete)

    async def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        await self._network.batch(
            f"hide {for_s} s", receipts, lambda some: self._queue.hide(some, for_s=for_s)
        )

    async def bury(self, body: str, *, group: str, reason: str) -> None:
        await self._network.call(
            "bury", reason, lambda: self._queue.bury(body, group=group, reason=reason)
        )


class Objects:
    """One bucket."""

    def __init__(self, network: Network, bucket: MemoryBucket, history: History) -> None:
        self._network = network
        self._bucket = bucket
        self._history = history

    def uri(self, key: str) -> str:
        return self._bucket.uri(key)

    def key(self, uri: str) -> str | None:
        return self._bucket.key(uri)

    async def get(self, key: str, *, most_bytes: int) -> bytes:
        return await self._network.call("fetch", key, lambda: self._get(key, most_bytes))

    async def put(self, key: str, body: bytes) -> None:
        await self._network.call("store", key, lambda: self._put(key, body))

    def _get(self, key: str, most_bytes: int) -> bytes:
        body = self._bucket.get(key)
        if len(body) > most_bytes:
            raise ValueError("too long")
        return body

    def _put(self, key: str, body: bytes) -> None:
        self._bucket.put(key, body)
        self._history.stored_s.setdefault(key, asyncio.get_running_loop().time())


class Agent:
    """ECS's agent beside one task, and whether ECS may end that task."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._until_s = 0.0

    @property
    def protects(self) -> bool:
        return asyncio.get_running_loop().time() < self._until_s

    async def protect(self, minutes: int | None) -> None:
        # ECS's agent, on the same host, gives up before its caller does: nothing comes late.
        await self._network.call(
            "protect",
            f"{minutes} min" if minutes else "no longer",
            lambda: self._protect(minutes),
            never=(Trouble.PARTIAL, Trouble.LATE),
        )

    def _protect(self, minutes: int | None) -> None:
        now_s = asyncio.get_running_loop().time()
        self._until_s = 0.0 if minutes is None else now_s + 60 * minutes


class Figures:
    """The model's live figures."""

    def __init__(self, network: Network, held: MemoryFigures) -> None:
        self._network = network
        self._held = held

    async def add(self, *, busy_ms: int, jobs: int) -> None:
        await self._network.call(
            "count", f"{jobs} jobs", lambda: self._held.add("m", busy_ms=busy_ms, jobs=jobs)
        )


def _named(key: JobKey) -> str:
    return f"{key.tenant}/{key.job_id}"
