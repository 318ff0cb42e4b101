"""Everything that a seed decides, as a value: who works, what is asked, and what goes wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from tests.simulation.dice import fractions
from tests.simulation.jobs import job_of, shape_of
from tests.simulation.troubles import OF_CALLS, Trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tests.simulation.jobs import JobPlan, Shape

CALM_AT_S = 90.0
"""From then on no trouble begins: what is still wrong must come right."""
SKEW_S = 20.0
"""Between the two clocks that differ most."""
_RATES = {
    Trouble.CRASH_BEFORE: (0.002, 0.01),
    Trouble.CRASH_AFTER: (0.002, 0.01),
    Trouble.REFUSED: (0.02, 0.1, 0.3),
    Trouble.LOST_ACK: (0.02, 0.1, 0.3),
    Trouble.DOUBLED: (0.05, 0.3),
    Trouble.LATE: (0.01, 0.05, 0.1),
    Trouble.PARTIAL: (0.1, 0.5),
    Trouble.SLOW: (0.05, 0.2),
    Trouble.CRASH: (0.5,),
    Trouble.FREEZE: (0.6,),
    Trouble.STOP: (0.5,),
    Trouble.SKEW: (1.0,),
    Trouble.DUPLICATE: (0.03, 0.15),
    Trouble.REORDER: (1.0,),
    Trouble.STALE: (0.5,),
    Trouble.CANCEL: (0.3,),
    Trouble.POISON: (0.3, 0.6),
    Trouble.GARBAGE: (1.0,),
    Trouble.REDRIVE: (1.0,),
}
"""How likely: per call, delivery, job or life of a worker. 1.0 says that it is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One life of a worker: None where a thing does not befall it. Seconds count from its start."""

    pause_s: float
    skew_ms: int
    dies_at: int | None
    stops_at_s: float | None
    freeze: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run. `rates` says how likely each trouble is; what is not in it does not occur.

    `first_dies_at` is the step at which the first worker's first life ends, whatever the rates.
    """

    seed: int
    shape: Shape
    workers: int
    jobs: tuple[JobPlan, ...]
    rates: Mapping[Trouble, float]
    first_dies_at: int | None = None

    @classmethod
    def draw(cls, seed: int) -> Plan:
        """The seed's plan. Each trouble is on in half of all runs, so that each is seen alone."""
        rng = random.Random(f"plan {seed}")
        rates = {
            trouble: rng.choice(rates) for trouble, rates in _RATES.items() if rng.random() < 0.5
        }
        shape = shape_of(rng)
        return cls(
            seed=seed,
            shape=shape,
            workers=rng.randint(2, 3),
            jobs=tuple(job_of(seed, number, shape, rates) for number in range(rng.randint(4, 9))),
            rates=MappingProxyType(rates),
        )

    def without(self, troubles: Collection[Trouble] = (), jobs: Collection[int] = ()) -> Plan:
        """This plan with less in it; all else stays as it is."""
        rates = {trouble: rate for trouble, rate in self.rates.items() if trouble not in troubles}
        left = [job.number for job in self.jobs if job.number not in jobs]
        return replace(
            self,
            jobs=tuple(job_of(self.seed, number, self.shape, rates) for number in left),
            rates=MappingProxyType(rates),
        )

    @property
    def rates_of_calls(self) -> Mapping[Trouble, float]:
        """Those of the troubles that befall single calls."""
        return {trouble: self.rates[trouble] for trouble in OF_CALLS if trouble in self.rates}

    def has(self, trouble: Trouble) -> bool:
        """Whether it may occur at all."""
        return trouble in self.rates

    def befalls(self, trouble: Trouble, *whom: object) -> bool:
        """Whether it befalls this one."""
        return fractions(self.seed, trouble, *whom)[0] < self.rates.get(trouble, 0.0)

    def life(self, worker: int, number: int, now_s: float) -> Life:
        """How the worker's life of this number will go. In calm times nothing befalls it."""
        pause, skew, step, stop, frozen_at, frozen_for, *_ = fractions(
            self.seed, "life", worker, number
        )
        lease_s, is_calm = self.shape.lease_s, now_s > CALM_AT_S
        return Life(
            pause_s=15 * pause if number else pause,
            skew_ms=self.skew_ms(skew),
            dies_at=self._dies_at(worker, number, step, is_calm),
            stops_at_s=_if(self._is(Trouble.STOP, worker, number, is_calm), 60 * stop),
            freeze=_if(
                self._is(Trouble.FREEZE, worker, number, is_calm),
                (40 * frozen_at**2, 3 * lease_s * frozen_for),
            ),
        )

    def _dies_at(self, worker: int, number: int, step: float, is_calm: bool) -> int | None:
        if self.first_dies_at is not None and worker == number == 0:
            return self.first_dies_at
        return _if(self._is(Trouble.CRASH, worker, number, is_calm), 1 + int(600 * step**2))

    def _is(self, trouble: Trouble, worker: int, number: int, is_calm: bool) -> bool:
        return not is_calm and self.befalls(trouble, worker, number)

    def skew_ms(self, fraction: float) -> int:
        """By how much a clock is wrong."""
        return round(1000 * SKEW_S * (fraction - 0.5)) if self.has(Trouble.SKEW) else 0


def _if[T](is_so: bool, value: T) -> T | None:
    return value if is_so else None
