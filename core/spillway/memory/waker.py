"""Wakes in a list."""

from __future__ import annotations

import threading


class MemoryWaker:
    """The twin of the function that wakes models: which were to be woken. Safe between threads."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        self._lock = threading.Lock()

    def wake(self, model: str) -> None:
        with self._lock:
            self.woken.append(model)
