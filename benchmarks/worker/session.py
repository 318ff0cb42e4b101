"""One worker, measured for a while: from what it has deleted to what it has cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.worker.usage import cpu_s, peak_rss_mb

if TYPE_CHECKING:
    import subprocess

    from benchmarks.worker.contender import Contender
    from benchmarks.worker.setting import Setting
    from benchmarks.worker.standin import Counts, StandIn

START_S = 60
"""By when each has deleted its first message."""
SETTLE_S = 1.0
"""After that, and before it is looked at."""


@dataclass(frozen=True, slots=True)
class Window:
    """For how long is looked on; how much waits in the queue; what each call takes."""

    seconds: float
    count: int
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What was counted at an instant, and the CPU used by then."""

    counts: Counts
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told of each worker."""

    jobs_per_s: float
    cpu_ms_per_job: float
    calls_per_job: float
    peak_rss_mb: float
    redelivered: int


def measure(contender: Contender, setting: Setting, window: Window) -> Figures:
    """Start it before a full queue, let it settle, look on for a while, end it."""
    aws = setting.aws
    aws.start(latency_ms=window.latency_ms, seed=contender.seed, count=window.count)
    with contender.running(setting) as process:
        if not _begins(aws, process):
            raise SystemExit(f"{contender.title} deletes nothing:\n{contender.told(setting)}")
        time.sleep(SETTLE_S)
        before = Sample(aws.counts(), cpu_s(process.pid))
        after_counts = aws.wait(deleted=window.count, timeout_s=window.seconds)
        after = Sample(after_counts, cpu_s(process.pid))
        return figures(before, after, peak_rss_mb(process.pid))


def figures(before: Sample, after: Sample, rss_mb: float) -> Figures:
    """What lies between two samples."""
    jobs = after.counts.deleted - before.counts.deleted
    if not jobs:
        raise SystemExit(f"nothing was deleted any more: {after.counts}")
    calls = sum(after.counts.calls.values()) - sum(before.counts.calls.values())
    return Figures(
        jobs_per_s=jobs / (after.counts.at_s - before.counts.at_s),
        cpu_ms_per_job=(after.cpu_s - before.cpu_s) * 1000 / jobs,
        calls_per_job=calls / jobs,
        peak_rss_mb=rss_mb,
        redelivered=after.counts.redelivered,
    )


def _begins(aws: StandIn, process: subprocess.Popen[bytes]) -> bool:
    """Whether it deletes a message before it ends, or its time is up."""
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s and process.poll() is None:
        if aws.wait(deleted=1, timeout_s=1).deleted:
            return True
    return False
