"""`make bench-enqueue`: two handlers in turn, and the ratios of their medians.

CPU time alone is counted, so by default AWS's stand-in answers at once. After some milliseconds,
as the services take, each piece of code runs on a cooler processor, and both take longer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.endpoint import counted, endpoint
from benchmarks.enqueue.handlers import plain, spillway

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.enqueue.handlers import Figures, Handler

BUILD = Path(__file__).parents[2] / ".aws-sam" / "build"
BARS = {"cold": 0.5, "warm": 0.6}
"""What the enqueue function may take of the plain handler's time, while it does one call more."""
PARTS = {
    "cold": "import and init",
    "first": "first request",
    "warm": "each request after",
}


def main(arguments: list[str]) -> int:
    """Measure and tell; 1 where a bar is missed."""
    asked = read(arguments)
    if not (asked.build / "EnqueueFunction").is_dir():
        raise SystemExit(f"there is no build in {asked.build}: run `make bench-enqueue`")
    with tempfile.TemporaryDirectory() as folder, endpoint(asked.latency_ms) as url:
        handlers = spillway(asked.build, url), plain(url, Path(folder))
        for handler in handlers:
            # What a machine does once, such as to compile boto3, is in no figure.
            print(f"{handler.title} calls {calls(handler, url)}")
        runs = [
            [handler.start(asked.requests) for handler in handlers] for _ in range(asked.rounds)
        ]
    print(
        f"CPU ms, medians of {asked.rounds} cold starts each, in turn (half of them lie between); "
        f"AWS answers after {asked.latency_ms} ms"
    )
    ratios = {part: tell(part, runs) for part in PARTS}
    return int(any(ratios[part] > bar for part, bar in BARS.items()))


def read(arguments: list[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="bench-enqueue", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="cold starts of each")
    parser.add_argument("--requests", type=int, default=400, help="warm requests in each")
    parser.add_argument("--latency-ms", type=int, default=0, help="what AWS takes to answer")
    parser.add_argument("--build", type=Path, default=BUILD)
    return parser.parse_args(arguments)


def calls(handler: Handler, url: str) -> str:
    """How often one start and its requests call each operation."""
    before = counted(url)
    handler.start(1)
    after = counted(url)
    return ", ".join(f"{name} {after[name] - before.get(name, 0)} times" for name in sorted(after))


def tell(part: str, runs: Sequence[Sequence[Figures]]) -> float:
    """Print one line; return the ratio."""
    ours, others = ([run[place][part] for run in runs] for place in (0, 1))
    ratio = median(ours) / median(others)
    bar = f"at most {BARS[part]}" if part in BARS else ""
    missed = "  MISSED" if ratio > BARS.get(part, ratio) else ""
    print(
        f"  {PARTS[part]:20} spillway {spread(ours)}   plain boto3 {spread(others)}"
        f"   ratio {ratio:.3f}  {bar}{missed}"
    )
    return ratio


def spread(figures: Sequence[float]) -> str:
    """The median and the middle half."""
    low, middle, high = quantiles(figures, n=4)
    return f"{middle:7.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
