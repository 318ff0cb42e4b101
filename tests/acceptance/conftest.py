"""`make run`'s own system, started once for all acceptance tests, beside any that is running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spillway_cli import api_keys
from tests.acceptance.running import running
from tests.acceptance.system import ROOT, System

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.system import Caller


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """The system, with two more models: `unruly`, and `asleep`, which has no worker.

    Nothing scales here, so that each test knows the workers there are; test_capacity has a system
    of its own.
    """
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


def _with_models(system: System) -> System:
    system.stop_scaling()
    system.upload_unruly_model("unruly")
    system.deploy_model("unruly", MinTasks="1", LeaseSeconds="10", MaxAttempts="2")
    system.deploy_model("asleep")
    return system
