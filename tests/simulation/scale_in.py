"""Whether ECS may end a task: never while it computes, soon when it idles."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tests.simulation.faults import SLOW_S
from tests.simulation.troubles import Trouble
from worker.protection import CHECK_S, IDLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.history import Entry
    from tests.simulation.world import Outcome

SLACK_S = 10.0
"""For calls under way, the client's own retries included."""
_IDLE = ("receive", "count", "starts", "told to stop", "ended", "logs")


def is_protected_while_busy_alone(outcome: Outcome) -> Iterator[str]:
    """A task that computes may not be scaled in, one that idles may."""
    slack_s = 3 * SLOW_S if outcome.plan.has(Trouble.SLOW) else SLACK_S
    limit_s = IDLE_S + CHECK_S + slack_s
    entries = defaultdict(list)
    for entry in outcome.history.entries:
        entries[entry.who].append(entry)
    for stay in outcome.history.stays:
        its = [entry for entry in entries[stay.name] if entry.at_s <= stay.to_s]
        yield from _unprotected(stay.name, its)
        yield from _needlessly_protected(stay.name, its, stay.to_s, limit_s)


def _unprotected(name: str, entries: list[Entry]) -> Iterator[str]:
    """Of a worker whose calls to ECS's agent all succeed."""
    is_protected = False
    for entry in entries:
        if entry.call == "protect":
            if entry.trouble is not None:
                return
            is_protected = entry.subject != "no longer"
        elif entry.call == "compute" and not is_protected:
            yield f"{name} computed unprotected at {entry.at_s:.3f} s"


def _needlessly_protected(
    name: str, entries: list[Entry], ended_s: float, limit_s: float
) -> Iterator[str]:
    """Whoever is protected has had a job in hand so short a while ago."""
    protected_s, busy_s = None, 0.0
    for at_s, entry in [*((entry.at_s, entry) for entry in entries), (ended_s, None)]:
        if protected_s is not None and (idle_s := at_s - max(busy_s, protected_s)) > limit_s:
            yield f"{name} was protected and idle for {idle_s:.1f} s, at {at_s:.3f} s"
            return
        if entry is None or entry.call == "stands still":
            return
        if entry.call == "protect":
            # One that was refused is tried again, be it later.
            is_dropped = entry.subject == "no longer" and entry.trouble is not Trouble.REFUSED
            protected_s = None if is_dropped else at_s
        elif _is_work(entry):
            busy_s = at_s


def _is_work(entry: Entry) -> bool:
    return entry.call not in _IDLE or (entry.call == "receive" and bool(entry.effect))
