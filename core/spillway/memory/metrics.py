"""Metrics in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.ports import Datum


class MemoryMetrics:
    """The twin of CloudWatch's metrics: what was told, call by call."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, Sequence[Datum]]] = []

    def put(self, data: Sequence[Datum], *, at_ms: int) -> None:
        self.calls.append((at_ms, tuple(data)))

    def last(self, model: str) -> dict[str, float]:
        """The model's figures by name, as last told; empty where there are none."""
        told: list[dict[str, float]] = []
        for _, data in self.calls:
            figures = {datum.name: datum.value for datum in data if datum.model == model}
            told += [figures] if figures else []
        return told[-1] if told else {}
