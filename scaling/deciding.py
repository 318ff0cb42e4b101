"""What is to be noted of a model that was observed: its tasks, and a change of how many it gets.

Whoever made a change (Application Auto Scaling, an operator), it shows in the desired count.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scaling.capacity import capacity, reason
from spillway.live import Decision, TasksSeen
from spillway.measuring import unfinished_since_ms

if TYPE_CHECKING:
    from scaling.observing import Seen

SETTLED_MS = 5_000
"""A count that was seen so soon after a decision may be from before it: figures and counts are
asked for side by side, and clocks differ. The next look has both from after it."""


def tasks_seen(seen: Seen, *, at_ms: int) -> TasksSeen:
    """The tasks, beside what the work asks for."""
    found = seen.observation
    return TasksSeen(
        running=found.running,
        pending=found.pending,
        desired=found.desired,
        required=capacity(found, seen.limits).required_tasks,
        at_ms=at_ms,
        unfinished_since_ms=unfinished_since_ms(
            seen.figures, running=found.running, in_flight=found.in_flight, now_ms=at_ms
        ),
    )


def is_noted(seen: Seen, tasks: TasksSeen) -> bool:
    """Whether the model sleeps as it did when last noted: it costs no write until it wakes."""
    noted = seen.figures.tasks
    return seen.is_asleep and noted is not None and replace(noted, at_ms=tasks.at_ms) == tasks


def change(seen: Seen, *, at_ms: int) -> Decision | None:
    """What became of the desired count since the last decision, or since the count last noted.

    None where it is the same, or where neither is known.
    """
    before, after = _desired_before(seen), seen.observation.desired
    if before is None or before == after or not _is_settled(seen, at_ms):
        return None
    why = reason(seen.observation, seen.limits)
    return Decision(at_ms=at_ms, before=before, after=after, reason=why)


def _desired_before(seen: Seen) -> int | None:
    decisions, tasks = seen.figures.decisions, seen.figures.tasks
    if decisions:
        return decisions[-1].after
    return None if tasks is None else tasks.desired


def _is_settled(seen: Seen, at_ms: int) -> bool:
    decisions = seen.figures.decisions
    return not decisions or at_ms - decisions[-1].at_ms >= SETTLED_MS
