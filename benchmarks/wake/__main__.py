"""`make bench-wake`: a job for a model that sleeps, many times, and where the time goes.

It runs a system of its own, as `make run TASKS=0` does, and is done after some minutes. A wake is
cold where the wake function had to start first, as on AWS it has to after some minutes of rest.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.system import ROOT, running
from benchmarks.wake import models
from benchmarks.wake.moments import parts
from benchmarks.wake.table import markdown
from benchmarks.wake.wakes import Wakes

if TYPE_CHECKING:
    from collections.abc import Mapping

MODELS = ("wake-1", "wake-2", "wake-3", "wake-4", "wake-5")
"""In turn, so that each has slept for a while."""
DEFAULT = ROOT / ".model" / "default"
STATES = {"wake function cold": True, "wake function warm": False}


def main(arguments: list[str]) -> None:
    """Measure and print the table."""
    asked = _parser().parse_args(arguments)
    measured: dict[str, list[Mapping[str, int]]] = {state: [] for state in STATES}
    with running(asked.folder, model=DEFAULT) as system:
        models.deploy(system.target, MODELS)
        wakes = Wakes(system.target, asked.folder / "tasks")
        wakes.wake(MODELS[0], is_cold=True)  # what happens once on a machine is in no figure
        for number in range(asked.rounds * len(STATES)):
            state = list(STATES)[number // asked.rounds]
            model = MODELS[(number + 1) % len(MODELS)]
            measured[state].append(parts(wakes.wake(model, is_cold=STATES[state])))
            _tell(f"{number + 1}: {model}, {state}")
        print(markdown(measured), end="", flush=True)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench-wake", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="cold wakes, and as many warm ones")
    parser.add_argument("--folder", type=Path, default=ROOT / ".local" / "wake")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
