"""`make demo-deliveries`: a thousand jobs, each told to a receiver of its own; three in ten fail.

A system of its own is started as `make run` starts one, and stopped at the end. Its one worker does
as many jobs again that nobody is told of, in turn, and the two are compared: whoever receives
costs a worker nothing. The retries' waits are seconds here; all else is as on AWS.

Exit code 0 where each delivery ended as its receiver lets it, under one id, with one body and
signatures that two verifiers take; else 1. 2 for a number that can't be, 130 when interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from benchmarks.deliveries import table
from benchmarks.deliveries.demo import run
from local.failure import StartFailed
from local.settings import number

WRONG, INTERRUPTED = 2, 130
JOBS, MOST_JOBS, ROUNDS = 1_000, 10_000, 5


def main(arguments: list[str] | None = None) -> int:
    """Run it and tell it; return the process's exit status."""
    asked = _parser().parse_args(arguments)
    try:
        jobs = number({"JOBS": asked.jobs}, "JOBS", JOBS, low=20, high=MOST_JOBS)
        rounds = number({"ROUNDS": asked.rounds}, "ROUNDS", ROUNDS, low=1, high=jobs // 10)
    except StartFailed as failure:
        print(failure, file=sys.stderr)
        return WRONG
    # `kill` is as Ctrl-C: the system is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = (Path(os.environ.get("LOCAL_DIR") or ".local") / "deliveries").resolve()
    try:
        course = run(jobs, rounds, folder, _tell)
    except KeyboardInterrupt:
        return INTERRUPTED
    for line in ("", *table.lines(course), ""):
        _tell(line)
    found = list(table.faults(course))
    for fault in found:
        _tell(f"demo-deliveries: {fault}")
    _tell(f"wrong: {len(found)}")
    return int(bool(found))


def _tell(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deliveries", description=__doc__)
    parser.add_argument("--jobs", default=str(JOBS), help=f"told to receivers, up to {MOST_JOBS}")
    parser.add_argument("--rounds", default=str(ROUNDS), help="in which they come")
    return parser


if __name__ == "__main__":
    sys.exit(main())
