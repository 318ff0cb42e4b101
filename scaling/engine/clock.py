"""What tells the engine the time: the world's, or one that jumps to whatever is due next."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Epoch seconds, and waiting: CloudWatch's periods begin at multiples of themselves."""

    def now_s(self) -> float:
        """Return the time."""

    def wait_until(self, at_s: float) -> bool:
        """Return at that time, at once where it has passed; False where there is no going on."""


class VirtualClock:
    """Waiting takes no time: an hour of scaling passes in milliseconds."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        """Return the time."""
        return self._now_s

    def wait_until(self, at_s: float) -> bool:
        """Jump there; time never goes back."""
        self._now_s = max(self._now_s, at_s)
        return True


class RealClock:
    """The world's time. `stop` ends a wait, from any thread."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now_s(self) -> float:
        """Return the time."""
        return time.time()

    def wait_until(self, at_s: float) -> bool:
        """Sleep until then, or until stopped."""
        while (left_s := at_s - self.now_s()) > 0:
            if self._stopped.wait(left_s):
                return False
        return not self._stopped.is_set()

    def stop(self) -> None:
        """End the wait, and each one to come."""
        self._stopped.set()
