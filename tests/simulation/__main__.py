"""`make simulate-worker`: many runs, or one run again, told line by line."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING

from tests.simulation.invariants import violations
from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import Plan
from tests.simulation.shrinking import command, shrunk
from tests.simulation.survey import survey
from tests.simulation.timeline import timeline
from tests.simulation.troubles import Trouble
from tests.simulation.world import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

MOST_RED = 5
"""A sweep ends when it has found so many."""


def main() -> int:
    """Return the exit status: 0 when all was as it must be."""
    asked = _asked()
    broken: AbstractContextManager[None] = (
        MUTANTS[asked.mutant].applied() if asked.mutant else nullcontext()
    )
    with broken:
        if asked.seed is None:
            return _sweep(range(asked.first, asked.first + asked.seeds), asked.mutant)
        plan = Plan.draw(asked.seed).without(asked.without, asked.without_jobs)
        return _tell(plan)


def _sweep(seeds: range, mutant: str | None) -> int:
    began_s, made = time.monotonic(), Counter[str]()
    red: list[Plan] = []
    for seed in seeds:
        plan = Plan.draw(seed)
        outcome = simulate(plan)
        made += survey(outcome)
        if wrong := violations(outcome):
            red.append(plan)
            _print_wrong(plan, wrong, mutant)
        if len(red) == MOST_RED:
            break
    _print_made(seeds.index(seed) + 1, time.monotonic() - began_s, made, len(red))
    if red:
        smallest = shrunk(red[0], lambda plan: bool(violations(simulate(plan))))
        print(f"the least of seed {red[0].seed} that goes wrong: {_again(smallest, mutant)}")
        _tell(smallest)
    return 1 if red else 0


def _print_wrong(plan: Plan, wrong: Sequence[str], mutant: str | None) -> None:
    print(f"seed {plan.seed} went wrong: {_again(plan, mutant)}")
    for what in wrong:
        print(f"  {what}")


def _print_made(runs: int, took_s: float, made: Counter[str], wrong: int) -> None:
    print(f"{runs:,} runs in {took_s:.1f} s, {runs / took_s:.0f} a second; {wrong} went wrong")
    for what, times in sorted(made.items()):
        print(f"  {what:<24} {times:>9,}")


def _again(plan: Plan, mutant: str | None) -> str:
    return command(plan, *(("--mutant", mutant) if mutant else ()))


def _tell(plan: Plan) -> int:
    outcome = simulate(plan, level=logging.INFO)
    print(f"seed {plan.seed}: {plan.workers} workers, {plan.shape}")
    print(
        "troubles: " + (", ".join(f"{name} {rate}" for name, rate in plan.rates.items()) or "none")
    )
    for line in timeline(outcome.history):
        print(line)
    wrong = violations(outcome)
    for what in wrong:
        print(f"WRONG {what}")
    return 1 if wrong else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Simulate workers on virtual time.")
    parser.add_argument("--seeds", type=int, default=1000, help="how many runs (1000)")
    parser.add_argument("--first", type=int, default=0, help="the first one's seed (0)")
    parser.add_argument("--seed", type=int, help="make this run alone, and tell it")
    parser.add_argument("--without", type=_troubles, default=[], help="without these troubles")
    parser.add_argument("--without-jobs", type=_numbers, default=[], help="without these jobs")
    parser.add_argument("--mutant", choices=MUTANTS, help="with this rule broken")
    return parser.parse_args()


def _troubles(text: str) -> list[Trouble]:
    return [Trouble(name) for name in text.split(",")]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
