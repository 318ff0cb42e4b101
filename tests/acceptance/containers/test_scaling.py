"""A model's containers: the first comes with the first job, and none goes that has work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.system import Caller, System

MODEL = "long"
TASK_S = 30
"""More than a container takes to start, or to end once it has nothing to do."""


@pytest.fixture(scope="module")
def woken(system: System, caller: Caller) -> Iterator[str]:
    """A job of a model that had no container; the model goes after the last test."""
    system.upload_unruly_model(MODEL)
    system.deploy_model(MODEL, MaxTasks="2")
    yield submit(caller)
    system.aws("cloudformation").delete_stack(StackName=f"{system.stack}-model-{MODEL}")


def submit(caller: Caller, sleep_s: float = 0) -> str:
    payload = {"say": "done", "sleep_s": sleep_s}
    return str(caller.submit(payload, model=MODEL)["jobId"])


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TASK_S
    while not holds():
        assert time.monotonic() < deadline, f"not within {TASK_S} s"
        time.sleep(0.2)


def ask_for(system: System, tasks: int) -> None:
    system.aws("ecs").update_service(
        cluster=system.output("Cluster"), service=f"{system.stack}-{MODEL}", desiredCount=tasks
    )


def test_the_first_job_wakes_a_container(system: System, caller: Caller, woken: str) -> None:
    assert caller.until(woken)["status"] == "SUCCEEDED"
    assert len(system.worker_pids(MODEL)) == 1


def test_a_container_with_work_outlives_one_without(
    system: System, caller: Caller, woken: str
) -> None:
    # Given a container that works, beside one that does not
    caller.until(woken)
    ask_for(system, 2)
    until(lambda: len(system.worker_pids(MODEL)) == 2)
    job_id = submit(caller, sleep_s=30)
    caller.until(job_id, {"RUNNING"})

    # When none is wanted any more
    ask_for(system, 0)

    # Then the idle one goes
    until(lambda: len(system.worker_pids(MODEL)) == 1)
    assert caller.job(job_id)["status"] == "RUNNING"

    # And the other not before its job is done; a wake may have wanted it meanwhile
    job = caller.until(job_id)
    assert (job["status"], job["attempts"]) == ("SUCCEEDED", 1)
    ask_for(system, 0)
    until(lambda: not system.worker_pids(MODEL))
