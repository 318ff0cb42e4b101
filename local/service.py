"""The default model's ECS service: how many workers it has, and whether they are ready."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from local.failure import StartFailed
from tools.tail import tail

if TYPE_CHECKING:
    from local.worker import Worker


class Workers(Protocol):
    """Who knows the workers: the engine."""

    def workers(self) -> list[Worker]:
        """Return every worker, the ended ones too."""

    def running(self) -> list[Worker]:
        """Return the workers that run now."""

    def fault(self) -> Exception | None:
        """Return why a worker could not be started, None where all were."""


READY_TIMEOUT_S = 180
POLL_S = 0.25


def wait_until_ready(engine: Workers, count: int, timeout_s: float = READY_TIMEOUT_S) -> None:
    """Wait until `count` workers pass their health check.

    Raises `StartFailed` when one ends, or can't be started.

    A worker that was told to stop counts for nothing: after KEEP=1 the scheduler begins with the
    workers of the last run, and replaces them once a changed template is deployed.
    """
    known = {worker.id for worker in engine.workers() if worker.status == "exited"}
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if count and (fault := engine.fault()):
            raise StartFailed(f"a worker can't be started: {fault}")
        for worker in engine.workers():
            if worker.status == "exited" and not worker.was_stopped and worker.id not in known:
                raise ended(worker)
        running = [worker for worker in engine.running() if not worker.was_stopped]
        if len(running) >= count and all(worker.healthy() for worker in running):
            return
        time.sleep(POLL_S)
    logs = [worker.plan.log for worker in engine.running() if not worker.was_stopped]
    raise StartFailed(
        f"{len(logs)} of {count} workers run, and not all are ready after {timeout_s:.0f} s",
        log=logs[0] if logs else None,
        excerpt=tail(logs[0]) if logs else "",
    )


def ended(worker: Worker) -> StartFailed:
    """Say how a worker ended that should not have."""
    log = worker.plan.log
    return StartFailed(f"a worker ended with code {worker.exit_code}", log=log, excerpt=tail(log))
