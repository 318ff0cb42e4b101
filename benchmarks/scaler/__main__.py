"""`make bench-scaler`: the scaler and its adapters, before a stand-in for AWS that takes its time.

All models are at work, so each tick makes every call that it can. A tick has ten seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.endpoint import counted, endpoint
from benchmarks.enqueue.handlers import aws
from benchmarks.scaler.price import HOURS, LAMBDA_VCPU_MIB, usd_month

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = {
    "STACK_NAME": "spillway",
    "JOBS_TABLE": "jobs",
    "DELIVERIES_TABLE": "deliveries",
    "INPUT_BUCKET": "inputs",
    "RESULT_BUCKET": "results",
    "AUTH_MODE": "ApiKey",
}
HEAD = ("models", "registry", "first tick", "each further", "CPU", "at 256 MiB", "at 1024 MiB")


def main(arguments: list[str]) -> None:
    """Measure and print a table, and the calls of one tick."""
    asked = _parser().parse_args(arguments)
    print(f"seconds; medians of {asked.ticks} ticks; AWS answers after {asked.latency_ms} ms")
    print("| " + " | ".join(HEAD) + " |\n" + "| --- " * len(HEAD) + "|")
    calls = {models: _measure(models, asked) for models in asked.models}
    for models, each in calls.items():
        told = ", ".join(f"{count:g} {name}" for name, count in sorted(each.items()))
        print(f"{models} models, one tick: {told}")
    print("\nUS dollars a month, by calculation\n" + _prices(), end="")


def _measure(models: int, asked: argparse.Namespace) -> Mapping[str, float]:
    """Print one row; return the calls of a tick by operation."""
    with endpoint(asked.latency_ms, models) as url:
        told = _ticks(url, asked.ticks + 1)
        calls = counted(url)
    first, *further = told["ticks"]
    wall_s, cpu_s = (median(tick[kind] for tick in further) for kind in ("wall_s", "cpu_s"))
    times_s = [told["registry"]["wall_s"], first["wall_s"], wall_s, cpu_s]
    scaled_s = [max(wall_s, cpu_s * LAMBDA_VCPU_MIB / mib) for mib in (256, 1024)]
    cells = [str(told["models"]), *(f"{value:.2f}" for value in times_s + scaled_s)]
    print("| " + " | ".join(cells) + " |", flush=True)
    once = {"GetParametersByPath", "GetQueueUrl"}
    return {name: n / len(told["ticks"]) for name, n in calls.items() if name not in once}


def _prices() -> str:
    kinds = {
        (models, hours, mib): usd_month(models=models, hours=hours, mib=mib)
        for models, mib in ((1, 256), (10, 256), (300, 1_024))
        for hours in (0, 50, HOURS)
    }
    head = ["models", "hours at work", "MiB", *next(iter(kinds.values()))]
    rows = [[*map(str, kind), *(f"{usd:,.2f}" for usd in cost.values())]
            for kind, cost in kinds.items()]  # fmt: skip
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


def _ticks(url: str, ticks: int) -> dict[str, Any]:
    words = [sys.executable, "-m", "benchmarks.scaler.ticks", str(ticks)]
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH")}
    ended = subprocess.run(  # noqa: S603 - our own module
        words, env={**kept, **aws(url), **SETTINGS}, stdout=subprocess.PIPE, check=True
    )
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return told


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench-scaler", description=__doc__)
    parser.add_argument("--models", type=int, nargs="+", default=[10, 100, 300, 500])
    parser.add_argument("--ticks", type=int, default=5, help="after the first")
    parser.add_argument("--latency-ms", type=int, default=20, help="what AWS takes to answer")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
