"""What becomes of one call: a pure function of the seed and of which call it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.dice import fractions
from tests.simulation.troubles import OF_CALLS, Trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

USUAL_S = 0.02
"""A call within a region, there and back, twice as long at most."""
SLOW_S = 8.0
LATE_S = 45.0
"""Later than any lease of a run: whoever made the call has long gone on."""
DEAF_S = 5.0
"""How long a client waits before it takes a call for lost, its own retries included."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a run: the `nth` by this process, of this name, on this subject."""

    process: str
    name: str
    subject: str
    nth: int


@dataclass(frozen=True, slots=True)
class Fate:
    """After how long a call arrives and its answer comes, and what goes wrong. `luck` is spare."""

    trouble: Trouble | None
    there_s: float
    back_s: float
    luck: float


def fate(
    seed: int,
    rates: Mapping[Trouble, float],
    call: Call,
    never: Collection[Trouble] = (),
) -> Fate:
    """Draw it. Each trouble has a fraction of its own, so that one taken out moves no other."""
    there, back, luck, long, *draws = fractions(
        seed, call.process, call.name, call.subject, call.nth
    )
    there_s, back_s = USUAL_S * there, USUAL_S * back
    for trouble, draw in zip(OF_CALLS, draws, strict=False):
        if draw < rates.get(trouble, 0.0) and trouble not in never:
            return _troubled(trouble, there_s, back_s, luck, long)
    return Fate(None, there_s, back_s, luck)


def _troubled(trouble: Trouble, there_s: float, back_s: float, luck: float, long: float) -> Fate:
    match trouble:
        case Trouble.SLOW:
            return Fate(trouble, there_s + SLOW_S * long * luck, back_s + SLOW_S * long, luck)
        case Trouble.LATE:
            return Fate(trouble, LATE_S * long, DEAF_S * luck, luck)
        case Trouble.LOST_ACK | Trouble.DOUBLED:
            return Fate(trouble, there_s, DEAF_S * long, luck)
        case _:
            return Fate(trouble, there_s, back_s, luck)
