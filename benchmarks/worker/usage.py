"""What a process and all below it have used, as Linux tells."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of CPU, of user and system, of the process, its children and those that ended."""
    return sum(map(_ticks, tree(pid))) / _TICKS


def peak_rss_mb(pid: int) -> float:
    """The sum of each process's own peak; what two share counts twice."""
    return sum(map(_peak_kb, tree(pid))) / 1024


def tree(pid: int) -> Iterator[int]:
    """The process and its descendants."""
    yield pid
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(thread).split():
            yield from tree(int(child))


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Processes that are started meanwhile keep to this core."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def _ticks(pid: int) -> int:
    """utime, stime, and the same of children that were waited for; see proc(5)."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def _peak_kb(pid: int) -> int:
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    """A file of /proc; empty once the process has ended."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
