"""Processes that take turns in time: generators that yield the seconds until their next turn.

The idea is SimPy's (https://simpy.readthedocs.io), without its events: what is watched here is
watched by the clock.
"""

from __future__ import annotations

import heapq
import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaling.engine.clock import Clock

type Process = Iterator[float]
"""Yields how many seconds to wait before it goes on."""


class Kernel:
    """Give each process its turn when its time has come, first come first served."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._turns: list[tuple[float, int, Process]] = []

    def now_s(self) -> float:
        """Return the clock's time."""
        return self._clock.now_s()

    def start(self, process: Process, *, after_s: float = 0.0) -> None:
        """Have a process begin so many seconds from now."""
        self._queue(self.now_s() + after_s, process)

    def run(self, until_s: float = math.inf) -> None:
        """Go on until nothing is due by then, or the clock was stopped.

        Raises whatever a process raises; that process is over, the others go on with the next run.
        """
        while self._turns and self._turns[0][0] <= until_s:
            if not self._clock.wait_until(self._turns[0][0]):
                return
            self._take_turn(*heapq.heappop(self._turns))
        if math.isfinite(until_s):
            self._clock.wait_until(until_s)

    def _take_turn(self, at_s: float, _order: int, process: Process) -> None:
        wait_s = next(process, None)
        if wait_s is not None:
            # Turns that a sleeping machine missed are not made up for one by one.
            self._queue(max(at_s + wait_s, self.now_s()), process)

    def _queue(self, at_s: float, process: Process) -> None:
        heapq.heappush(self._turns, (at_s, next(self._order), process))
