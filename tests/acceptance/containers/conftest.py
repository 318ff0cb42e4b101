"""The system with its tasks as containers, where a container engine answers."""

from __future__ import annotations

import functools
import gc
import warnings
from typing import TYPE_CHECKING

import pytest

from local.container_engine import RUN_LABEL, connect
from local.failure import StartFailed
from tests.acceptance.running import running
from tests.acceptance.system import ROOT, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker.client import DockerClient
    from docker.models.containers import Container

    from tests.acceptance.system import Caller

FOLDER = ROOT / ".local" / "containers"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip each test under its own name, so that none is missed in silence."""
    if reason := no_engine():
        pytest.skip(f"{item.name} needs a container engine: {reason}")


@functools.cache
def no_engine() -> str:
    """Why there is no engine that these tests can use, "" where there is one."""
    fault = ""
    with warnings.catch_warnings():
        # docker-py leaves the socket open that it could not connect.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            said = connect().info()
        except StartFailed as failure:
            fault = str(failure)
        gc.collect()
    if fault:
        return fault
    elsewhere = said["OperatingSystem"] == "Docker Desktop" or "name=rootless" in (
        said.get("SecurityOptions") or []
    )
    return "this one does not run on this machine itself" if elsewhere else ""


@pytest.fixture(scope="session")
def engine() -> DockerClient:
    return connect()


@pytest.fixture(scope="session")
def system(engine: DockerClient) -> Iterator[System]:
    """The system with one worker, a container; at its end there must be none."""
    with running(FOLDER, CONTAINERS="1"):
        yield System.at(FOLDER)
    assert not containers_of(engine, FOLDER)


@pytest.fixture(scope="session")
def caller(system: System) -> Iterator[Caller]:
    with system.caller() as caller:
        yield caller


def containers_of(engine: DockerClient, folder: Path) -> list[Container]:
    """Every container of a folder's run, the ended ones too."""
    return engine.containers.list(all=True, filters={"label": f"{RUN_LABEL}={folder}"})
