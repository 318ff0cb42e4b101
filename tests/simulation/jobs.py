"""The jobs of a run, and the model's settings in it: what a seed makes of both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from spillway.job import JobKey
from tests.simulation.dice import fractions
from tests.simulation.troubles import Trouble

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

TENANTS = ("acme", "umbrella")


class Kind(StrEnum):
    """What a job's payload does to the model."""

    ECHO = "echo"
    LARGE = "large"
    """Its result is too large to lie inline."""
    FETCHED = "fetched"
    """Its payload lies in the input bucket."""
    TEDIOUS = "tedious"
    """It runs longer than a lease."""
    FLAKY = "flaky"
    """Its first attempt fails."""
    INVALID = "invalid"
    RAISES = "raises"
    HANGS = "hangs"
    KILLS = "kills"

    @property
    def may_succeed(self) -> bool:
        """Whether there is a right result at all."""
        return self not in (Kind.INVALID, Kind.RAISES, Kind.HANGS, Kind.KILLS)


_SOUND = (Kind.ECHO, Kind.ECHO, Kind.ECHO, Kind.LARGE, Kind.FETCHED)
_POISON = (Kind.TEDIOUS, Kind.FLAKY, Kind.INVALID, Kind.RAISES, Kind.HANGS, Kind.KILLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """One job that a caller will submit, and when it will cancel it, if ever."""

    number: int
    kind: Kind
    submit_at_s: float
    runs_s: float
    timeout_s: int
    ttl_s: int
    cancel_at_s: float | None
    is_sent_twice: bool

    @property
    def key(self) -> JobKey:
        """Both tenants use the same ids, which are each one's own."""
        return JobKey(TENANTS[self.number % 2], f"j{self.number // 2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The model's settings in a run."""

    lease_s: int
    poll_s: int
    max_batch: int
    max_delay_ms: int
    concurrency: int
    max_attempts: int
    max_receives: int
    drain_s: int


def shape_of(rng: random.Random) -> Shape:
    """The settings that this run's workers have."""
    return Shape(
        lease_s=rng.choice((6, 10, 30)),
        poll_s=rng.choice((2, 10, 20)),
        max_batch=rng.choice((1, 2, 4)),
        max_delay_ms=rng.choice((0, 10, 200)),
        concurrency=rng.choice((1, 1, 2)),
        max_attempts=rng.choice((1, 2, 3, 4)),
        max_receives=rng.choice((3, 10, 100, 100)),
        drain_s=rng.choice((5, 20, 80)),
    )


def job_of(seed: int, number: int, shape: Shape, rates: Mapping[Trouble, float]) -> JobPlan:
    """The run's job of this number."""
    kind_at, poisoned, submit, runs, limit, ttl, cancelled, cancel, twice, *_ = fractions(
        seed, "job", number
    )
    kinds = _POISON if poisoned < rates.get(Trouble.POISON, 0.0) else _SOUND
    kind = kinds[int(kind_at * len(kinds))]
    runs_s = shape.lease_s * (1 + 2 * runs) if kind is Kind.TEDIOUS else 2 * runs**3
    submit_at_s = 10 * submit
    is_cancelled = cancelled < rates.get(Trouble.CANCEL, 0.0)
    return JobPlan(
        number=number,
        kind=kind,
        submit_at_s=submit_at_s,
        runs_s=runs_s,
        timeout_s=5 + int(runs_s + 20 * (limit > 0.5)),
        ttl_s=60 + int(180 * ttl),
        cancel_at_s=submit_at_s + 40 * cancel**3 if is_cancelled else None,
        is_sent_twice=twice < rates.get(Trouble.DUPLICATE, 0.0),
    )
