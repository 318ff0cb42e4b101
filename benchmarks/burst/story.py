"""What happened, from the samples, the jobs' own times and what the run said. All of it is pure."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DONE = "SUCCEEDED"
_DECISION = re.compile(r"(?P<model>[\w-]+): .*?(?P<before>\d+) → (?P<after>\d+) tasks?\b.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look. `waiting` and `in_flight` are jobs, `desired` and `running` tasks."""

    at_s: float
    waiting: int
    in_flight: int
    desired: int
    running: int
    estimated_delay_s: float

    @property
    def is_asleep(self) -> bool:
        """Neither work, nor anybody there to do it."""
        return not (self.waiting or self.in_flight or self.desired or self.running)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One accepted job; `end` is its last status, or what is wrong with it."""

    accepted_s: float
    end: str
    ended_s: float | None = None
    attempts: int = 0

    @property
    def took_s(self) -> float:
        """From its acceptance to its end; infinite without one."""
        return math.inf if self.ended_s is None else self.ended_s - self.accepted_s


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of the run about the number of tasks asked for."""

    at_s: float
    text: str
    after: int

    @classmethod
    def of(cls, model: str, at_s: float, text: str) -> Self | None:
        """Read a line; None where it is none of this model's decisions."""
        match = _DECISION.fullmatch(text)
        if match is None or match["model"] != model:
            return None
        return cls(at_s, text.removeprefix(f"{model}: "), int(match["after"]))


@dataclass(frozen=True)
class Story:
    """All times are seconds since the first job was accepted."""

    samples: Sequence[Sample]
    lives: Sequence[Life]
    decisions: Sequence[Decision]

    @classmethod
    def of(
        cls, samples: Iterable[Sample], lives: Sequence[Life], decisions: Iterable[Decision]
    ) -> Self:
        """Count all times, which are epoch seconds, from the first job on."""
        zero_s = min(life.accepted_s for life in lives)
        return cls(
            [replace(each, at_s=each.at_s - zero_s) for each in samples],
            [
                replace(
                    each,
                    accepted_s=each.accepted_s - zero_s,
                    ended_s=None if each.ended_s is None else each.ended_s - zero_s,
                )
                for each in lives
            ],
            [replace(each, at_s=each.at_s - zero_s) for each in decisions],
        )

    @cached_property
    def accepted_s(self) -> Sequence[float]:
        """When the jobs were accepted, in order."""
        return sorted(life.accepted_s for life in self.lives)

    @cached_property
    def ended_s(self) -> Sequence[float]:
        """When the jobs that have ended did, in order."""
        return sorted(life.ended_s for life in self.lives if life.ended_s is not None)

    @cached_property
    def took_s(self) -> Sequence[float]:
        """How long each job took that has ended, the shortest first."""
        return sorted(life.took_s for life in self.lives if life.ended_s is not None)

    @property
    def asleep_s(self) -> float | None:
        """When the model was first seen to sleep for good, None if it never was."""
        rest = list(takewhile(lambda sample: sample.is_asleep, reversed(self.samples)))
        return rest[-1].at_s if rest else None

    @property
    def tasks_at_most(self) -> int:
        """The most that ran at once."""
        return max(sample.running for sample in self.samples)

    @property
    def task_seconds(self) -> float:
        """What is paid for: each task from its start to its end."""
        return sum(one.running * (two.at_s - one.at_s) for one, two in pairwise(self.samples))

    def accepted_by(self, at_s: float) -> int:
        """Jobs accepted until then."""
        return bisect_right(self.accepted_s, at_s)

    def ended_by(self, at_s: float) -> int:
        """Jobs ended until then."""
        return bisect_right(self.ended_s, at_s)

    def oldest_s(self, at_s: float) -> float:
        """How long the oldest job that was not done then had waited."""
        undone = (
            life.accepted_s
            for life in self.lives
            if life.accepted_s <= at_s and (life.ended_s is None or life.ended_s > at_s)
        )
        return at_s - min(undone, default=at_s)

    def until_done_s(self, at_s: float) -> float:
        """How much longer it took from then until the jobs accepted until then were done."""
        ends = (
            math.inf if life.ended_s is None else life.ended_s
            for life in self.lives
            if life.accepted_s <= at_s
        )
        return max(0.0, max(ends, default=at_s) - at_s)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The least value that so many percent of them are not above.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 50), percentile([1.0, 2.0, 3.0, 4.0], 95)
    (2.0, 4.0)
    """
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
