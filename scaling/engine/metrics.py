"""What was measured, and from when on CloudWatch lets it be seen."""

from __future__ import annotations

import bisect
import statistics
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Metric:
    """One time series: a name within a namespace, for exactly these dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @property
    def is_vended(self) -> bool:
        """Tell whether AWS itself publishes it."""
        return self.namespace.startswith("AWS/")


class Statistic(StrEnum):
    """How the samples of a period become its datapoint."""

    AVERAGE = "Average"
    MAXIMUM = "Maximum"
    MINIMUM = "Minimum"
    SAMPLE_COUNT = "SampleCount"
    SUM = "Sum"

    def of(self, values: Sequence[float]) -> float:
        """Return the statistic of at least one value."""
        return _AGGREGATES[self](values)


_AGGREGATES: Mapping[Statistic, Callable[[Sequence[float]], float]] = {
    Statistic.AVERAGE: statistics.fmean,
    Statistic.MAXIMUM: max,
    Statistic.MINIMUM: min,
    Statistic.SAMPLE_COUNT: lambda values: float(len(values)),
    Statistic.SUM: sum,
}


@dataclass(frozen=True, slots=True)
class Lag:
    """How long a sample takes until an alarm can see it: uniform between two bounds, in seconds.

    AWS states no such time. The two below are assumptions, and parameters of the engine.
    """

    least_s: float
    most_s: float

    def draw_s(self, rng: random.Random) -> float:
        """Return one sample's lag."""
        return rng.uniform(self.least_s, self.most_s)


NO_LAG = Lag(0, 0)
OWN_LAG = Lag(2, 15)
"""Metrics put by PutMetricData."""
VENDED_LAG = Lag(30, 120)
"""AWS's own metrics of each minute."""


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """One value, of one time, seen from another time on."""

    at_s: float
    value: float
    seen_s: float


class Metrics:
    """The samples of the last `keep_s` seconds. Any thread may put, any may read."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._lock = threading.Lock()
        self._samples: dict[Metric, list[Sample]] = {}

    def put(self, metric: Metric, sample: Sample) -> None:
        """Keep a sample, in the order of time; drop those that are too old."""
        with self._lock:
            samples = self._samples.setdefault(metric, [])
            bisect.insort(samples, sample)
            del samples[: _index(samples, samples[-1].at_s - self._keep_s)]

    def datapoint(
        self, metric: Metric, statistic: Statistic, from_s: float, to_s: float, *, now_s: float
    ) -> float | None:
        """Return the statistic of a period, its end excluded, as seen now; None without samples."""
        with self._lock:
            samples = self._samples.get(metric, [])
            period = samples[_index(samples, from_s) : _index(samples, to_s)]
        values = [sample.value for sample in period if sample.seen_s <= now_s]
        return statistic.of(values) if values else None


def _index(samples: list[Sample], at_s: float) -> int:
    return bisect.bisect_left(samples, at_s, key=lambda sample: sample.at_s)
