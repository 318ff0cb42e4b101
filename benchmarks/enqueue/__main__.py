"""`make bench-enqueue`: two handlers in turn, and the ratios of their medians.

CPU time alone is counted, so by default AWS's stand-in answers at once. After some milliseconds,
as the services take, each piece of code runs on a cooler processor, and both take longer.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EVENT = ROOT / "events" / "enqueue" / "minimal.json"
BARS = {"cold": 0.5, "warm": 0.6}
"""What the enqueue function may take of the plain handler's time, while it does one call more."""
PARTS = {
    "cold": "import and init",
    "first": "first request",
    "warm": "each request after",
}

type Figures = dict[str, float]


@dataclass(frozen=True)
class Handler:
    """One of the two, as Lambda would load it."""

    title: str
    module: str
    folders: tuple[Path, ...]
    environment: Mapping[str, str]

    def start(self, requests: int) -> Figures:
        """Run one cold start; CPU milliseconds by part."""
        program = [sys.executable, "-E", "-s", str(HERE / "start.py")]
        words = [*program, self.module, str(EVENT), str(requests), *map(str, self.folders)]
        ended = subprocess.run(  # noqa: S603 - our own file
            words,
            env={**self.environment, "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        if ended.returncode:
            raise SystemExit(f"{self.title} failed:\n{ended.stderr.decode()}")
        figures: Figures = json.loads(ended.stderr.splitlines()[-1])
        return figures


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
    parser.add_argument("--build", type=Path, default=ROOT / ".aws-sam" / "build")
    return parser.parse_args(arguments)


def calls(handler: Handler, url: str) -> str:
    """How often one start and its requests call each operation."""
    before = counted(url)
    handler.start(1)
    after = counted(url)
    return ", ".join(f"{name} {after[name] - before.get(name, 0)} times" for name in sorted(after))


def counted(url: str) -> dict[str, int]:
    """What the stand-in has counted."""
    with urlopen(url) as answer:  # noqa: S310 - our own, on this machine
        counts: dict[str, int] = json.load(answer)
    return counts


def tell(part: str, runs: Sequence[Sequence[Figures]]) -> float:
    """Print one line; return the ratio."""
    ours, others = ([run[place][part] for run in runs] for place in (0, 1))
    ratio = median(ours) / median(others)
    bar = f"at most {BARS[part]}" if part in BARS else ""
    print(
        f"  {PARTS[part]:20} spillway {spread(ours)}   plain boto3 {spread(others)}"
        f"   ratio {ratio:.2f}  {bar}"
    )
    return ratio


def spread(figures: Sequence[float]) -> str:
    """The median and the middle half."""
    low, middle, high = quantiles(figures, n=4)
    return f"{middle:7.2f} ({low:.2f} to {high:.2f})"


def spillway(build: Path, url: str) -> Handler:
    """The function and its layer, as `sam build` made them."""
    settings = {
        "STACK_NAME": "spillway",
        "JOBS_TABLE": "jobs",
        "INPUT_BUCKET": "inputs",
        "RESULT_BUCKET": "results",
        "AUTH_MODE": "ApiKey",
    }
    folders = (build / "EnqueueFunction", build / "CoreLayer" / "python")
    return Handler("spillway", "enqueue", folders, {**aws(url), **settings})


def plain(url: str, folder: Path) -> Handler:
    """The plain handler, compiled as Spillway's is."""
    shutil.copy(HERE / "plain.py", folder)
    compileall.compile_dir(folder, quiet=1)
    queue = {"QUEUE_URL": f"{url}/000000000000/spillway_default"}
    return Handler("plain", "plain", (folder,), {**aws(url), **queue})


def aws(url: str) -> dict[str, str]:
    """What Lambda's environment says; a role's token is about this long."""
    return {
        "AWS_LAMBDA_FUNCTION_NAME": "enqueue",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "t" * 900,
        "AWS_ENDPOINT_URL": url,
        "PYTHONDONTWRITEBYTECODE": "",
    }


@contextmanager
def endpoint(latency_ms: int) -> Iterator[str]:
    """The stand-in for AWS, in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.enqueue.endpoint", str(latency_ms)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as served:  # noqa: S603
        try:
            assert served.stdout is not None  # noqa: S101 - a pipe was asked for
            yield f"http://127.0.0.1:{served.stdout.readline().strip()}"
        finally:
            served.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
