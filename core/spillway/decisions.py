"""The last decisions about a model's tasks: how many are kept, and which are one and the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spillway.live import Decision

KEPT = 5
"""With these a model's item stays below 1 KiB, and so costs one write unit for each change."""
ONE_WITHIN_MS = 10_000
"""Who makes a decision tells of it, and the scaler may see it and tell of it first. Between the
two lies a tick's calls at most."""


def appended(known: tuple[Decision, ...], decision: Decision) -> tuple[Decision, ...]:
    """The last decisions with this one, or as they are where it is the last one told again."""
    if known and is_same(known[-1], decision):
        return known
    return (*known, decision)[-KEPT:]


def is_same(one: Decision, other: Decision) -> bool:
    """Tell whether two that told of a decision mean one and the same."""
    return one.after == other.after and abs(one.at_ms - other.at_ms) <= ONE_WITHIN_MS
