"""A container engine that is slow, or knows the container no more, ends no start."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any, Self, cast

import pytest
from docker.errors import APIError, NotFound
from requests.exceptions import ReadTimeout

from local.container import ContainerPlan, WorkerContainer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker.client import DockerClient

FAULTS = [ReadTimeout("60 s"), APIError("500"), NotFound("no such container")]


class Engine:
    """An engine with one container, that fails whatever it is asked while the container runs."""

    id = "c"
    attrs: dict[str, Any] = {"State": {"Pid": 17}}  # noqa: RUF012 - never written

    def __init__(self, fault: Exception) -> None:
        self._fault = fault
        self.ended = threading.Event()

    @property
    def containers(self) -> Self:
        return self

    def create(self, _image: str, **_: object) -> Self:
        return self

    def start(self) -> None: ...

    def reload(self) -> None: ...

    def remove(self, **_: object) -> None: ...

    def logs(self, **_: object) -> list[bytes]:
        return []

    def wait(self, **_: object) -> dict[str, int]:
        self.ended.wait()
        return {"StatusCode": 0}

    def exec_run(self, _command: list[str]) -> None:
        raise self._fault

    def kill(self, **_: object) -> None:
        raise self._fault


@pytest.fixture(params=FAULTS, ids=lambda fault: type(fault).__name__)
def worker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WorkerContainer]:
    engine = Engine(request.param)
    (tmp_path / "task").mkdir()
    plan = ContainerPlan(
        task_id="17",
        name="worker",
        health_command=["true"],
        environment={},
        folder=tmp_path / "task",
        log=tmp_path / "log",
        stop_timeout_s=1,
        labels={},
        image="worker",
        options={},
    )
    worker = WorkerContainer(plan, cast("DockerClient", engine)).start()
    yield worker
    engine.ended.set()
    worker.wait(5)


def test_a_health_check_that_the_engine_does_not_run_is_not_passed(
    worker: WorkerContainer,
) -> None:
    assert not worker.healthy()


def test_a_signal_that_the_engine_does_not_pass_on_is_no_fault(worker: WorkerContainer) -> None:
    worker.signal(signal.SIGTERM)

    assert worker.status == "running"
