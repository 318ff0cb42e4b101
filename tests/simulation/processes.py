"""Workers' processes on one event loop: each has its clock, and may stand still or die."""

from __future__ import annotations

import asyncio
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any

from tests.unit.worker.loop.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

EPOCH_MS = 1_700_000_000_000
_MOST_SWEEPS = 100


class Process:
    """One process: whatever runs in its context is its own.

    `dies_at` is the step, counted over all of its tasks, at which it dies.
    """

    def __init__(
        self, loop: SimulationLoop, name: str, *, skew_ms: int = 0, dies_at: int | None = None
    ) -> None:
        self.name = name
        self.steps = 0
        self._loop = loop
        self.died: asyncio.Future[str] = loop.create_future()
        self._skew_ms = skew_ms
        self._dies_at = dies_at
        self._put_off: list[asyncio.Handle] | None = None

    @property
    def is_dead(self) -> bool:
        return self.died.done()

    def now_ms(self) -> int:
        """Its clock, in epoch milliseconds."""
        return now_ms() + self._skew_ms

    def die(self, why: str) -> None:
        """End at once: what it has sent is on its way, nothing else of it will ever be seen."""
        if not self.is_dead:
            self.died.set_result(why)
            self._go_on()

    def check(self) -> None:
        """Stop whatever a process that died would still do: it is only being cleared away."""
        if self.is_dead:
            raise asyncio.CancelledError

    def freeze(self, for_s: float) -> None:
        """Do nothing for so long, then whatever has become due, in its order."""
        self._put_off = []
        self._loop.call_later(for_s, self._go_on, context=Context())

    def stands_still(self) -> bool:
        """Count a step that is due; whether it is to be put off."""
        self.steps += 1
        if self.steps == self._dies_at:
            self.die(f"step {self.steps}")
        return self._put_off is not None

    def put_off(self, handle: asyncio.Handle) -> None:
        """Make this step when it goes on."""
        assert self._put_off is not None
        self._put_off.append(handle)

    def _go_on(self) -> None:
        handles, self._put_off = self._put_off, None
        for handle in handles or ():
            self._loop.resume(handle)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run it as this process."""
        context = copy_context()
        context.run(_PROCESS.set, self)
        return self._loop.create_task(work, context=context)

    async def clear(self) -> None:
        """Take away what is left of its tasks. It is dead, so nothing of this reaches anybody."""
        begun: set[asyncio.Task[Any]] = set()
        for _ in range(_MOST_SWEEPS):
            left = {task for task in asyncio.all_tasks() if _of(task.get_context()) is self}
            if not left:
                return
            # One that never began would leave a coroutine that nobody awaited.
            for task in left & begun:
                task.cancel()
            begun = left
            await asyncio.sleep(0)
        raise RuntimeError(f"{self.name} does not end: {left}")


_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


def running() -> Process | None:
    """The process that runs now; None where a service does."""
    return _PROCESS.get()


def current() -> Process:
    """The process that runs now."""
    process = _PROCESS.get()
    if process is None:
        raise LookupError("no process runs here")
    return process


def current_loop() -> SimulationLoop:
    """The loop that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimulationLoop)
    return loop


def now_ms() -> int:
    """The true time, by which the services go."""
    return EPOCH_MS + round(asyncio.get_running_loop().time() * 1000)


class SimulationLoop(VirtualTimeLoop):
    """Virtual time for all; each process's steps are made when it is awake."""

    def call_soon[*Ts](
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        process = _PROCESS.get() if context is None else _of(context)
        if process is None or not process.stands_still():
            return super().call_soon(callback, *args, context=context)
        handle = asyncio.Handle(callback, args, self, context)
        process.put_off(handle)
        return handle

    def resume(self, handle: asyncio.Handle) -> None:
        """Make a step that was put off."""
        super().call_soon(_make, handle, context=Context())


def _make(handle: asyncio.Handle) -> None:
    if not handle.cancelled():
        handle._run()


def run[T](scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario to its end on virtual time."""
    with asyncio.Runner(loop_factory=SimulationLoop) as runner:
        return runner.run(scenario)


def _of(context: Context) -> Process | None:
    return context.get(_PROCESS)
