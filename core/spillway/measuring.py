"""How long a job holds its slot, from the counters that the workers add to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.ports import Measured

if TYPE_CHECKING:
    from spillway.ports import LiveFigures

MEMORY_JOBS = 20
"""So many jobs weigh as much as all that is known from before: a new version that takes twice as
long is seen after a few dozen jobs, and one odd job changes little."""


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
    last_ms = max(figures.work_at_ms or 0, figures.woken_at_ms or 0)
    return max(0, now_ms - last_ms) / 1000


def _still_valid(figures: LiveFigures) -> Measured | None:
    """What was measured, unless the counters began anew: somebody deleted the item."""
    known = figures.measured
    if known is None or known.jobs > figures.jobs or known.busy_ms > figures.busy_ms:
        return None
    return known
