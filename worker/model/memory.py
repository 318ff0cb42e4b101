"""Files in memory that have a path all the same, so that whatever opens files can map them."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

from worker.model.place import Holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.model.manifest import ModelFile


class MemoryPlace:
    """A file without a folder (`man memfd_create`). It goes with the last who has it open."""

    holds = Holds.NOTHING

    def __init__(self, file: ModelFile) -> None:
        self.descriptor = os.memfd_create(file.sha256, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, file.bytes)
        # This process's own number: a process that it starts finds the file by it, too.
        self.path = Path(f"/proc/{os.getpid()}/fd/{self.descriptor}")

    def keep(self) -> None:
        """Seal it: what was checked stays as it is."""
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, seals)

    def discard(self) -> None:
        """Give its memory back."""
        self.close()

    def close(self) -> None:
        """Give its memory back, unless it is mapped."""
        os.close(self.descriptor)


class Memory:
    """Places in this process's memory; each is empty."""

    def claim(self, file: ModelFile) -> MemoryPlace:
        """Make one."""
        return MemoryPlace(file)


def room_bytes() -> int:
    """How much memory this process may still take: what is free here, and what its cgroup leaves.

    0 where the kernel does not say, or has no files in memory (it is not Linux's).
    """
    if not hasattr(os, "memfd_create"):
        return 0
    return min([_available_bytes(), *_left_bytes()])


_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)
"""Version 2 and version 1, as a container sees its own."""


def _available_bytes() -> int:
    """The kernel's own estimate of what could be taken without swapping."""
    try:
        fields = Path("/proc/meminfo").read_text().split()
        return int(fields[fields.index("MemAvailable:") + 1]) * 1024
    except (OSError, ValueError, IndexError):
        return 0


def _left_bytes() -> Iterator[int]:
    """What each limit leaves; "max" is none."""
    for limit, used in _CGROUPS:
        try:
            yield int(Path(limit).read_text()) - int(Path(used).read_text())
        except (OSError, ValueError):
            continue
