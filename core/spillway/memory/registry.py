"""Models in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.errors import UnknownModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.ports import ModelEntry


class MemoryRegistry:
    """The twin of the parameters by which model stacks announce themselves."""

    def __init__(self, entries: Sequence[ModelEntry] = ()) -> None:
        self.entries = list(entries)

    def models(self) -> Sequence[ModelEntry]:
        return sorted(self.entries, key=lambda entry: entry.model)

    def find(self, model: str) -> ModelEntry:
        for entry in self.entries:
            if entry.model == model:
                return entry
        raise UnknownModel("no such model in the registry")
