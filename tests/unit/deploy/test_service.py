"""A service is held up while its model answers, and is left as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from deploy.failure import DeployFailed
from deploy.service import Service

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

DONE = {"rolloutState": "COMPLETED"}
UNDER_WAY = {"rolloutState": "IN_PROGRESS"}


class Ecs:
    """ECS with one service, whose state moves on by one each time that it is looked at."""

    def __init__(self, *states: dict[str, Any], desired: int = 0) -> None:
        self._states = list(states)
        self.desired = desired
        self.asked: list[int] = []
        self.stops: list[str] = []

    def describe_services(self, **_: object) -> dict[str, Any]:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        service = {
            "desiredCount": self.desired,
            "runningCount": self.desired,
            "deployments": [DONE],
            "events": [{"message": "has started 1 tasks"}],
        }
        return {"services": [{**service, **state}]}

    def update_service(self, *, desiredCount: int, **_: object) -> None:  # noqa: N803 - boto3's
        self.desired = desiredCount
        self.asked.append(desiredCount)

    def list_tasks(self, **_: object) -> dict[str, Any]:
        return {"taskArns": [str(number) for number, _ in enumerate(self.stops)]}

    def describe_tasks(self, **_: object) -> dict[str, Any]:
        return {"tasks": [{"stoppedReason": why} for why in self.stops]}


def _service(ecs: Ecs) -> Service:
    return Service(cast("ECSClient", ecs), "cluster", "spillway-default", poll_s=0)


def test_a_sleeping_service_has_one_task_for_a_while() -> None:
    ecs = Ecs({}, desired=0)

    with _service(ecs).at_least_one(afterwards=0) as during:
        assert (during, ecs.desired) == (1, 1)

    assert ecs.asked == [1, 0]


def test_a_service_that_is_up_is_left_alone() -> None:
    ecs = Ecs({}, desired=3)

    with _service(ecs).at_least_one(afterwards=3):
        pass

    assert ecs.asked == []


def test_the_count_comes_back_after_a_deploy_that_lowered_it() -> None:
    ecs = Ecs({}, desired=0)

    with _service(ecs).at_least_one(afterwards=4) as during:
        assert during == 4

    assert ecs.desired == 4


def test_it_is_put_back_after_a_failure() -> None:
    ecs = Ecs({}, desired=0)

    with pytest.raises(RuntimeError), _service(ecs).at_least_one(afterwards=0):
        raise RuntimeError

    assert ecs.desired == 0


def test_steady_is_one_deployment_done_with_all_its_tasks() -> None:
    ecs = Ecs(
        {"runningCount": 0},
        {"deployments": [UNDER_WAY, DONE]},
        {"deployments": [UNDER_WAY]},
        {},
        {"deployments": ["never asked for again"]},
        desired=1,
    )

    _service(ecs).wait_until_steady()

    assert len(ecs._states) == 1


def test_a_deployment_that_ecs_gave_up_ends_the_wait_with_its_reasons() -> None:
    ecs = Ecs({"deployments": [{"rolloutState": "FAILED"}, DONE]}, desired=1)
    ecs.stops = ["CannotPullContainerError: no such image"]

    with pytest.raises(DeployFailed, match="ECS gave up on spillway-default") as failure:
        _service(ecs).wait_until_steady()

    assert failure.value.excerpt.splitlines() == [
        "has started 1 tasks",
        "a task stopped: CannotPullContainerError: no such image",
    ]


def test_the_wait_has_an_end() -> None:
    ecs = Ecs({"runningCount": 0}, desired=1)

    with pytest.raises(DeployFailed, match="not steady after 0 s"):
        _service(ecs).wait_until_steady(timeout_s=0)
