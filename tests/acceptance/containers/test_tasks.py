"""`make run CONTAINERS=1`: a task is a container of the worker's real image."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from local import worker_image
from local.container_engine import RUN_LABEL
from tests.acceptance.containers.conftest import FOLDER, containers_of
from tests.acceptance.running import environment_of, start, wait_until_ready
from tests.acceptance.system import ROOT

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    import pytest
    from docker.client import DockerClient
    from docker.models.containers import Container

    from tests.acceptance.system import Caller, System

CAPABILITIES = "print(next(l for l in open('/proc/1/status') if l.startswith('CapEff')))"
KILLED = ROOT / ".local" / "killed"
LARGEST_MB = 300
HELLO = {"text": "hello world"}


def worker(engine: DockerClient) -> Container:
    (container,) = containers_of(engine, FOLDER)
    return container


def ready_lines(container: Container) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in container.logs().splitlines()]
    return [line for line in lines if line["message"] == "ready"]


def ready_successor(engine: DockerClient, before: Container, within_s: float = 30) -> Container:
    """Wait for another worker that is ready."""
    deadline = time.monotonic() + within_s
    while True:
        for container in containers_of(engine, FOLDER):
            if container.id != before.id and ready_lines(container):
                return container
        assert time.monotonic() < deadline
        time.sleep(0.5)


def local(folder: Path, *words: str) -> str:
    """Run `python -m local` for the system of a folder."""
    return subprocess.run(
        [sys.executable, "-m", "local", *words],
        cwd=ROOT,
        env=environment_of(folder),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_job_is_done_by_a_container(system: System, caller: Caller) -> None:
    job = caller.until(caller.submit(HELLO)["jobId"])

    assert job["status"] == "SUCCEEDED"
    assert caller.result(job["jobId"])["dimensions"] == 384


def test_the_container_is_what_the_task_definition_says(
    system: System, engine: DockerClient
) -> None:
    attrs = worker(engine).attrs
    host, config = attrs["HostConfig"], attrs["Config"]
    mounts = {mount["Destination"]: mount["Type"] for mount in attrs["Mounts"]}

    assert config["User"] == "10001:10001"
    assert host["ReadonlyRootfs"]
    assert (host["Memory"], host["NanoCpus"]) == (4096 * 1024**2, 1_000_000_000)
    assert mounts == {"/tmp": "volume", "/model": "volume"}  # noqa: S108
    shown = worker(engine).exec_run(["python", "-c", CAPABILITIES]).output
    assert isinstance(shown, bytes)
    assert int(shown.split()[-1], 16) == 0, "every capability is dropped"


def test_the_image_is_small_and_a_worker_is_soon_ready(
    system: System, engine: DockerClient, capsys: pytest.CaptureFixture[str]
) -> None:
    container = worker(engine)
    created = datetime.fromisoformat(container.attrs["Created"])
    started = datetime.fromisoformat(container.attrs["State"]["StartedAt"])
    (ready,) = ready_lines(container)
    parts_ms = {"container": _ms(started - created), **ready["ms"]}
    whole_ms = _ms(datetime.fromisoformat(ready["time"]) - created)
    parts_ms["interpreter and imports"] = whole_ms - sum(parts_ms.values())

    with capsys.disabled():
        print(
            f"\nthe worker's image: {worker_image.megabytes(engine)} MB; ready after {whole_ms} ms:"
        )
        print(json.dumps(parts_ms))
    assert worker_image.megabytes(engine) < LARGEST_MB
    assert ready["ms"].keys() == {"fetch", "verify", "load", "probe"}
    assert min(parts_ms.values()) >= 0


def test_the_image_is_of_what_lies_here(
    system: System, engine: DockerClient, tmp_path: Path
) -> None:
    assert worker_image.is_built(engine, ROOT)
    assert not worker_image.is_built(engine, tmp_path)


def test_a_container_that_is_killed_is_replaced(
    system: System, engine: DockerClient, caller: Caller
) -> None:
    before = worker(engine)

    before.kill()

    ready_successor(engine, before)
    assert caller.until(caller.submit(HELLO)["jobId"])["status"] == "SUCCEEDED"
    assert "a worker ended with code 137" in (system.folder / "run.log").read_text()


def test_what_a_run_that_was_killed_leaves_is_removed(system: System, engine: DockerClient) -> None:
    # Given
    shutil.copytree(FOLDER / "build", KILLED / "build", dirs_exist_ok=True)
    process = start(KILLED, CONTAINERS="1")
    wait_until_ready(process, KILLED)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert containers_of(engine, KILLED)

    # When
    said = local(KILLED, "stop")

    # Then
    assert said.strip() == "removed what a run that was killed left behind"
    assert not containers_of(engine, KILLED)
    assert containers_of(engine, FOLDER), "another run's stay"
    assert local(KILLED, "stop").strip() == "nothing runs"


def test_the_next_run_removes_it_too(system: System, engine: DockerClient) -> None:
    # Given
    sleep = ["-c", "import time; time.sleep(600)"]
    label = {RUN_LABEL: str(KILLED)}
    engine.containers.run(worker_image.TAG, sleep, entrypoint=["python"], detach=True, labels=label)

    # When a run begins, even one that gets no further than its build
    process = start(KILLED, CONTAINERS="1", SAM="/bin/false")
    assert process.wait(60) == 1

    # Then
    assert not containers_of(engine, KILLED)


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
