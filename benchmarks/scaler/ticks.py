"""Ticks of the scaler for all models of a registry, in a process of its own.

`python -m benchmarks.scaler.ticks TICKS` makes the scaler as Lambda does, from its environment, and
prints the seconds of wall and CPU time as JSON: to make it and read the registry, and of each tick.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from scaling import publisher

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.ports import ModelEntry


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds."""

    wall_s: float
    cpu_s: float


def main(ticks: int) -> None:
    """Measure and print."""
    scaler = publisher._scaler()  # noqa: SLF001 - as the handler makes it
    entries: list[ModelEntry] = []
    registry = took(lambda: entries.extend(scaler.registry.models()))
    each = [took(lambda: scaler.tick(entries)) for _ in range(ticks)]
    told = {"models": len(entries), "registry": asdict(registry), "ticks": list(map(asdict, each))}
    print(json.dumps(told))


def took(act: Callable[[], object]) -> Took:
    """Return the time that an act takes, of all threads."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    act()
    return Took(time.perf_counter() - wall_s, time.process_time() - cpu_s)


if __name__ == "__main__":
    main(int(sys.argv[1]))
