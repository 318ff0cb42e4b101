"""`make drill`: a system of its own, real processes, and everything that can go wrong with them.

Workers are killed and frozen, their calls to AWS and the functions' are throttled, refused, reset,
left hanging, done without an answer, and answered with bodies that are corrupt or cut short. Then
nothing hinders any more, the dead letters are redriven, and what is left is checked.

Exit code 0 where every invariant holds, else 1.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path

from tests.drill import table
from tests.drill.drill import Drill
from tests.drill.invariants import findings
from tests.drill.plan import Plan

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run it and tell it; return the process's exit status."""
    asked = _parser().parse_args(arguments)
    # `kill` is as Ctrl-C: the system is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A call that is repeated is logged; here many are.
    logging.getLogger("spillway").addHandler(logging.NullHandler())
    folder = (Path(os.environ.get("LOCAL_DIR") or ".local") / "drill").resolve()
    began_s = time.monotonic()
    try:
        course = Drill(Plan.draw(asked.seed, asked.jobs), folder, asked.python, _tell).run()
    except KeyboardInterrupt:
        return INTERRUPTED
    found = findings(course.aftermath)
    for line in ("", *table.lines(course, found), *table.violations(course, found)):
        print(line, flush=True)
    _tell(f"drill of seed {asked.seed}: {time.monotonic() - began_s:.0f} s in all")
    return int(any(finding.faults for finding in found))


def _tell(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1, help="of the jobs, the blows and the faults")
    parser.add_argument(
        "--python",
        type=Path,
        default=Path(".drill/bin/python"),
        help="the Python that has microburst",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
