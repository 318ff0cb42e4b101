"""Services in a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.errors import UnknownModel
from spillway.ports import TaskCounts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spillway.ports import ModelEntry


class MemoryServices:
    """The twin of the models' ECS services, each by its cluster and name. No task ever starts."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], TaskCounts] = {}

    def put(self, entry: ModelEntry, counts: TaskCounts) -> None:
        """Do what deploying the service does, or its tasks' coming and going."""
        self.held[entry.cluster, entry.service] = counts

    def counts(self, entries: Sequence[ModelEntry]) -> Mapping[str, TaskCounts]:
        return {
            entry.model: self.held[entry.cluster, entry.service]
            for entry in entries
            if (entry.cluster, entry.service) in self.held
        }

    def set_desired(self, entry: ModelEntry, count: int) -> None:
        service = (entry.cluster, entry.service)
        if service not in self.held:
            raise UnknownModel("no such service")
        have = self.held[service]
        self.held[service] = TaskCounts(have.running, have.pending, count)
