"""What a flood needs and what is turned away, as formulas. Nothing here is measured.

>>> flood = Flood(requests=50_000, within_s=10)
>>> admitted(flood, limits.Throttle(rate=1_000, burst=2_000))
12000
>>> all_admitted_after_s(flood, limits.Throttle(rate=1_000, burst=2_000))
48.0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.flood import limits

if TYPE_CHECKING:
    from benchmarks.flood.limits import Throttle

HOURS_PER_MONTH = 730
_GIB = 1_024


@dataclass(frozen=True, slots=True)
class Flood:
    """So many requests, evenly within so many seconds."""

    requests: int
    within_s: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.within_s


@dataclass(frozen=True, slots=True)
class Start:
    """How long an environment is busy: `cold_s` until it has started, `warm_s` for a request."""

    cold_s: float
    warm_s: float

    @property
    def first_s(self) -> float:
        """From the start of an environment to its first answer."""
        return self.cold_s + self.warm_s

    @property
    def rate(self) -> float:
        """Requests a second that one environment takes once it is warm."""
        return min(1 / self.warm_s, limits.REQUESTS_PER_ENVIRONMENT)


def admitted(flood: Flood, throttle: Throttle) -> int:
    """How many requests a full token bucket lets through, if none is sent again."""
    return min(flood.requests, int(throttle.burst + throttle.rate * flood.within_s))


def all_admitted_after_s(flood: Flood, throttle: Throttle) -> float:
    """When the last one is through, if each is sent again until it is."""
    return max(flood.within_s, (flood.requests - throttle.burst) / throttle.rate)


def environments_at_once(rate: float, start: Start) -> int:
    """How many are busy before the first of them answers: each request starts one of its own."""
    return _whole(rate * start.first_s)


def environments_warm(rate: float, start: Start) -> int:
    """How many a steady rate keeps, once they have started."""
    return _whole(rate / start.rate)


def turned_away(rate: float, start: Start, *, ready: int, new: int) -> int:
    """How many find no environment: `ready` ones stand, `new` ones may start meanwhile."""
    beyond_ready = max(0.0, rate - ready * start.rate)
    return max(0, _whole(beyond_ready * start.first_s) - new)


def ready_for(rate: float, start: Start, *, new: int) -> int:
    """How many have to stand ready so that none is turned away."""
    beyond_new = max(0.0, rate - new / start.first_s)
    return _whole(beyond_new / start.rate)


def chance_that_keys_fit(keys: int, writes_per_key: float, warm_writes: int) -> float:
    """How likely no partition gets more than it takes.

    A warm table is taken to have a partition for each 1,000 write units, and a key to lie in any of
    them, by its hash. It is the share of all ways to put `keys` into the partitions in which none
    holds too many, by their exponential generating function.
    """
    partitions = warm_writes // limits.PARTITION_WRITES
    most = min(keys, int(limits.PARTITION_WRITES // writes_per_key))
    one = [1 / math.factorial(count) for count in range(most + 1)]
    ways = [1.0]
    for _ in range(partitions):
        ways = _product(ways, one, keys)
    fitting = ways[keys] if keys < len(ways) else 0.0
    return fitting * math.factorial(keys) / float(partitions) ** keys


def usd_provisioned(environments: int, memory_mib: int, hours: float) -> float:
    """What environments that stand ready cost, before any request."""
    return environments * memory_mib / _GIB * hours * 3_600 * limits.USD_PROVISIONED_GIB_S


def usd_snapshot(memory_mib: int, hours: float, *, restored: int = 0) -> float:
    """What a snapshot costs, and the environments that start from it."""
    gib = memory_mib / _GIB
    kept = gib * hours * 3_600 * limits.USD_SNAPSHOT_GIB_S
    return kept + gib * restored * limits.USD_RESTORED_GIB


def usd_warm(writes: int, *, tables_and_indexes: int) -> float:
    """What it costs, once, to warm a new table and its indexes."""
    return (writes - limits.TABLE_WRITES) * limits.USD_WARM_WRITE * tables_and_indexes


def _whole(number: float) -> int:
    """The next whole number, with no heed of what floats lose: 1,400.0000000001 is 1,400."""
    return math.ceil(round(number, 6))


def _product(left: list[float], right: list[float], degree: int) -> list[float]:
    """The product of two polynomials, as far as `degree`."""
    product = [0.0] * min(degree + 1, len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right[: len(product) - i]):
            product[i + j] += a * b
    return product
