"""How far a worker runs ahead: only as far as it takes to bring a job here.

A message that waits beside one task can't be had by another that idles. So a worker asks for no
more jobs than could begin by the time that they are here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST_BATCH_S = 0.0001
"""No model answers sooner; what takes no measurable time is not run ahead of without end."""

TICK_S = 0.001
"""A look comes a little after its time: timers may be early by a clock's tick."""


def startable(
    ages_s: Sequence[float], *, slots: int, max_batch: int, batch_s: float | None, lead_s: float
) -> int:
    """How many jobs could begin within `lead_s`, the time that it takes to bring one here.

    `ages_s` says for how long the slots that compute have done so; `batch_s` is how long a batch
    usually takes, None where none was seen yet.
    """
    idle = [0.0] * (slots - len(ages_s))
    left_s = [*idle, *(_left_s(age_s, batch_s) for age_s in ages_s)]
    return max_batch * sum(_starts(left, batch_s, lead_s) for left in left_s)


def next_look_s(ages_s: Sequence[float], *, batch_s: float | None, lead_s: float) -> float | None:
    """After how many seconds there may be more to ask for, if nothing happens before."""
    if batch_s is None:
        return None
    looks_s = (batch_s - lead_s - age_s for age_s in ages_s)
    return min((look_s + TICK_S for look_s in looks_s if look_s > 0), default=None)


def _left_s(age_s: float, batch_s: float | None) -> float:
    """How long a batch will go on. One that is late by much is likely to be late by as much more.

    While models differ from batch to batch, nobody is to wait behind the one that takes minutes.
    """
    return math.inf if batch_s is None else abs(batch_s - age_s)


def _starts(left_s: float, batch_s: float | None, lead_s: float) -> int:
    """How many batches one slot could begin."""
    if left_s > lead_s:
        return 0
    if batch_s is None:
        return 1
    return 1 + int((lead_s - left_s) / max(batch_s, SHORTEST_BATCH_S))
