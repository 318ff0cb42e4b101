"""`make run`'s own system, started for a test beside any that is running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.system import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_S = 300
STOP_S = 60


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a system in a folder; it is ready when the block begins, and over after it."""
    process = start(folder, **environment)
    try:
        wait_until_ready(process, folder)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)


def start(folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Begin a system with one worker, unless told otherwise, and nothing kept from before."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local", "run"],
            cwd=ROOT,
            env=environment_of(folder, **{"PORT": str(free_port()), "TASKS": "1", **environment}),
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    """What `python -m local` needs for the system of a folder."""
    path = os.pathsep.join(str(ROOT / part) for part in ("core", "cli", "."))
    environment = {**os.environ, "PYTHONPATH": path, "LOCAL_DIR": str(folder), **more}
    environment.pop("KEEP", None)
    return environment


def wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait for the first answer; fails the test with what the run said."""
    deadline = time.monotonic() + START_S
    while not (folder / "endpoint.json").exists():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            pytest.fail(f"make run is not ready:\n{(folder / 'run.log').read_text()}")
        time.sleep(0.5)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
