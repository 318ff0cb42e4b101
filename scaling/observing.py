"""What there is to know of each model, asked of AWS side by side."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from scaling.capacity import Limits, Observation
from spillway.measuring import has_progressed, idle_s, measured, unfinished_since_ms
from spillway.ports import SERVICES_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Future

    from spillway.live import LiveFigures, Measured
    from spillway.ports import Depth, Figures, ModelEntry, Queues, Services, TaskCounts

LOG = logging.getLogger("spillway.scaling")

AT_ONCE = 32
"""Questions asked side by side; as many connections do the clients keep."""
FIGURES_AT_ONCE = 100
"""As many as one call of DynamoDB gets. Here as with the services more would be asked one after
the other, and one that fails would take more models with it."""

TOLD_LATE_S = 15.0
"""Workers tell every ten seconds what they have finished: so much later it may be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One model as it was observed."""

    entry: ModelEntry
    observation: Observation
    limits: Limits
    figures: LiveFigures
    measured: Measured | None

    @property
    def is_asleep(self) -> bool:
        """Nothing to do, nobody there to do it, and nobody that ought to be."""
        seen = self.observation
        tasks = seen.desired or seen.running or seen.pending or self.limits.min_tasks
        return not (seen.work or tasks)

    @property
    def is_active(self) -> bool:
        """It works, or its tasks come or go; one that stands ready without work is at rest."""
        seen = self.observation
        at_rest = seen.running == seen.desired == self.limits.min_tasks
        return bool(seen.work or seen.pending or not at_rest)


class Observer:
    """Asks the queues, the services and the live figures."""

    def __init__(self, *, queues: Queues, services: Services, figures: Figures) -> None:
        self._queues = queues
        self._services = services
        self._figures = figures

    def observe(self, entries: Sequence[ModelEntry], *, now_ms: int) -> Sequence[Seen]:
        """The models of which everything is known. Each question that failed is logged."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            counts = [
                pool.submit(self._services.counts, some)
                for some in batched(entries, SERVICES_AT_ONCE, strict=False)
            ]
            models = [entry.model for entry in entries]
            figures = [
                pool.submit(self._figures.read, some)
                for some in batched(models, FIGURES_AT_ONCE, strict=False)
            ]
            depths = [pool.submit(self._depth, model) for model in models]
            tasks, live, backlog = _told(counts), _told(figures), _told(depths)
        return [
            _seen(entry, tasks[entry.model], live[entry.model], backlog[entry.model], now_ms)
            for entry in entries
            if all(entry.model in answers for answers in (tasks, live, backlog))
        ]

    def _depth(self, model: str) -> Mapping[str, Depth]:
        return {model: self._queues.find(model).depth()}


def _told[T](asked: Iterable[Future[Mapping[str, T]]]) -> Mapping[str, T]:
    """All that was answered, by model. What one model's queue raises is not the others' fault."""
    told: dict[str, T] = {}
    for future in asked:
        if (error := future.exception()) is not None:
            LOG.error("models not observed", exc_info=error)
        else:
            told |= future.result()
    return told


def _seen(
    entry: ModelEntry, counts: TaskCounts, figures: LiveFigures, depth: Depth, now_ms: int
) -> Seen:
    known = measured(figures)
    return Seen(
        entry=entry,
        figures=figures,
        measured=known,
        limits=limits(entry),
        observation=Observation(
            visible=depth.visible,
            in_flight=depth.in_flight,
            delayed=depth.delayed,
            running=counts.running,
            pending=counts.pending,
            desired=counts.desired,
            seconds_per_job=_seconds_per_job(figures, known, counts, depth, now_ms),
            idle_s=idle_s(figures, now_ms),
            has_progressed=has_progressed(figures),
        ),
    )


def _seconds_per_job(
    figures: LiveFigures, known: Measured | None, counts: TaskCounts, depth: Depth, now_ms: int
) -> float | None:
    """What was measured, unless the jobs in flight have taken longer than that already."""
    measured_s = None if known is None else known.us_per_job / 1e6
    since_ms = unfinished_since_ms(
        figures, running=counts.running, in_flight=depth.in_flight, now_ms=now_ms
    )
    unfinished_s = 0 if since_ms is None else (now_ms - since_ms) / 1000 - TOLD_LATE_S
    return measured_s if unfinished_s <= 0 else max(measured_s or 0.0, unfinished_s)


def limits(entry: ModelEntry) -> Limits:
    """What the model's stack says of its capacity."""
    return Limits(
        min_tasks=entry.min_tasks,
        max_tasks=entry.max_tasks,
        slots=entry.slots,
        target_latency_s=entry.target_latency_s,
        startup_s=entry.startup_s,
        idle_s=entry.idle_s,
    )
