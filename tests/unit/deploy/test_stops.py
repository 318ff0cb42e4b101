"""A model whose tasks stop one after the other ends the wait, with what they said."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import boto3
import pytest

from deploy.failure import DeployFailed
from deploy.stops import Stops, whys
from tests.unit.deploy.test_service import Ecs, service_of

if TYPE_CHECKING:
    from deploy.account import Account

OLD, NEW = "Task of yesterday", "Essential container in task exited"


def test_the_third_task_that_stops_ends_the_wait_with_the_workers_words() -> None:
    ecs = Ecs({})
    ecs.stops = [OLD, OLD]
    stops = Stops(service_of(ecs), lambda: ["the worker's log: no module shout"])

    ecs.stops = [OLD, OLD, NEW, NEW]
    assert stops.check() == 2, "those that had stopped before are not counted"
    ecs.stops.append(NEW)
    with pytest.raises(DeployFailed, match="3 tasks of spillway-default stopped") as failure:
        stops.check()

    assert failure.value.excerpt == "the worker's log: no module shout"


def test_where_no_worker_said_a_word_ecs_does() -> None:
    ecs = Ecs({})
    stops = Stops(service_of(ecs), list)
    ecs.stops = ["CannotPullContainerError: no such image"] * 3

    with pytest.raises(DeployFailed) as failure:
        stops.check()

    assert "a task stopped: CannotPullContainerError: no such image" in failure.value.excerpt


def _wrote(group: str, at_ms: int, **said: str) -> None:
    logs = boto3.client("logs")
    name = f"/spillway/mine/{group}"
    if not logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=name, logStreamName="1")
    event = {"timestamp": at_ms, "message": json.dumps(said)}
    logs.put_log_events(logGroupName=name, logStreamName="1", logEvents=[event])


def test_a_reason_is_read_from_the_models_own_workers_once(account: Account) -> None:
    now_ms = time.time_ns() // 1_000_000
    _wrote("worker/shout", now_ms - 60_000, level="CRITICAL", message="not ready", why="older")
    for _ in range(2):
        _wrote("worker/shout", now_ms, level="CRITICAL", message="not ready", why="no module shout")
    _wrote("worker/shout", now_ms, level="INFO", message="started", why="not this")
    _wrote("worker/call", now_ms, level="CRITICAL", message="not ready", why="another's")

    assert whys(account, "mine", "shout", now_ms - 1000) == ["the worker's log: no module shout"]


def test_a_core_without_logs_says_nothing(account: Account) -> None:
    assert whys(account, "mine", "shout", 0) == []
