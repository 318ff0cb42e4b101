"""A run told line by line."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from spillway.job import Job
from spillway.ports import Received

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.history import Change, Entry, History

WIDTH = 100


def timeline(history: History) -> Iterator[str]:
    """Each call and each write, in the order in which they took effect."""
    yield f"{'s':>9} {'who':<14} {'call':<12} {'on':<22} {'trouble':<12} effect"
    calls = ((entry.at_s, _told(entry)) for entry in history.entries if not _is_idle(entry))
    writes = ((change.at_s, _written(change)) for change in history.changes)
    for _, line in merge(writes, calls, key=lambda told: told[0]):
        yield line


def _is_idle(entry: Entry) -> bool:
    return entry.call == "receive" and not entry.effect and entry.trouble is None


def _told(entry: Entry) -> str:
    effect = _effect(entry.effect)[:WIDTH]
    return _line(entry.at_s, entry.who, entry.call, entry.subject, str(entry.trouble or ""), effect)


def _written(change: Change) -> str:
    on = f"{change.key.tenant}/{change.key.job_id}"
    return _line(change.at_s, change.who, "becomes", on, "", str(change))


def _line(at_s: float, who: str, call: str, on: str, trouble: str, effect: str) -> str:
    return f"{at_s:9.3f} {who:<14} {call:<12} {on:<22} {trouble:<12} {effect}".rstrip()


def _effect(effect: object) -> str:
    match effect:
        case Job():
            return f"is {effect.status}, attempt {effect.attempts}, {effect.failures} failed"
        case bytes():
            return f"{len(effect)} bytes"
        case list() | tuple():
            return " ".join(_effect(one) for one in effect)
        case Received():
            return effect.receipt
        case _:
            return str(effect or "")
