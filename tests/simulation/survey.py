"""What runs were made of: that nothing went wrong says little where nothing could."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from spillway.errors import UpdateRefused
from spillway.job import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.history import Change
    from tests.simulation.world import Outcome

_BESIDE_CALLS = ("stands still", "told to stop", "redrive", "bury")


def survey(outcome: Outcome) -> Counter[str]:
    """How often each trouble, each event and each kind of write occurred in a run."""
    history = outcome.history
    counts = Counter(str(entry.trouble) for entry in history.entries if entry.trouble)
    counts.update(entry.call for entry in history.entries if entry.call in _BESIDE_CALLS)
    counts.update(_lives(outcome))
    counts.update(_write(change) for change in history.changes)
    counts["refused writes"] = sum(
        isinstance(entry.effect, UpdateRefused) for entry in history.entries
    )
    return counts


def _lives(outcome: Outcome) -> Iterator[str]:
    for stay in outcome.history.stays:
        yield f"life ended: {stay.end.partition(' ')[0]}"


def _write(change: Change) -> str:
    """The rule behind a write, by what it changed."""
    before, after = change.before, change.after
    if before is None:
        return "accepted"
    if after["status"] != Status.RUNNING or before["status"] != Status.RUNNING:
        return f"{before['status']} → {after['status']}"
    return "renewed" if before["attempts"] == after["attempts"] else "reclaimed"
