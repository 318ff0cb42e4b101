"""`make demo-burst`: many jobs at once for a sleeping model, from no task and back to none.

A system of its own is started as `make run` starts one, and stopped at the end. The model keeps a
job for a second without using the processor, as one on a GPU or behind an API keeps its worker
waiting: so a small machine can run many tasks. All else is real: the jobs come by the API, the
tasks are processes, and what scales them is what the template says.

The picture lies beside the system, in .local/burst; the documentation's own is drawn by
`make demo-burst ARGS="--to docs/burst.png"`.

Exit code 0 where each job was answered with its own result and nothing is left, else 1; 2 for a
number that can't be, 130 when it was interrupted.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.burst import table
from benchmarks.burst.demo import Burst, run
from benchmarks.burst.picture import draw
from local.failure import StartFailed
from local.settings import number

if TYPE_CHECKING:
    from collections.abc import Mapping

WRONG, INTERRUPTED = 2, 130
JOBS, MOST_JOBS = 500, 5_000
"""So many last a few minutes longer; many more, and the half hour in which all is seen is over."""


def main(arguments: list[str] | None = None) -> int:
    """Run it, tell it and draw it; return the process's exit status."""
    asked = _parser().parse_args(arguments)
    try:
        jobs = number({"JOBS": asked.jobs}, "JOBS", JOBS, low=1, high=MOST_JOBS)
    except StartFailed as failure:
        print(failure, file=sys.stderr)
        return WRONG
    burst = Burst(jobs, asked.job_s, asked.target_s, asked.startup_s, asked.max_tasks)
    # `kill` is as Ctrl-C: the system is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A look that is not answered is left out, and each is logged.
    logging.getLogger("spillway").addHandler(logging.NullHandler())
    folder = (Path(os.environ.get("LOCAL_DIR") or ".local") / "burst").resolve()
    picture = asked.to or folder / "burst.png"
    try:
        outcome = run(burst, folder, _tell)
    except KeyboardInterrupt:
        _tell("stopped before its end; no picture is drawn")
        return INTERRUPTED
    for line in ("", *table.lines(outcome.story)):
        _tell(line)
    draw(
        outcome.story,
        title=f"{burst.jobs} jobs of {burst.job_s:g} s at once for a model that sleeps",
        note=f"make demo-burst, on one machine: {_said(burst.parameters)}",
        target_s=burst.target_s,
        to=picture,
    )
    _tell(f"\nthe picture is in {picture}")
    for fault in outcome.faults:
        _tell(f"demo-burst: {fault}")
    return int(bool(outcome.faults))


def _said(parameters: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in parameters.items())


def _tell(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.burst", description=__doc__)
    parser.add_argument("--jobs", default=str(JOBS), help=f"at once, up to {MOST_JOBS}")
    parser.add_argument("--job-s", type=float, default=1, help="how long the model keeps a job")
    parser.add_argument("--target-s", type=int, default=60, help="TargetLatencySeconds")
    parser.add_argument("--startup-s", type=int, default=5, help="StartupSeconds")
    parser.add_argument("--max-tasks", type=int, default=12, help="MaxTasks")
    parser.add_argument("--to", type=Path, help="the picture, else .local/burst/burst.png")
    return parser


if __name__ == "__main__":
    sys.exit(main())
