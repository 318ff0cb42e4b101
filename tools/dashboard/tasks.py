"""What the workers' processes use of what their tasks were given: a local run's tasks alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spillway_cli.target import Target


PERIOD_S = 60
"""ECS tells CloudWatch of each task once a minute."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_UTIME, _STIME = 13, 14  # fields of /proc/<pid>/stat, proc_pid_stat(5), counted from 0


@dataclass(frozen=True, slots=True)
class Usage:
    """One task's share of its processor and memory over the last minute."""

    service: str
    cpu_percent: float
    memory_percent: float


@dataclass(frozen=True, slots=True)
class Process:
    """A worker, and what it had used when."""

    service: str
    cpu_s: float
    at_s: float


class Tasks:
    """The tasks of a local run, by their pid files."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.cluster = target.output("Cluster")
        self._stack = target.stack_name
        self._ecs = target.aws("ecs")
        self._folder = folder
        self._before: dict[int, Process] = {}
        self._due_s = 0.0

    def usages(self, now_s: float) -> Iterator[Usage]:
        """What each task used since the last minute; nothing while the minute is not over."""
        if now_s < self._due_s:
            return
        self._due_s = now_s // PERIOD_S * PERIOD_S + PERIOD_S
        now = {pid: process for pid in self._pids() if (process := self._process(pid, now_s))}
        for pid, process in now.items():
            cores, memory_bytes = self._size(process.service)
            before = self._before.get(pid) or Process(process.service, 0, now_s - PERIOD_S)
            used = (process.cpu_s - before.cpu_s) / (now_s - before.at_s) / cores
            yield Usage(process.service, 100 * used, 100 * _rss_bytes(pid) / memory_bytes)
        self._before = now

    def _pids(self) -> list[int]:
        return [int(path.read_text()) for path in self._folder.glob("tasks/*/pid")]

    def _process(self, pid: int, now_s: float) -> Process | None:
        try:
            environment = _environment(pid)
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (OSError, IndexError):
            return None
        # The name, which may hold blanks, and the pid before it are cut off: two fields less.
        ticks = int(fields[_UTIME - 2]) + int(fields[_STIME - 2])
        return Process(f"{self._stack}-{environment.get('MODEL')}", ticks / _TICKS, now_s)

    def _size(self, service: str) -> tuple[float, int]:
        """The cores and the bytes that a task of the service is given."""
        described = self._ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
        return int(described["cpu"]) / 1024, int(described["memory"]) << 20


def _rss_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _environment(pid: int) -> Mapping[str, str]:
    said = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    return dict(part.split("=", 1) for part in said.split("\0") if "=" in part)
