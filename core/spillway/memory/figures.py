"""Live figures in a dictionary."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from spillway.decisions import appended
from spillway.live import LiveFigures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spillway.live import Decision, Measured, TasksSeen


class MemoryFigures:
    """The twin of the items `MODEL#<model>`. Safe between threads."""

    def __init__(self) -> None:
        self._held: dict[str, LiveFigures] = {}
        self._lock = threading.Lock()

    def read(self, models: Sequence[str]) -> Mapping[str, LiveFigures]:
        with self._lock:
            return {model: self._of(model) for model in models}

    def add(self, model: str, *, busy_ms: int, jobs: int) -> None:
        with self._lock:
            have = self._of(model)
            self._held[model] = replace(have, busy_ms=have.busy_ms + busy_ms, jobs=have.jobs + jobs)

    def wake(self, model: str, *, now_ms: int, apart_ms: int) -> bool:
        with self._lock:
            have = self._of(model)
            ago_ms = None if have.woken_at_ms is None else now_ms - have.woken_at_ms
            if ago_ms is not None and -apart_ms <= ago_ms < apart_ms:
                return False
            self._held[model] = replace(have, woken_at_ms=now_ms)
            return True

    def note(
        self,
        model: str,
        *,
        tasks: TasksSeen,
        work_at_ms: int | None = None,
        measured: Measured | None = None,
    ) -> None:
        with self._lock:
            have = self._of(model)
            self._held[model] = replace(
                have,
                tasks=tasks,
                work_at_ms=have.work_at_ms if work_at_ms is None else work_at_ms,
                measured=measured or have.measured,
            )

    def decided(self, model: str, decision: Decision) -> None:
        with self._lock:
            have = self._of(model)
            self._held[model] = replace(have, decisions=appended(have.decisions, decision))

    def _of(self, model: str) -> LiveFigures:
        return self._held.get(model, LiveFigures())
