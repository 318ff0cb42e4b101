"""The ports, and the model, on threads: the loop goes on while they block."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING

from worker.runtimes import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from spillway.errors import InferenceError
    from spillway.job import Job, JobKey
    from spillway.ports import Bucket, Figures, JobStore, Queue, Received
    from spillway.strict_json import Json
    from spillway.update import Update
    from worker.agent import ScaleIn
    from worker.runtimes import Model


class ThreadedJobs:
    """A `JobStore` on threads."""

    def __init__(self, store: JobStore, pool: Executor) -> None:
        self._store, self._pool = store, pool

    async def get(self, key: JobKey) -> Job | None:
        return await _on(self._pool, lambda: self._store.get(key))

    async def apply(self, update: Update) -> Job:
        return await _on(self._pool, lambda: self._store.apply(update))


class ThreadedInbox:
    """A `Queue` on threads.

    Long polls block for seconds: they have threads, and a more patient client, of their own.
    """

    def __init__(self, queue: Queue, pool: Executor, *, polls: Queue, pollers: Executor) -> None:
        self._queue, self._pool = queue, pool
        self._polls, self._pollers = polls, pollers

    async def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        return await _on(
            self._pollers,
            lambda: self._polls.receive(limit=limit, wait_s=wait_s, lease_s=lease_s),
        )

    async def delete(self, receipts: Sequence[str]) -> None:
        await _on(self._pool, lambda: self._queue.delete(receipts))

    async def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        await _on(self._pool, lambda: self._queue.hide(receipts, for_s=for_s))

    async def bury(self, body: str, *, group: str, reason: str) -> None:
        await _on(self._pool, lambda: self._queue.bury(body, group=group, reason=reason))


class ThreadedObjects:
    """A `Bucket` on threads."""

    def __init__(self, bucket: Bucket, pool: Executor) -> None:
        self._bucket, self._pool = bucket, pool

    def uri(self, key: str) -> str:
        return self._bucket.uri(key)

    def key(self, uri: str) -> str | None:
        return self._bucket.key(uri)

    async def load(self, key: str) -> Json:
        return await _on(self._pool, lambda: json.loads(self._bucket.get(key)))

    async def put(self, key: str, body: bytes) -> None:
        await _on(self._pool, lambda: self._bucket.put(key, body))


class ThreadedAgent:
    """ECS's agent on a thread of its own: a word to it never waits behind other calls."""

    def __init__(self, agent: ScaleIn) -> None:
        self._agent = agent
        self._pool = ThreadPoolExecutor(1, "agent")

    async def protect(self, minutes: int | None) -> None:
        await _on(self._pool, lambda: self._agent.protect(minutes))


class ThreadedFigures:
    """One model's `Figures` on threads."""

    def __init__(self, figures: Figures, pool: Executor, *, model: str) -> None:
        self._figures, self._pool, self._model = figures, pool, model

    async def add(self, *, busy_ms: int, jobs: int) -> None:
        await _on(self._pool, lambda: self._figures.add(self._model, busy_ms=busy_ms, jobs=jobs))


class ModelThread:
    """A model on threads: numpy and sockets release the interpreter while they work."""

    def __init__(self, model: Model, *, slots: int) -> None:
        self._model = model
        self._pool = ThreadPoolExecutor(slots, "model")
        self._running = 0
        self._lock = threading.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether the model computes, be it that nobody waits for it any more."""
        return self._running > 0

    async def __call__(self, payloads: Sequence[Json]) -> Sequence[str | InferenceError]:
        context = copy_context()  # what the model logs names the job that it runs
        return await _on(self._pool, lambda: context.run(self._ask, payloads))

    def close(self) -> None:
        """Let go of the model, which must not be busy."""
        self._pool.shutdown()
        self._model.close()

    def _ask(self, payloads: Sequence[Json]) -> Sequence[str | InferenceError]:
        self._count(1)
        try:
            return answers.ask(self._model, payloads)
        finally:
            self._count(-1)

    def _count(self, by: int) -> None:
        with self._lock:
            self._running += by


async def _on[T](pool: Executor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, call)
