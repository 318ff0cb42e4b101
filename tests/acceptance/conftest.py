"""`make run`'s own system, started once for all acceptance tests, beside any that is running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spillway_cli import api_keys
from tests.acceptance.running import running
from tests.acceptance.scaled import WAKE_S, Held, Scaled
from tests.acceptance.system import ROOT, System

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.system import Caller


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """The system, with two more models: `unruly`, with one worker, and `asleep`, with none."""
    folder = ROOT / ".local" / "acceptance"
    with running(folder):
        yield _with_models(System.at(folder))


@pytest.fixture(scope="session")
def caller(system: System) -> Iterator[Caller]:
    with system.caller() as caller:
        yield caller


@pytest.fixture(scope="session")
def other_tenant(system: System) -> Iterator[Caller]:
    key = api_keys.create(system.aws("apigateway"), system.output("UsagePlanId"), "other")
    with system.caller(key) as caller:
        yield caller


@pytest.fixture(scope="session")
def scaled() -> Iterator[Scaled]:
    """A system whose models all begin with no task.

    It stays until the last test: scaling in takes minutes, which pass while other tests run.
    """
    with Scaled.started() as scaled:
        yield scaled


@pytest.fixture(scope="session")
def held(scaled: Scaled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """Eight tasks for eight jobs: six are soon over, two go on until they are released."""
    file = tmp_path_factory.mktemp("held") / "released"
    job_ids = scaled.submit("busy", 2, awaits=str(file))
    held = Held(job_ids, scaled.submit("busy", 6, sleep_s=5), file)
    scaled.until(lambda: scaled.system.desired_tasks("busy") == 8, WAKE_S)
    yield held
    held.release()


@pytest.fixture(scope="session")
def patient(scaled: Scaled) -> list[str]:
    """One job of a model that may take a day."""
    return scaled.submit("patient")


@pytest.fixture(scope="session")
def flood(scaled: Scaled) -> list[str]:
    """A minute's work for a model that may have three tasks."""
    return scaled.submit("flooded", 60, sleep_s=1)


def _with_models(system: System) -> System:
    system.upload_unruly_model("unruly")
    system.deploy_model("unruly", MinTasks="1", MaxTasks="1", LeaseSeconds="10", MaxAttempts="2")
    system.deploy_model("asleep")
    system.keep_asleep("asleep")
    return system
