"""A run that goes wrong is told so that it can be made again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def simulation(*words: str) -> subprocess.CompletedProcess[str]:
    """What `make simulate-worker` does."""
    return python("-m", "tests.simulation", *words)


def python(*words: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    """A process of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(("core", "cli", ".")),
        "PYTHONHASHSEED": hash_seed,
    }
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_sweep_tells_what_it_was_made_of() -> None:
    said = simulation("--seeds", "5")

    assert said.returncode == 0
    assert "5 runs in " in said.stdout
    assert "RUNNING → SUCCEEDED" in said.stdout


def test_a_seed_that_goes_wrong_is_told_with_what_makes_its_smallest_run() -> None:
    said = simulation("--seeds", "1", "--mutant", "ack")
    replay = re.search(r'least .+ make simulate-worker SEED=(\d+) ARGS="(.+)"', said.stdout)

    assert said.returncode == 1
    assert "  nothing lost: w" in said.stdout
    assert replay

    again = simulation("--seed", replay[1], *replay[2].split())

    assert again.returncode == 1
    assert "WRONG nothing lost: " in again.stdout
    assert said.stdout.endswith(again.stdout)


DIGEST = """
from hashlib import sha256
from tests.simulation.plan import Plan
from tests.simulation.timeline import timeline
from tests.simulation.world import simulate

for seed in range(40):
    told = "\\n".join(timeline(simulate(Plan.draw(seed)).history))
    print(seed, sha256(told.encode()).hexdigest())
"""


def test_a_run_is_the_same_in_every_process() -> None:
    # Sets of text are in another order under another hash seed.
    one, other = (python("-c", DIGEST, hash_seed=number).stdout for number in ("1", "2"))

    assert one.count("\n") == 40
    assert one == other
