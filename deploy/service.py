"""A model's ECS service: how many tasks it is to have, and whether it has them."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ServiceTypeDef

    from deploy.account import Account

POLL_S = 2.0
# A task of Fargate starts in about a minute; a model of some GB takes minutes more.
STEADY_S = 900.0
EVENTS = 3


class Service:
    """One service of a cluster."""

    def __init__(self, ecs: ECSClient, cluster: str, name: str, poll_s: float = POLL_S) -> None:
        self._ecs = ecs
        self._cluster = cluster
        self._name = name
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

    def count(self) -> int:
        """How many tasks it is to have."""
        return self._described()["desiredCount"]

    def set_count(self, count: int) -> None:
        """Say how many tasks it is to have; they come and go afterwards."""
        self._ecs.update_service(cluster=self._cluster, service=self._name, desiredCount=count)

    @contextmanager
    def at_least_one(self, afterwards: int) -> Iterator[int]:
        """Have at least one task while the block runs, and `afterwards` many after it."""
        during = max(1, afterwards)
        try:
            if self.count() != during:
                self.set_count(during)
            yield during
        finally:
            if self.count() != afterwards:
                self.set_count(afterwards)

    def wait_until_steady(self, timeout_s: float = STEADY_S) -> None:
        """Wait until all tasks run what was deployed last, and no others run.

        Raises:
            DeployFailed: ECS gave the deployment up, or the time is over; with what ECS says.

        """
        deadline_s = time.monotonic() + timeout_s
        while not _is_steady(service := self._described()):
            if any(each.get("rolloutState") == "FAILED" for each in service["deployments"]):
                raise DeployFailed(f"ECS gave up on {self._name}", excerpt=self.troubles())
            if time.monotonic() > deadline_s:
                why = f"{self._name} is not steady after {timeout_s:.0f} s"
                raise DeployFailed(why, excerpt=self.troubles())
            time.sleep(self._poll_s)

    def troubles(self) -> str:
        """Return the service's last events, and why its last tasks stopped."""
        events = [event["message"] for event in self._described()["events"][:EVENTS]]
        return "\n".join([*events, *self._stops()])

    def _stops(self) -> list[str]:
        arns = self._ecs.list_tasks(
            cluster=self._cluster, serviceName=self._name, desiredStatus="STOPPED"
        )["taskArns"][:EVENTS]
        if not arns:
            return []
        tasks = self._ecs.describe_tasks(cluster=self._cluster, tasks=arns)["tasks"]
        return [f"a task stopped: {why}" for task in tasks if (why := task.get("stoppedReason"))]

    def _described(self) -> ServiceTypeDef:
        found = self._ecs.describe_services(cluster=self._cluster, services=[self._name])
        if not found["services"]:
            raise DeployFailed(f"there is no service {self._name} in the cluster {self._cluster}")
        return found["services"][0]


def _is_steady(service: ServiceTypeDef) -> bool:
    """Whether one deployment is left, done, and with all its tasks."""
    deployments = service["deployments"]
    return (
        len(deployments) == 1
        and deployments[0].get("rolloutState", "COMPLETED") == "COMPLETED"
        and service["runningCount"] == service["desiredCount"]
    )
