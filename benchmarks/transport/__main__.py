"""`python -m benchmarks.transport`: CPU of one call to DynamoDB, many side by side, in turn.

A stand-in for AWS answers from another core, after 10 ms. What counts are the ratios of medians.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.serving import ROOT, role
from benchmarks.worker.standin import stand_in
from benchmarks.worker.usage import pinned

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("botocore on threads", "httpx", "aiohttp", "spillway.aws.aio", "bare asyncio")


def main(arguments: Sequence[str]) -> None:
    """Measure each way in turn, or one of them where it is named."""
    parser = argparse.ArgumentParser(prog="benchmarks.transport", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each")
    parser.add_argument("--calls", type=int, default=3_000, help="calls a run")
    parser.add_argument("--at-once", type=int, default=32, help="calls side by side")
    parser.add_argument("--latency-ms", type=float, default=10, help="what each call takes")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "URL"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        way, url = asked.one
        print(asyncio.run(_cpu_ms(way, url, asked.calls, asked.at_once)))
    else:
        _compare(asked)


def _compare(asked: argparse.Namespace) -> None:
    cores = sorted(os.sched_getaffinity(0))
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    with pinned(cores[0]), stand_in() as aws:
        aws.start(latency_ms=asked.latency_ms)
        for _ in range(asked.rounds):
            for name in NAMES:
                found[name].append(_run(name, aws.url, cores[-1], asked))
    least = statistics.median(found[NAMES[-1]])
    print(f"{'':22}{'CPU ms/call':>12}{'x bare':>8}")
    for name, times in found.items():
        median = statistics.median(times)
        print(f"{name:22}{median:12.3f}{median / least:8.1f}")


def _run(name: str, url: str, core: int, asked: argparse.Namespace) -> float:
    words = ["--one", name, url, "--calls", str(asked.calls), "--at-once", str(asked.at_once)]
    with pinned(core):
        told = subprocess.run(  # noqa: S603 - this very module
            [sys.executable, "-m", "benchmarks.transport", *words],
            cwd=ROOT,
            env=os.environ | role(url),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return float(told.stdout)


async def _cpu_ms(name: str, url: str, calls: int, at_once: int) -> float:
    """CPU of one call, once every connection is open."""
    from benchmarks.transport.ways import WAYS  # noqa: PLC0415 - it reads the environment

    async with WAYS[name](url, at_once) as call:

        async def some(count: int) -> None:
            for _ in range(count):
                await call()

        await asyncio.gather(*(some(2) for _ in range(at_once)))
        began_s = time.process_time()
        await asyncio.gather(*(some(calls // at_once) for _ in range(at_once)))
        return 1000 * (time.process_time() - began_s) / (calls // at_once * at_once)


if __name__ == "__main__":
    main(sys.argv[1:])
