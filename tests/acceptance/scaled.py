"""A system whose models all begin with no task, and what is asked of it to see them come and go."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.acceptance.running import running
from tests.acceptance.system import ROOT, System

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.acceptance.system import Caller

WAKE_S = 20
"""More than a wake needs on a busy machine, less than an alarm and the scaler's minute."""
FOLDER = ROOT / ".local" / "capacity"
MODELS: Mapping[str, Mapping[str, str]] = {
    "busy": {"TargetLatencySeconds": "1", "StartupSeconds": "0", "MaxBatch": "1"},
    "patient": {"TargetLatencySeconds": "86400"},
    "calm": {"TargetLatencySeconds": "3600"},
    "few-1": {"TargetLatencySeconds": "60"},
    "few-2": {"TargetLatencySeconds": "60"},
    "few-10": {"TargetLatencySeconds": "60"},
    "few-99": {"TargetLatencySeconds": "60"},
    "flooded": {
        "TargetLatencySeconds": "5",
        "StartupSeconds": "1",
        "MaxTasks": "3",
        "MaxBatch": "1",
    },
}


@dataclass(frozen=True)
class Scaled:
    """A system with all `MODELS`, and one tenant of it."""

    system: System
    caller: Caller

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Scaled]:
        """Run it until the block ends."""
        with running(FOLDER, TASKS="0", PARAMETERS="ModelIdleMinutes=1"):
            system = System.at(FOLDER)
            for name, parameters in MODELS.items():
                system.upload_unruly_model(name)
                system.deploy_model(name, IdleMinutes="1", **parameters)
            with system.caller() as caller:
                yield cls(system, caller)

    def submit(self, model: str, jobs: int = 1, **asked: Any) -> list[str]:
        """Submit so many alike; return their ids."""
        payload = {"say": "done", **asked}
        return [self.caller.submit(payload, model=model)["jobId"] for _ in range(jobs)]

    def ended(self, job_ids: list[str], within_s: float = 120) -> list[tuple[str, int]]:
        """Wait for these jobs; return each one's status and attempts."""
        jobs = [self.caller.until(each, within_s=within_s) for each in job_ids]
        return [(job["status"], job["attempts"]) for job in jobs]

    def until(self, holds: Callable[[], bool], within_s: float) -> None:
        """Wait until it holds."""
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, f"not within {within_s} s:\n{self.said()}"
            time.sleep(0.5)

    def said(self) -> str:
        """What `make run` has printed."""
        return (FOLDER / "run.log").read_text()


@dataclass(frozen=True)
class Held:
    """Jobs that go on until a file is there, and shorter ones beside them."""

    job_ids: list[str]
    shorter: list[str]
    file: Path

    def release(self) -> None:
        """Let them end."""
        self.file.touch()
