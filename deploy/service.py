"""A model's ECS service: whether its tasks run what was deployed, and why they do not."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ServiceTypeDef, TaskTypeDef

    from deploy.account import Account

POLL_S = 2.0
# A task of Fargate starts in about a minute; a model of some GB takes minutes more.
STEADY_S = 900.0
EVENTS = 3
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html (2026-11): stopCode.
FAILED = frozenset({"EssentialContainerExited", "TaskFailedToStart"})
# The scheduler stops such a task, so its code is that of any task that makes room for another.
UNHEALTHY = "failed container health checks"


class Service:
    """One service of a cluster."""

    def __init__(self, ecs: ECSClient, cluster: str, name: str, poll_s: float = POLL_S) -> None:
        self._ecs = ecs
        self._cluster = cluster
        self.name = name
        self._poll_s = poll_s

    @classmethod
    def of(cls, account: Account, core: str, model: str) -> tuple[Service, str] | None:
        """Return the service and the model's URI that its registry entry names, None without."""
        try:
            entry = account.ssm.get_parameter(Name=f"/spillway/{core}/models/{model}")
        except account.ssm.exceptions.ParameterNotFound:
            return None
        said = json.loads(entry["Parameter"]["Value"])
        return cls(account.ecs, said["cluster"], said["service"]), said["modelUri"]

    def wait_until_steady(
        self, timeout_s: float = STEADY_S, look: Callable[[str], object] = lambda _: None
    ) -> int:
        """Wait until all tasks run what was deployed last and no others do; return how many.

        `look` is told how far it is at each look, and may raise.

        Raises:
            DeployFailed: ECS gave the deployment up, or the time is over; with what ECS says.

        """
        deadline_s = time.monotonic() + timeout_s
        while not _is_steady(service := self._described()):
            if any(each.get("rolloutState") == "FAILED" for each in service["deployments"]):
                raise DeployFailed(f"ECS gave up on {self.name}", excerpt=self.troubles())
            if time.monotonic() > deadline_s:
                why = f"{self.name} is not steady after {timeout_s:.0f} s"
                raise DeployFailed(why, excerpt=self.troubles())
            look(f"{service['runningCount']} of {service['desiredCount']} tasks run")
            time.sleep(self._poll_s)
        return service["runningCount"]

    def troubles(self) -> str:
        """Return the service's last events, and why its last tasks stopped."""
        events = [event["message"] for event in self._described()["events"][:EVENTS]]
        return "\n".join([*events, *self._stops()])

    def failed_tasks(self) -> frozenset[str]:
        """The tasks that did not stop because they were told to; ECS shows them for an hour."""
        return frozenset(task["taskArn"] for task in self._stopped() if _has_failed(task))

    def _stops(self) -> list[str]:
        reasons = (task.get("stoppedReason") for task in self._stopped()[:EVENTS])
        return [f"a task stopped: {why}" for why in reasons if why]

    def _stopped(self) -> list[TaskTypeDef]:
        arns = self._ecs.list_tasks(
            cluster=self._cluster, serviceName=self.name, desiredStatus="STOPPED"
        )["taskArns"]
        if not arns:
            return []
        return self._ecs.describe_tasks(cluster=self._cluster, tasks=arns)["tasks"]

    def _described(self) -> ServiceTypeDef:
        found = self._ecs.describe_services(cluster=self._cluster, services=[self.name])
        if not found["services"]:
            raise DeployFailed(f"there is no service {self.name} in the cluster {self._cluster}")
        return found["services"][0]


def _is_steady(service: ServiceTypeDef) -> bool:
    """Whether one deployment is left, done, and with all its tasks."""
    deployments = service["deployments"]
    return (
        len(deployments) == 1
        and deployments[0].get("rolloutState", "COMPLETED") == "COMPLETED"
        and service["runningCount"] == service["desiredCount"]
    )


def _has_failed(task: TaskTypeDef) -> bool:
    """Whether it ended by itself, never started, or was found unhealthy."""
    return task.get("stopCode") in FAILED or UNHEALTHY in task.get("stoppedReason", "")
