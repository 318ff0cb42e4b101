"""A service is held up while its model answers, and is left as it was."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, cast

import pytest

from deploy.failure import DeployFailed
from deploy.loan import Loan
from deploy.service import Service

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ssm import SSMClient

DONE = {"rolloutState": "COMPLETED"}
UNDER_WAY = {"rolloutState": "IN_PROGRESS"}


class Ecs:
    """ECS with one service, whose state moves on by one each time that it is looked at."""

    def __init__(self, *states: dict[str, Any], desired: int = 0) -> None:
        self._states = list(states)
        self.desired = desired
        self.asked: list[int] = []
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

    def update_service(self, *, desiredCount: int, **_: object) -> None:  # noqa: N803 - boto3's
        self.desired = desiredCount
        self.asked.append(desiredCount)

    def list_tasks(self, **_: object) -> dict[str, Any]:
        return {"taskArns": [str(number) for number, _ in enumerate(self.stops)]}

    def describe_tasks(self, **_: object) -> dict[str, Any]:
        return {
            "tasks": [
                {"taskArn": str(number), "stoppedReason": why, "stopCode": self.stop_code}
                for number, why in enumerate(self.stops)
            ]
        }


class Noted:
    """The parameter store, with room for one note."""

    class exceptions:  # noqa: N801 - boto3's
        class ParameterNotFound(Exception):
            pass

    def __init__(self) -> None:
        self.value: str | None = None

    def put_parameter(self, *, Value: str, **_: object) -> None:  # noqa: N803 - boto3's
        self.value = Value

    def get_parameter(self, **_: object) -> dict[str, Any]:
        if self.value is None:
            raise self.exceptions.ParameterNotFound
        return {"Parameter": {"Value": self.value}}

    def delete_parameter(self, **_: object) -> None:
        if self.value is None:
            raise self.exceptions.ParameterNotFound
        self.value = None


def service_of(ecs: Ecs, noted: Noted | None = None) -> Service:
    loan = Loan(cast("SSMClient", noted or Noted()), "/spillway/mine/lent/default")
    return Service(cast("ECSClient", ecs), "cluster", "spillway-default", loan, poll_s=0)


def test_a_sleeping_service_has_one_task_for_a_while() -> None:
    ecs = Ecs({}, desired=0)

    with service_of(ecs).at_least_one(afterwards=0) as during:
        assert (during, ecs.desired) == (1, 1)

    assert ecs.asked == [1, 0]


def test_a_service_that_is_up_is_left_alone() -> None:
    ecs = Ecs({}, desired=3)

    with service_of(ecs).at_least_one(afterwards=3):
        pass

    assert ecs.asked == []


def test_the_count_comes_back_after_a_deploy_that_lowered_it() -> None:
    ecs = Ecs({}, desired=0)

    with service_of(ecs).at_least_one(afterwards=4) as during:
        assert during == 4

    assert ecs.desired == 4


def test_it_is_put_back_after_a_failure() -> None:
    ecs = Ecs({}, desired=0)

    with pytest.raises(RuntimeError), service_of(ecs).at_least_one(afterwards=0):
        raise RuntimeError

    assert ecs.desired == 0


@pytest.mark.parametrize(
    ("desired", "wanted"),
    [
        (1, 0),  # as the killed run left it
        (5, 5),  # set by the operator since
        (0, 0),  # killed before it lent a task, or after it took it back
    ],
)
def test_a_count_that_a_killed_run_left_is_not_the_operators(desired: int, wanted: int) -> None:
    ecs, noted = Ecs({}, desired=0), Noted()
    killed = service_of(ecs, noted).at_least_one(afterwards=0)
    killed.__enter__()
    assert (ecs.desired, noted.value) == (1, "0/1")

    ecs.desired = desired

    assert service_of(ecs, noted).count() == wanted


def test_what_was_lent_is_noted_no_longer_than_it_is() -> None:
    noted = Noted()

    with service_of(Ecs({}, desired=0), noted).at_least_one(afterwards=0):
        assert noted.value

    assert noted.value is None


def test_a_second_interruption_leaves_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    ecs, noted = Ecs({}, desired=0), Noted()

    def interrupted(**_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        ecs.desired = 0

    with pytest.raises(KeyboardInterrupt), service_of(ecs, noted).at_least_one(afterwards=0):  # noqa: PT012 - two lines of one event
        monkeypatch.setattr(ecs, "update_service", interrupted)
        signal.raise_signal(signal.SIGINT)

    assert (ecs.desired, noted.value) == (0, None)


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

    service_of(ecs).wait_until_steady()

    assert len(ecs._states) == 1


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
