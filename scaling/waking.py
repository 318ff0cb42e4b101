"""A model that sleeps and has work: how many tasks it gets before any alarm could say so."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scaling.capacity import capacity, reason
from scaling.recording import record
from spillway.errors import Unavailable
from spillway.ports import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scaling.observing import Observer, Seen
    from spillway.ports import Clock, Figures, ModelEntry, Registry, Services

LOG = logging.getLogger("spillway.scaling")

LOOKS_AFTER_S = (2.0, 3.0, 5.0)
"""A flood's first job is alone when it wakes the model, and SQS's counts lag behind it. So those
10 s are watched, each pause after the look before; then the next wake or tick is near."""


@dataclass(frozen=True, slots=True)
class Waker:
    """Sets a service's desired count at once, sized by what waits. It never lowers it."""

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
            Unavailable: it could not be observed; the wake may be sent again.

        """
        LOG.info("wake asked for", extra={"model": model})
        entry = self.registry.find(model)
        before, after = self._look(entry)
        if before == 0:
            for pause_s in LOOKS_AFTER_S:
                self.sleep(pause_s)
                _, after = self._look(entry)
        return {"before": before, "after": after}

    def _look(self, entry: ModelEntry) -> tuple[int, int]:
        """Raise the count to what is required now; return it as it was and as it is."""
        seen = self._seen(entry)
        desired = seen.observation.desired
        required = capacity(seen.observation, seen.limits).required_tasks
        if required <= desired:
            return desired, desired
        observed_ms = self.clock()
        self.services.set_desired(entry, required)
        took_ms = {"set": self.clock() - observed_ms}
        told = {"model": entry.model, "before": desired, "after": required, "ms": took_ms}
        why = reason(seen.observation, seen.limits)
        LOG.info("woken: %s", why, extra=told)
        decision = Decision(at_ms=self.clock(), before=desired, after=required, reason=why)
        record(self.figures, entry.model, decision)
        return desired, required

    def _seen(self, entry: ModelEntry) -> Seen:
        found = self.observer.observe([entry], now_ms=self.clock())
        if not found:
            raise Unavailable("dependency-unavailable", f"{entry.model} could not be observed")
        (seen,) = found
        if seen.observation.work:
            return seen
        # Who wakes has sent a job: SQS counts it a moment later.
        return replace(seen, observation=replace(seen.observation, visible=1))
