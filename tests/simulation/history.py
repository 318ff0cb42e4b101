"""What happened in a run: enough to judge it, and to tell it as a timeline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spillway.job import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.job import JobKey
    from spillway.update import Record
    from tests.simulation.troubles import Trouble


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: at what time who did what to whom, and what came of it."""

    at_s: float
    who: str
    call: str
    subject: str
    trouble: Trouble | None
    effect: object


@dataclass(frozen=True, slots=True)
class Change:
    """One write to a job that took effect; `before` is None where it was accepted."""

    at_s: float
    who: str
    key: JobKey
    before: Record | None
    after: Record

    @property
    def was_over(self) -> bool:
        return self.before is not None and _is_over(self.before)

    @property
    def ends(self) -> bool:
        """Whether the job is over by it, and was not before."""
        return _is_over(self.after) and not self.was_over

    def __str__(self) -> str:
        after: Mapping[str, Any] = self.after
        error = after.get("error", {}).get("code", "")
        was = "" if self.before is None else f"{self.before['status']} → "
        attempt = f"attempt {after['attempts']}, {after['failures']} failed"
        return f"{was}{after['status']}, {attempt}" + (f", {error}" if error else "")


@dataclass(frozen=True, slots=True)
class Deletion:
    """A message that is gone; `copies` are left in the queue and its DLQ."""

    at_s: float
    who: str
    key: JobKey | None
    is_over: bool
    copies: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A process's life: from when to when, and how it ended."""

    name: str
    from_s: float
    to_s: float
    end: str


@dataclass(slots=True)
class History:
    """Grows as a run goes on. `actor` is whose call takes effect now."""

    actor: str = ""
    entries: list[Entry] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    asked_to_cancel: set[JobKey] = field(default_factory=set)
    stored_s: dict[str, float] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)

    def note(
        self,
        who: str,
        call: str,
        subject: str = "",
        trouble: Trouble | None = None,
        effect: object = "",
    ) -> None:
        """Add a line."""
        self.entries.append(Entry(_now_s(), who, call, subject, trouble, effect))

    def change(self, key: JobKey, before: Record | None, after: Record) -> Change:
        """Note a write to a job."""
        change = Change(_now_s(), self.actor, key, before, after)
        self.changes.append(change)
        return change

    def delete(self, key: JobKey | None, *, is_over: bool, copies: int) -> None:
        """Note that a message is gone."""
        self.deletions.append(Deletion(_now_s(), self.actor, key, is_over, copies))

    def surprise(self, what: str) -> None:
        """Note what no trouble of the plan accounts for."""
        self.surprises.append(what)
        self.note("", "SURPRISE", effect=what)


def _is_over(record: Record) -> bool:
    return Status(str(record["status"])).is_terminal


def _now_s() -> float:
    return asyncio.get_running_loop().time()
