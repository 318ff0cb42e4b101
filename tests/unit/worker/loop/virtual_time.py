"""An event loop whose clock jumps to the next timer: hours of leases pass in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Where others wait for a timer, this one moves its clock. Nothing real may be awaited."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._now_s

    def jump(self, by_s: float) -> None:
        self._now_s += by_s


class _Jumping(selectors.SelectSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everything waits and no timer is set: a deadlock")
        self._loop.jump(max(0.0, timeout))
        return []


def run[T](scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario to its end on virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(scenario)
