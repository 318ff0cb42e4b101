"""Tasks come with the work and go with it: from zero, up to what the target needs, back to zero."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.running import running
from tests.acceptance.system import ROOT, System

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.system import Caller

WAKE_S = 20
"""More than a wake needs on a busy machine, less than an alarm and the scaler's minute."""
SCALED_S = 120
BACK_TO_ZERO_S = 600
"""A minute of idleness, three of the alarm's, the scaler's minute and what the metrics lag."""
FOLDER = ROOT / ".local" / "capacity"
LONG_S = 240


@pytest.fixture(scope="module")
def scaled() -> Iterator[System]:
    """A system whose models all begin with no task."""
    with running(FOLDER, TASKS="0", PARAMETERS="ModelIdleMinutes=1"):
        yield System.at(FOLDER)


@pytest.fixture(scope="module")
def client(scaled: System) -> Iterator[Caller]:
    with scaled.caller() as caller:
        yield caller


@pytest.fixture(scope="module")
def busy(scaled: System, client: Caller) -> list[str]:
    """Jobs for a model with a short target: most are over soon, two take minutes."""
    _deploy(scaled, "busy", TargetLatencySeconds="1", StartupSeconds="0", MaxBatch="1")
    sleeps_s = [LONG_S, LONG_S, *[5] * 6]
    return [_submit(client, "busy", sleep_s) for sleep_s in sleeps_s]


@pytest.mark.usefixtures("busy")
def test_one_message_wakes_a_model_however_large_its_target(scaled: System, client: Caller) -> None:
    _deploy(scaled, "patient", TargetLatencySeconds="86400")

    job_id = _submit(client, "patient")

    _until(lambda: scaled.desired_tasks("patient") == 1, WAKE_S)
    assert client.until(job_id)["status"] == "SUCCEEDED"
    assert _said(r"patient: 1 job, 1 s each (assumed), target 86400 s: 0 → 1 task")


def test_a_backlog_below_the_target_is_done_by_one_task(scaled: System, client: Caller) -> None:
    _deploy(scaled, "calm", TargetLatencySeconds="3600")

    job_ids = [_submit(client, "calm", 0.1) for _ in range(30)]

    assert [client.until(each)["status"] for each in job_ids] == ["SUCCEEDED"] * 30
    assert scaled.desired_tasks("calm") == 1


@pytest.mark.parametrize("messages", [1, 2, 10, 99])
def test_up_to_99_messages_wake_a_sleeping_model(
    messages: int, scaled: System, client: Caller
) -> None:
    name = f"few-{messages}"
    _deploy(scaled, name, TargetLatencySeconds="60")

    job_ids = [_submit(client, name) for _ in range(messages)]

    assert {client.until(each)["status"] for each in job_ids} == {"SUCCEEDED"}
    assert scaled.desired_tasks(name) >= 1


def test_a_flood_gets_more_tasks_up_to_the_limit(scaled: System, client: Caller) -> None:
    limits = {"TargetLatencySeconds": "5", "StartupSeconds": "1", "MaxTasks": "3"}
    _deploy(scaled, "flooded", MaxBatch="1", **limits)

    job_ids = [_submit(client, "flooded", 1) for _ in range(60)]

    _until(lambda: len(scaled.worker_pids("flooded")) == 3, SCALED_S)
    assert {client.until(each, within_s=120)["status"] for each in job_ids} == {"SUCCEEDED"}


def test_tasks_that_work_outlive_those_that_are_too_many(
    scaled: System, client: Caller, busy: list[str]
) -> None:
    # Given more tasks than two jobs need, until the others have gone
    started = scaled.desired_tasks("busy")
    assert started > 2
    _until(lambda: scaled.desired_tasks("busy") <= 2, BACK_TO_ZERO_S)

    # Then each job is done, by its first attempt
    ended = [client.until(each, within_s=LONG_S + 60) for each in busy]
    assert [(job["status"], job["attempts"]) for job in ended] == [("SUCCEEDED", 1)] * len(busy)


def test_without_work_all_go_back_to_zero_and_nothing_is_lost(scaled: System) -> None:
    models = ["patient", "calm", "few-99", "flooded", "busy"]

    _until(lambda: not any(scaled.desired_tasks(each) for each in models), BACK_TO_ZERO_S)

    _until(lambda: not any(scaled.worker_pids(each) for each in models), 60)
    assert [scaled.backlog(each) for each in models] == [0] * len(models)
    assert [scaled.dead_letters(each) for each in models] == [[]] * len(models)


def _deploy(system: System, name: str, **parameters: str) -> None:
    system.upload_unruly_model(name)
    system.deploy_model(name, IdleMinutes="1", **parameters)


def _submit(client: Caller, model: str, sleep_s: float = 0) -> str:
    payload: Any = {"say": "done", "sleep_s": sleep_s}
    return str(client.submit(payload, model=model)["jobId"])


def _until(holds: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s} s:\n{_log()}"
        time.sleep(0.5)


def _said(line: str) -> bool:
    """Whether `make run` printed this line."""
    return line in _log()


def _log() -> str:
    return (FOLDER / "run.log").read_text()
