"""Time as a client reads it and lets it pass."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from contextvars import ContextVar
from threading import Event
from typing import Protocol

_NEVER = Event()
_STOP = ContextVar("stop", default=_NEVER)


class Clock(Protocol):
    """What tells and passes time: real or virtual."""

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Return so many seconds later."""
        ...


class WallClock:
    """Real time."""

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Return so many seconds later; raises `CancelledError` once the thread is to stop."""
        if _STOP.get().wait(seconds):
            raise CancelledError


WALL_CLOCK = WallClock()


def stop_at(event: Event) -> None:
    """Have this thread sleep no longer than until the event is set."""
    _STOP.set(event)
