"""A job for a sleeping model wakes it: no alarm has to notice the backlog first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from spillway.errors import Unavailable

if TYPE_CHECKING:
    from spillway.ports import Clock, Figures, Waker

LOG = logging.getLogger("spillway.waking")

APART_MS = 15_000
"""Between two wakes of a model: a wake looks for 10 s after what came with its job, and what comes
later is met by the next wake or by the scaler."""


def is_due(tried_ms: int | None, now_ms: int) -> bool:
    """Whether to try again, when last tried then; a clock that was set back holds nothing up."""
    return tried_ms is None or not 0 <= now_ms - tried_ms < APART_MS


class Waking:
    """Wakes models for jobs that are accepted by now. Of many processes, one at a time does."""

    def __init__(self, *, figures: Figures, waker: Waker, clock: Clock) -> None:
        self._figures = figures
        self._waker = waker
        self._clock = clock
        self._tried_ms: dict[str, int] = {}

    def wake(self, model: str) -> None:
        """Have the model woken, unless it was of late. Never raises: the job is accepted."""
        now_ms = self._clock()
        if not is_due(self._tried_ms.get(model), now_ms):
            return
        self._tried_ms[model] = now_ms
        try:
            if self._figures.wake(model, now_ms=now_ms, apart_ms=APART_MS):
                self._waker.wake(model)
                LOG.info("wakes", extra={"model": model})
        except Unavailable as error:
            LOG.warning("not woken", extra={"model": model, "why": str(error)})
        except Exception:
            LOG.exception("not woken", extra={"model": model})
