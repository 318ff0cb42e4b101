"""A model that sleeps and has work: how many tasks it gets before any alarm could say so."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scaling.capacity import capacity, reason
from scaling.deciding import tasks_seen
from scaling.recording import note, record
from spillway.errors import Unavailable
from spillway.live import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scaling.observing import Observer, Seen
    from spillway.ports import Clock, Figures, ModelEntry, Registry, Services

LOG = logging.getLogger("spillway.scaling")

LOOKS_AFTER_S = (2.0, 3.0, 5.0)
"""A flood's first job is alone when it wakes the model, and SQS's counts lag behind it. So those
10 s are watched, each pause after the look before; then the next wake or tick is near."""
TICKING_MS = 60_000
"""The scaler looks every ten seconds through the minute in which it saw work."""


@dataclass(frozen=True, slots=True)
class Waker:
    """Sets a service's desired count at once, sized by what waits; to no less than it saw."""

    registry: Registry
    observer: Observer
    services: Services
    figures: Figures
    clock: Clock
    sleep: Callable[[float], None]

    def wake(self, model: str) -> Mapping[str, int]:
        """Return the tasks that were asked for before and after.

        Raises:
            UnknownModel: no such model is deployed.
            Unavailable: it could not be observed; the scaler's next tick sees its work.

        """
        LOG.info("wake asked for", extra={"model": model})
        entry = self.registry.find(model)
        seen = self._seen(entry)
        after = self._settle(seen)
        if _is_at_rest(seen, now_ms=self.clock()):
            after = max(after, self._watch(entry))
        return {"before": seen.observation.desired, "after": after}

    def _watch(self, entry: ModelEntry) -> int:
        """Look again, and again; return the tasks asked for. The first look was what counts."""
        after = 0
        for pause_s in LOOKS_AFTER_S:
            self.sleep(pause_s)
            try:
                after = self._settle(self._seen(entry))
            except Unavailable as error:
                LOG.warning("not looked again", extra={"model": entry.model, "why": str(error)})
        return after

    def _settle(self, seen: Seen) -> int:
        """Raise the count, and leave what was seen for those who ask before the next tick."""
        after = self._raise(seen)
        tasks = replace(tasks_seen(seen, at_ms=self.clock()), desired=after)
        note(self.figures, seen.entry.model, tasks)
        return after

    def _raise(self, seen: Seen) -> int:
        """Raise the count to what is required; return what it is then."""
        entry, desired = seen.entry, seen.observation.desired
        required = capacity(seen.observation, seen.limits).required_tasks
        if required <= desired:
            return desired
        observed_ms = self.clock()
        self.services.set_desired(entry, required)
        took_ms = {"set": self.clock() - observed_ms}
        told = {"model": entry.model, "before": desired, "after": required, "ms": took_ms}
        why = reason(seen.observation, seen.limits)
        LOG.info("woken: %s", why, extra=told)
        decision = Decision(at_ms=self.clock(), before=desired, after=required, reason=why)
        record(self.figures, entry.model, decision)
        return required

    def _seen(self, entry: ModelEntry) -> Seen:
        found = self.observer.observe([entry], now_ms=self.clock())
        if not found:
            raise Unavailable("dependency-unavailable", f"{entry.model} could not be observed")
        (seen,) = found
        if seen.observation.work:
            return seen
        # Who wakes has sent a job: SQS counts it a moment later.
        return replace(seen, observation=replace(seen.observation, visible=1))


def _is_at_rest(seen: Seen, *, now_ms: int) -> bool:
    """Whether no more tasks than ever were there, and the scaler looks once a minute."""
    work_at_ms = seen.figures.work_at_ms
    is_watched = work_at_ms is not None and now_ms - work_at_ms < TICKING_MS
    desired = seen.observation.desired
    return desired == 0 or (desired <= seen.limits.min_tasks and not is_watched)
