"""Places that a file's content is brought into: memory, or a folder that outlives the task."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from worker.model.manifest import ModelFile


class Holds(Enum):
    """What lies in a place when it is claimed. None of it is checked yet."""

    NOTHING = auto()
    SOME = auto()
    ALL = auto()


class Place(Protocol):
    """One file's content, open for as long as the place is held."""

    @property
    def descriptor(self) -> int:
        """The open file."""

    @property
    def holds(self) -> Holds:
        """What lay here when it was claimed."""

    @property
    def path(self) -> Path:
        """Where the content can be opened by name once it is kept."""

    def keep(self) -> None:
        """Make it the file, which nobody writes to any more: its content is right."""

    def discard(self) -> None:
        """Take it away: its content is wrong, or can't be gone on with."""

    def close(self) -> None:
        """Let go of it; what is half there may be gone on with by the next to claim it."""


class Places(Protocol):
    """Where places are claimed."""

    def claim(self, file: ModelFile) -> Place:
        """Open the file's place, alone unless it holds `ALL`; wait for who has it now.

        Two processes that claim several files claim them by their SHA-256 in order.
        """
