"""`make bench-worker`: Spillway's worker and what a user would pick instead, in turn.

A stand-in for SQS, DynamoDB and S3 (`benchmarks/worker/endpoint`) runs in a process of its own, on
another core than the worker that is measured, and takes 10 ms for each call. Each worker starts
before a full queue, settles for a second, and is then looked at for some seconds: what it deleted
of the queue, and what CPU time and calls that took. They run in turn, round by round; what counts
are the ratios of medians.

Work (`--work`): `none`; `matrix`, a 5 ms model that lies in memory and gains from batches; `wait`,
200 ms of waiting for another service. Modes (`--mode`): `traffic`, receive and delete alone;
`writes`, each job's claim, result and finish as well. `--only` names workers by how they begin::

    make bench-worker ARGS="--work none --mode writes --only spillway --only plain --rounds 3"

`--python` puts words before the worker's own, to see where its time goes::

    make bench-worker ARGS="--only spillway --rounds 1 --python '-m cProfile -o worker.prof'"
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.serving import ROOT
from benchmarks.worker import jobs
from benchmarks.worker.contender import SPILLWAY
from benchmarks.worker.roster import roster
from benchmarks.worker.session import Window, measure
from benchmarks.worker.setting import Setting
from benchmarks.worker.standin import StandIn, stand_in
from benchmarks.worker.table import BARS, lines, verdicts
from benchmarks.worker.usage import pinned
from benchmarks.worker.versions import versions
from benchmarks.worker.work import WORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.worker.contender import Contender
    from benchmarks.worker.roster import Mode
    from benchmarks.worker.session import Figures
    from benchmarks.worker.table import Runs

MODES: tuple[Mode, ...] = ("traffic", "writes")
HARVEST = 200
"""So many messages of other workers are kept; they fill the queue over and over."""


def main(arguments: list[str]) -> int:
    """Measure and tell; 1 where a bar is missed."""
    asked = read(arguments)
    print(versions())
    cores = sorted(os.sched_getaffinity(0))
    found: dict[str, Runs] = {}
    is_missed = False
    with pinned(cores[0]), stand_in() as aws, tempfile.TemporaryDirectory() as folder:
        seed(aws, asked.jobs)
        for work in asked.work or WORK:
            slots = asked.slots if work == "wait" else None
            setting = Setting(aws, work, slots, cores[-1], Path(folder), asked.python)
            print(f"\nwork: {work}, by itself {alone(setting)}")
            for mode in asked.mode or MODES:
                runs = compete(roster(mode, asked.only, slots=slots), setting, asked)
                found[f"{work}, {mode}"] = runs
                is_missed |= not tell(work, mode, runs)
    if asked.json:
        asked.json.write_text(json.dumps(document(found), indent=1) + "\n", encoding="utf-8")
    return int(is_missed)


def read(arguments: list[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        prog="bench-worker", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", action="append", choices=WORK, help="all by default")
    parser.add_argument("--mode", action="append", choices=MODES, help="both by default")
    parser.add_argument("--only", action="append", default=[], help="workers; all by default")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each")
    parser.add_argument("--seconds", type=float, default=5, help="how long each run is looked at")
    parser.add_argument("--latency-ms", type=float, default=10, help="what each call takes")
    parser.add_argument("--slots", type=int, default=32, help="jobs that wait at once")
    parser.add_argument("--jobs", type=int, default=40_000, help="how many the queue holds")
    parser.add_argument("--python", type=shlex.split, default=[], help="words before `-m worker`")
    parser.add_argument("--json", type=Path, help="a file for the figures of every run")
    return parser.parse_args(arguments)


def seed(aws: StandIn, count: int) -> None:
    """Have the stand-in keep Spillway's messages and items, to begin each run with."""
    accepted = jobs.accepted(count)
    aws.keep(SPILLWAY, jobs.messages(accepted), jobs.items(accepted))


def alone(setting: Setting) -> str:
    """What the work takes without any queue, on the same core."""
    words = [sys.executable, "-m", "benchmarks.worker.work", setting.work]
    with pinned(setting.core):
        told = subprocess.check_output(words, env=setting.environment(), cwd=ROOT, text=True)  # noqa: S603
    return told.strip()


def harvest(contender: Contender, setting: Setting) -> None:
    """Have the stand-in keep a worker's own messages, as its own producer sends them."""
    setting.aws.start(latency_ms=0)
    contender.send(HARVEST, setting)
    setting.aws.keep(contender.seed, setting.aws.messages())


def compete(
    contenders: Sequence[Contender], setting: Setting, asked: argparse.Namespace
) -> dict[str, list[Figures]]:
    """Every worker in turn, round by round."""
    window = Window(asked.seconds, asked.jobs, asked.latency_ms)
    for one in contenders:
        if not one.python.exists():
            raise SystemExit(f"{one.python} is missing: run `make bench-worker`")
        if one.producer:
            harvest(one, setting)
    runs: dict[str, list[Figures]] = {one.title: [] for one in contenders}
    for _ in range(asked.rounds):
        for one in contenders:
            runs[one.title].append(measure(one, setting, window))
    return runs


def tell(work: str, mode: Mode, runs: Runs) -> bool:
    """Print the table; return whether every bar is reached."""
    print(f"\nwork: {work}, mode: {mode}", *lines(runs), sep="\n", flush=True)
    told = list(verdicts(runs, BARS.get((work, mode), ())))
    for line, _ in told:
        print(f"  {line}", flush=True)
    return all(is_reached for _, is_reached in told)


def document(found: dict[str, Runs]) -> dict[str, dict[str, list[dict[str, float]]]]:
    """Every run's figures."""
    return {
        name: {title: [asdict(run) for run in each] for title, each in runs.items()}
        for name, runs in found.items()
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
