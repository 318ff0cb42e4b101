"""`make bench-policies`: a flood meets the template's policies, and others in their place.

Virtual time; the alarms, the policies and the metrics' lags are the engine's (scaling/engine).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from math import isfinite
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.policies.designs import designs
from benchmarks.policies.flood import Flood, run
from scaling.capacity import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.policies.designs import Design

HEAD = ("policies", "a task", "all tasks", "all run", "longest delay", "in 95 % of runs")

NEVER = "-"
LEGEND = (
    "a task, all tasks: until one more is asked for, and until as many are as the flood needs; "
    f"all run: until those run; {NEVER}: not before the flood was worked off; "
    "longest delay: from a job to its result"
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Tasks that run, seconds within which the jobs come, and how much longer they take.

    `min_tasks` of those that run never go; the others were at work until now.
    """

    running: int
    within_s: float
    longer: float = 1.0
    min_tasks: int = 0


SCENES = {
    "asleep, all at once": Scene(running=0, within_s=1),
    "asleep, within a minute": Scene(running=0, within_s=60),
    "one task, all at once": Scene(running=1, within_s=1),
    "one task, within a minute": Scene(running=1, within_s=60),
    "one task that stands ready (MinTasks=1), within 5 s": Scene(1, 5, min_tasks=1),
    "asleep, all at once, a new model whose jobs take four times as long": Scene(0, 1, longer=4),
}


def main(arguments: list[str] | None = None) -> None:
    """Print a table for each scene, and what their columns say."""
    asked = _parser().parse_args(arguments)
    print(
        f"{asked.jobs} jobs, {asked.job_s:g} s each; target {asked.target_s:g} s, "
        f"start-up {asked.startup_s:g} s; medians of {asked.runs} runs"
    )
    for title, scene in SCENES.items():
        flood = Flood(
            jobs=asked.jobs,
            within_s=scene.within_s,
            job_s=asked.job_s * scene.longer,
            is_known=scene.longer == 1,
            running=scene.running,
            limits=_limits(asked, scene),
        )
        print(f"\n{title}\n\n{_row(HEAD)}{_row(['---'] * len(HEAD))}", end="")
        for design in designs(
            max_tasks=asked.max_tasks, jobs_per_task=asked.target_s / asked.job_s
        ):
            print(_row([design.title, *_told(design, flood, asked.runs)]), end="")
    print(f"\n{LEGEND}")


def _told(design: Design, flood: Flood, runs: int) -> Sequence[str]:
    outcomes = [run(design, flood, seed) for seed in range(runs)]
    delays_s = [each.delay_s for each in outcomes]
    times_s = (
        median(each.first_s for each in outcomes),
        median(each.asked_s for each in outcomes),
        median(each.running_s for each in outcomes),
        median(delays_s),
        quantiles(delays_s, n=20)[-1],
    )
    return [f"{value:.0f} s" if isfinite(value) else NEVER for value in times_s]


def _limits(asked: argparse.Namespace, scene: Scene) -> Limits:
    return Limits(
        min_tasks=scene.min_tasks,
        max_tasks=asked.max_tasks,
        slots=1,
        target_latency_s=asked.target_s,
        startup_s=asked.startup_s,
        idle_s=900,
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench-policies", description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--job-s", type=float, default=1.0)
    parser.add_argument("--target-s", type=float, default=120.0)
    parser.add_argument("--startup-s", type=float, default=60.0)
    parser.add_argument("--max-tasks", type=int, default=40)
    parser.add_argument("--runs", type=int, default=200)
    return parser


if __name__ == "__main__":
    main()
