"""ECS services, on each implementation of the port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from spillway import memory
from spillway.aws.services import EcsServices
from spillway.ports import ModelEntry, TaskCounts

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

    from spillway.ports import Services


class ServicesWorld(Protocol):
    """One account's services."""

    @property
    def services(self) -> Services: ...

    def deploy(self, model: str, *, cluster: str = "one") -> ModelEntry:
        """Make a service without tasks."""

    def delete(self, entry: ModelEntry) -> None:
        """Delete it."""


class TwinServicesWorld:
    """Services in a dictionary."""

    def __init__(self) -> None:
        self.services = memory.MemoryServices()

    def deploy(self, model: str, *, cluster: str = "one") -> ModelEntry:
        entry = _entry(model, cluster)
        self.services.put(entry, TaskCounts(0, 0, 0))
        return entry

    def delete(self, entry: ModelEntry) -> None:
        del self.services.held[entry.cluster, entry.service]


class EcsWorld:
    """Services of clusters that have no instances, so that no task of theirs starts."""

    def __init__(self, ecs: ECSClient, asked: ECSClient, unique: str) -> None:
        self._ecs = ecs
        self._unique = unique
        self._clusters: set[str] = set()
        self.services = EcsServices(asked)

    def deploy(self, model: str, *, cluster: str = "one") -> ModelEntry:
        entry = _entry(f"{self._unique}-{model}", f"{self._unique}-{cluster}")
        if entry.cluster not in self._clusters:
            self._ecs.create_cluster(clusterName=entry.cluster)
            self._clusters.add(entry.cluster)
        self._ecs.register_task_definition(
            family=self._unique,
            containerDefinitions=[{"name": "worker", "image": "worker", "memory": 128}],
        )
        self._ecs.create_service(
            cluster=entry.cluster,
            serviceName=entry.service,
            taskDefinition=self._unique,
            desiredCount=0,
        )
        return entry

    def delete(self, entry: ModelEntry) -> None:
        self._ecs.delete_service(cluster=entry.cluster, service=entry.service, force=True)


def _entry(model: str, cluster: str) -> ModelEntry:
    return ModelEntry(
        model, "https://queue", 10, 4, 30, "s3://m/", cluster=cluster, service=f"s-{model}"
    )
