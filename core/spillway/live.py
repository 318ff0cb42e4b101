"""A model's live figures: what its workers, its wakes and the scaler last told of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How long a job takes, as last worked out, and the counters that it was worked out from."""

    busy_ms: int
    jobs: int
    us_per_job: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksSeen:
    """A model's tasks as the scaler or a wake saw them: running, starting, asked for, and needed.

    `unfinished_since_ms` is since when jobs are in flight and none was finished, None if none are.
    """

    running: int
    pending: int
    desired: int
    required: int
    at_ms: int
    unfinished_since_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A change of how many tasks a model is asked to have, and what was seen when it was made."""

    at_ms: int
    before: int
    after: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """What is known of a model at work. Instants are epoch milliseconds, None where never.

    Its workers count the jobs they finished and the time that these held a slot; who enqueues
    leaves when the model was last woken, the scaler when it last saw work, what it measured and
    the tasks it saw. The last `decisions` come from whoever made or noticed them, the newest last.
    """

    busy_ms: int = 0
    jobs: int = 0
    woken_at_ms: int | None = None
    work_at_ms: int | None = None
    measured: Measured | None = None
    tasks: TasksSeen | None = None
    decisions: tuple[Decision, ...] = ()
