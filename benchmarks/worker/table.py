"""Medians, ratios and bars, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.worker.contender import SPILLWAY
from benchmarks.worker.roster import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.worker.roster import Mode
    from benchmarks.worker.session import Figures

type Runs = Mapping[str, Sequence[Figures]]
"""A worker's figures, run by run, by its title."""

WIDTH = 32
HEADINGS = (
    "jobs/s",
    "(lowest to highest)",
    "x plain",
    "CPU ms/job",
    "calls/job",
    "peak RSS MB",
    "redelivered",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """How many times the jobs of others Spillway's worker is to do."""

    times: float
    of: str

    def reached(self, runs: Runs) -> float | None:
        """The ratio; None where one of the two was not measured."""
        others = [title for title in runs if self._is_meant(title)]
        if SPILLWAY not in runs or not others:
            return None
        return jobs_per_s(runs[SPILLWAY]) / max(jobs_per_s(runs[title]) for title in others)

    def _is_meant(self, title: str) -> bool:
        if self.of == PEER:
            return title != SPILLWAY and not title.startswith(PLAIN)
        return title == self.of


PEER = "best peer"
BARS: Mapping[tuple[str, Mode], Sequence[Bar]] = {
    ("none", "traffic"): (Bar(20, PLAIN), Bar(2, PEER)),
    ("none", "writes"): (Bar(8, PLAIN),),
    ("matrix", "traffic"): (Bar(15, PLAIN),),
}


def jobs_per_s(runs: Sequence[Figures]) -> float:
    """The median."""
    return median(run.jobs_per_s for run in runs)


def lines(runs: Runs) -> Iterator[str]:
    """A line for each worker, the quickest first."""
    yield f"{'':{WIDTH}}" + "  ".join(HEADINGS)
    plain = jobs_per_s(runs[PLAIN]) if PLAIN in runs else None
    for title in sorted(runs, key=lambda title: -jobs_per_s(runs[title])):
        yield _line(title, runs[title], plain)


def verdicts(runs: Runs, bars: Sequence[Bar]) -> Iterator[tuple[str, bool]]:
    """Each bar that could be measured, in words, and whether it is reached."""
    for bar in bars:
        ratio = bar.reached(runs)
        if ratio is not None:
            is_reached = ratio >= bar.times
            word = "reached" if is_reached else "MISSED"
            yield f"{ratio:.1f} x the {bar.of}, at least {bar.times:g}: {word}", is_reached


def _line(title: str, runs: Sequence[Figures], plain: float | None) -> str:
    rates = [run.jobs_per_s for run in runs]
    ratio = f"{median(rates) / plain:.1f}" if plain else "-"
    cells = (
        f"{median(rates):.1f}",
        f"({min(rates):.1f} to {max(rates):.1f})",
        ratio,
        f"{median(run.cpu_ms_per_job for run in runs):.2f}",
        f"{median(run.calls_per_job for run in runs):.2f}",
        f"{median(run.peak_rss_mb for run in runs):.0f}",
        f"{sum(run.redelivered for run in runs)}",
    )
    padded = (f"{cell:>{len(name)}}" for cell, name in zip(cells, HEADINGS, strict=True))
    return f"{title:{WIDTH}}" + "  ".join(padded)
