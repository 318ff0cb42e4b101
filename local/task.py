"""One container of a task, as its task definition and ECS describe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LABEL = "com.amazonaws.ecs."
WORKER = "worker"
DEFAULT_STOP_TIMEOUT_S = 30


@dataclass(frozen=True)
class Identity:
    """Which task, and whose rights it has."""

    task_arn: str
    role_arn: str

    @property
    def task_id(self) -> str:
        """Give the last part of the ARN."""
        return self.task_arn.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class TaskContainer:
    """A container to run: `declared` is its part of the task definition, in ECS's names.

    `environment` is whole: what the definition says and what ECS adds.
    """

    identity: Identity
    definition: Mapping[str, Any]
    declared: Mapping[str, Any]
    labels: Mapping[str, str]
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        """Give its name within the task."""
        return str(self.declared["name"])

    @property
    def volumes(self) -> dict[str, str]:
        """Give the volumes' names by their paths in the container."""
        points = self.declared.get("mountPoints", [])
        return {point["containerPath"]: point["sourceVolume"] for point in points}

    @property
    def health_command(self) -> Sequence[str]:
        """Give the health check's words, none where there is no check."""
        return list(self.declared.get("healthCheck", {}).get("command", []))[1:]

    @property
    def stop_timeout_s(self) -> float:
        """Give how long it may take to stop."""
        return float(self.declared.get("stopTimeout", DEFAULT_STOP_TIMEOUT_S))
