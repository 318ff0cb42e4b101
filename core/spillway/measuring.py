"""How long a job holds its slot, from the counters that the workers add to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.live import Measured

if TYPE_CHECKING:
    from spillway.live import LiveFigures

MEMORY_JOBS = 20
"""So many jobs weigh as much as all that is known from before: a new version that takes twice as
long is seen after a few dozen jobs, and one odd job is one of twenty-one."""
AHEAD_MS = 60_000
"""An instant that lies further ahead was left by a clock that has been set back since."""


def measured(figures: LiveFigures) -> Measured | None:
    """What the counters say now: the value so far, moved by the jobs that were done since.

    None before any job is done.
    """
    known = _still_valid(figures)
    seen_jobs, seen_ms = (known.jobs, known.busy_ms) if known else (0, 0)
    jobs = figures.jobs - seen_jobs
    if jobs <= 0:
        return known
    weight = min(MEMORY_JOBS, seen_jobs)
    before_us = weight * known.us_per_job if known else 0
    us = (before_us + 1_000 * (figures.busy_ms - seen_ms)) // (weight + jobs)
    return Measured(busy_ms=figures.busy_ms, jobs=figures.jobs, us_per_job=us)


def has_progressed(figures: LiveFigures) -> bool:
    """Whether a job was finished since the last look that was noted."""
    known = _still_valid(figures)
    return figures.jobs > (known.jobs if known else 0)


def idle_s(figures: LiveFigures, now_ms: int) -> float:
    """Seconds since there was last work, or a wake that announced some."""
    left_ms = (figures.work_at_ms or 0, figures.woken_at_ms or 0)
    last_ms = max((each for each in left_ms if each <= now_ms + AHEAD_MS), default=0)
    return max(0, now_ms - last_ms) / 1000


def unfinished_since_ms(
    figures: LiveFigures, *, running: int, in_flight: int, now_ms: int
) -> int | None:
    """Since when jobs are in flight and none was finished, None where none are.

    Each of them takes at least so long, whatever is known of those before.
    """
    if not (running > 0 and in_flight > 0):
        return None
    before_ms = figures.tasks.unfinished_since_ms if figures.tasks else None
    return now_ms if before_ms is None or has_progressed(figures) else min(before_ms, now_ms)


def _still_valid(figures: LiveFigures) -> Measured | None:
    """What was measured, unless the counters began anew: somebody deleted the item."""
    known = figures.measured
    if known is None or known.jobs > figures.jobs or known.busy_ms > figures.busy_ms:
        return None
    return known
