"""What the loads took, and whether Spillway reached what it is to reach."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

type Figures = Mapping[str, float]
"""What one load took: `wall_s`, `cpu_s`, `rss_mib`."""

type Runs = Mapping[str, Sequence[Figures]]
"""The loads by the name of their way."""

OURS, RAW, GET_OBJECT = "spillway", ("raw", "raw-4"), "get-object"


@dataclass(frozen=True, slots=True)
class Bar:
    """A ratio and what it is to be: at most so much, or at least."""

    name: str
    ratio: float
    least: float = 0
    most: float = float("inf")

    @property
    def is_reached(self) -> bool:
        """Whether it is."""
        return self.least <= self.ratio <= self.most

    def __str__(self) -> str:
        """In words."""
        bound = f"at least {self.least:g}" if self.least else f"at most {self.most:g}"
        missed = "" if self.is_reached else "  MISSED"
        return f"{self.name} {self.ratio:.2f}, {bound}{missed}"


def tell(runs: Runs, gib: float, *, over_tls: bool = False) -> bool:
    """Print the table and the bars; False where one is missed."""
    for name, each in runs.items():
        walls = sorted(run["wall_s"] for run in each)
        print(
            f"  {name:20} {middle(each, 'wall_s'):6.2f} s ({walls[0]:.2f} to {walls[-1]:.2f})"
            f"   CPU {middle(each, 'cpu_s'):5.2f} s   peak {middle(each, 'rss_mib'):5.0f} MiB"
        )
    found = list(bars(runs, gib, over_tls=over_tls))
    for bar in found:
        print(f"  spillway: {bar}")
    return all(bar.is_reached for bar in found)


def bars(runs: Runs, gib: float, *, over_tls: bool = False) -> Iterator[Bar]:
    """What can be said by these runs.

    Over TLS the stand-in takes as much of the processors as its client, and is what is waited for:
    how much faster than one connection a load can be is not the client's to reach.
    """
    if OURS not in runs:
        return
    ours_s = middle(runs[OURS], "wall_s")
    raw_s = [middle(runs[name], "wall_s") for name in RAW if name in runs]
    if raw_s:
        yield Bar("time, of the best raw read's", ours_s / min(raw_s), most=1.25)
    if GET_OBJECT in runs and not over_tls:
        yield Bar(
            "times as fast as get_object", middle(runs[GET_OBJECT], "wall_s") / ours_s, least=8
        )
    yield Bar("peak, of the model's size", middle(runs[OURS], "rss_mib") / 1024 / gib, most=1.1)


def middle(runs: Sequence[Figures], name: str) -> float:
    """The median of one figure."""
    return median(run[name] for run in runs)
