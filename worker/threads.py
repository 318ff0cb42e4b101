"""The model, and ECS's agent, on threads: the loop goes on while they block."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING

from worker.runtimes import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from spillway.errors import InferenceError
    from spillway.strict_json import Json
    from worker.agent import ScaleIn
    from worker.runtimes import Model


class ThreadedAgent:
    """ECS's agent on a thread of its own: a word to it never waits behind other calls."""

    def __init__(self, agent: ScaleIn) -> None:
        self._agent = agent
        self._pool = ThreadPoolExecutor(1, "agent")

    async def protect(self, minutes: int | None) -> None:
        await _on(self._pool, lambda: self._agent.protect(minutes))


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
