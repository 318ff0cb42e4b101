"""When to look: every few seconds while there is something to see, else once."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.ports import Clock

TICK_MS = 10_000
"""The shortest period of an alarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
publishingMetrics.html#high-resolution-metrics"""


def run(
    tick: Callable[[], bool], *, clock: Clock, sleep: Callable[[float], None], until_ms: int
) -> int:
    """Tick until none is active or the next would be due after `until_ms`; return how often.

    Ticks keep to the grid that begins with the first: one that took too long leaves others out.
    """
    start_ms = clock()
    for ticks in count(1):
        is_active = tick()
        gone_ms = clock() - start_ms
        next_ms = start_ms + (gone_ms // TICK_MS + 1) * TICK_MS
        if not is_active or next_ms > until_ms:
            return ticks
        sleep((next_ms - clock()) / 1000)
    raise AssertionError("count() ends")
