"""`python -m tools.dashboard`: load the system that `make run` runs, and draw its dashboard.

With --minutes 0 nothing is loaded or measured: what its CloudWatch holds is drawn, which goes for
a stack on AWS too (--stack, --profile, --region).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from spillway_cli.exits import CommandFailed
from spillway_cli.target import Options, resolve
from tools.dashboard.drawing import draw
from tools.dashboard.reading import Dashboard, Span
from tools.dashboard.recording import ROOT, record
from tools.dashboard.sampling import METHODS

if TYPE_CHECKING:
    from spillway_cli.target import Target

STORY_MINUTES = 14


def main(arguments: list[str] | None = None) -> int:
    """Do it; return the process's exit status."""
    asked = _parser().parse_args(arguments)
    options = Options(stack=asked.stack, profile=asked.profile, region=asked.region)
    try:
        target = resolve(options)
        span = record(target, asked.minutes, _tell) if asked.minutes else _until_now(asked.last)
        _draw(target, span, asked.to)
    except CommandFailed as failure:
        print(f"dashboard: {failure}", file=sys.stderr)
        return 1
    _tell(f"{target.stack_name} in {asked.to}")
    return 0


def _until_now(minutes: int) -> Span:
    """So many full minutes, the last that is over among them."""
    end_s = int(time.time()) // 60 * 60
    return Span(end_s - 60 * minutes, end_s)


def _draw(target: Target, span: Span, to: Path) -> None:
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(span.start_s))
    minutes = (span.end_s - span.start_s) // 60
    caption = f"{minutes} minutes from {when}; minutes across, one point a minute."
    if target.is_local:
        caption += " A local system under a made-up load (tools/dashboard/load.py).\n"
        caption += " ".join(METHODS.split())
    heading = f"CloudWatch dashboard: {target.stack_name}"
    draw(Dashboard(target).shown(span), span, heading=heading, caption=caption, to=to)


def _tell(text: str) -> None:
    print(f"dashboard: {text}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.dashboard", description=__doc__)
    parser.add_argument("--minutes", type=int, default=STORY_MINUTES, help="how long to load it")
    parser.add_argument("--last", type=int, default=60, help="minutes to draw, with --minutes 0")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "dashboard.svg")
    for name in ("--stack", "--profile", "--region"):
        parser.add_argument(name)
    return parser


if __name__ == "__main__":
    sys.exit(main())
