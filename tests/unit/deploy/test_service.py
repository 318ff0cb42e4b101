"""A service is waited for until its tasks run what was deployed."""

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
        self.stops: list[str] = []
        self.stop_code = "EssentialContainerExited"

    def describe_services(self, **_: object) -> dict[str, Any]:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        service = {
            "desiredCount": self.desired,
            "runningCount": self.desired,
            "deployments": [DONE],
            "events": [{"message": "has started 1 tasks"}],
        }
        return {"services": [{**service, **state}]}

    def list_tasks(self, **_: object) -> dict[str, Any]:
        return {"taskArns": [str(number) for number, _ in enumerate(self.stops)]}

    def describe_tasks(self, **_: object) -> dict[str, Any]:
        return {
            "tasks": [
                {"taskArn": str(number), "stoppedReason": why, "stopCode": self.stop_code}
                for number, why in enumerate(self.stops)
            ]
        }


def service_of(ecs: Ecs) -> Service:
    return Service(cast("ECSClient", ecs), "cluster", "spillway-default", poll_s=0)


def test_how_far_it_is_is_told() -> None:
    ecs = Ecs({"runningCount": 0}, {}, desired=1)
    told: list[str] = []

    service_of(ecs).wait_until_steady(look=told.append)

    assert told == ["0 of 1 tasks run"]


@pytest.mark.parametrize(
    ("code", "why", "failed"),
    [
        ("EssentialContainerExited", "Essential container in task exited", True),
        ("TaskFailedToStart", "CannotPullContainerError", True),
        ("ServiceSchedulerInitiated", "Task failed container health checks", True),
        (
            "ServiceSchedulerInitiated",
            "Scaling activity initiated by (deployment ecs-svc/1)",
            False,
        ),
        ("UserInitiated", "Task stopped by user", False),
    ],
)
def test_a_task_failed_unless_it_was_told_to_stop(code: str, why: str, failed: bool) -> None:
    ecs = Ecs({})
    ecs.stops, ecs.stop_code = [why], code

    assert service_of(ecs).failed_tasks() == (frozenset("0") if failed else frozenset())


def test_steady_is_one_deployment_done_with_all_its_tasks() -> None:
    ecs = Ecs(
        {"runningCount": 0},
        {"deployments": [UNDER_WAY, DONE]},
        {"deployments": [UNDER_WAY]},
        {},
        {"deployments": ["never asked for again"]},
        desired=1,
    )

    count = service_of(ecs).wait_until_steady()

    assert len(ecs._states) == 1
    assert count == 1


def test_a_sleeping_service_is_steady_without_a_task() -> None:
    assert service_of(Ecs({}, desired=0)).wait_until_steady() == 0


def test_a_deployment_that_ecs_gave_up_ends_the_wait_with_its_reasons() -> None:
    ecs = Ecs({"deployments": [{"rolloutState": "FAILED"}, DONE]}, desired=1)
    ecs.stops = ["CannotPullContainerError: no such image"]

    with pytest.raises(DeployFailed, match="ECS gave up on spillway-default") as failure:
        service_of(ecs).wait_until_steady()

    assert failure.value.excerpt.splitlines() == [
        "has started 1 tasks",
        "a task stopped: CannotPullContainerError: no such image",
    ]


def test_the_wait_has_an_end() -> None:
    ecs = Ecs({"runningCount": 0}, desired=1)

    with pytest.raises(DeployFailed, match="not steady after 0 s"):
        service_of(ecs).wait_until_steady(timeout_s=0)
