"""What a job asks for: the same class for every worker, as the `python` runtime loads it.

`python -m benchmarks.worker.work WORK` prints what a job takes, alone and in a batch.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIDE = 6_200
"""154 MB of weights, far more than a cache holds: one product takes the time to read them, 5 ms on
a core that reads 30 GB/s, and a batch reads them once."""
WAIT_S = 0.2

type Payload = Mapping[str, Any]


class NoWork:
    """Nothing: what is left is the worker itself."""

    def predict(self, payloads: Sequence[Payload]) -> list[float]:
        """Answer each by its own number."""
        return [payload["n"] for payload in payloads]


class Matrix:
    """A layer that lies in memory."""

    def __init__(self) -> None:
        self._weights = np.random.default_rng(0).random((SIDE, SIDE), dtype=np.float32)

    def predict(self, payloads: Sequence[Payload]) -> list[float]:
        """Answer each by a number that hangs on every weight."""
        inputs = np.empty((SIDE, len(payloads)), dtype=np.float32)
        inputs[:] = [payload["n"] for payload in payloads]
        sums: list[float] = (self._weights @ inputs).sum(axis=0).tolist()
        return sums


class Wait:
    """A service that is asked: no work here, and nothing gained by a batch."""

    def predict(self, payloads: Sequence[Payload]) -> list[float]:
        """Answer each after its own wait."""
        for _ in payloads:
            time.sleep(WAIT_S)
        return [payload["n"] for payload in payloads]


WORK: Mapping[str, type[NoWork | Matrix | Wait]] = {
    "none": NoWork,
    "matrix": Matrix,
    "wait": Wait,
}


RUNS = 9
BATCHES = {"none": (1, 32), "matrix": (1, 8, 32), "wait": (1,)}


def each_ms(work: str, batch: int, *, runs: int = RUNS) -> float:
    """How long a job takes in a batch of this size, by the clock; the quickest of some runs."""
    model = WORK[work]()
    payloads = [{"n": number} for number in range(batch)]
    took_s = [_timed_s(model, payloads) for _ in range(runs)]
    return min(took_s) * 1000 / batch


def _timed_s(model: NoWork | Matrix | Wait, payloads: Sequence[Payload]) -> float:
    began_s = time.perf_counter()
    model.predict(payloads)
    return time.perf_counter() - began_s


if __name__ == "__main__":
    _, asked = sys.argv
    told = (f"{each_ms(asked, size):.2f} ms in a batch of {size}" for size in BATCHES[asked])
    print(", ".join(told))
