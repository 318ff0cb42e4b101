"""`make run`'s own system, started once for all acceptance tests, beside any that is running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from spillway_cli import tenants
from tests.acceptance.system import ROOT, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.system import Caller

START_S = 300


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """The system, with two more models: `unruly`, and `asleep`, which has no worker."""
    folder = ROOT / ".local" / "acceptance"
    process = _start(folder)
    try:
        _wait_until_ready(process, folder)
        yield _with_models(System.at(folder))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


@pytest.fixture(scope="session")
def caller(system: System) -> Iterator[Caller]:
    with system.caller() as caller:
        yield caller


@pytest.fixture(scope="session")
def other_tenant(system: System) -> Iterator[Caller]:
    key = tenants.create(system.aws("apigateway"), system.output("UsagePlanId"), "other")
    with system.caller(key) as caller:
        yield caller


def _start(folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "core"), str(ROOT))),
        "PORT": str(_free_port()),
        "LOCAL_DIR": str(folder),
        "TASKS": "1",
    }
    environment.pop("KEEP", None)
    with (folder / "run.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local", "run"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while not (folder / "endpoint.json").exists():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            pytest.fail(f"make run is not ready:\n{(folder / 'run.log').read_text()}")
        time.sleep(0.5)


def _with_models(system: System) -> System:
    system.upload_unruly_model("unruly")
    system.deploy_model("unruly", MinTasks="1", LeaseSeconds="10", MaxAttempts="2")
    system.deploy_model("asleep")
    return system


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
