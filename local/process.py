"""One worker as an OS process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from local.worker import Plan, Worker
from local.workspace import discard

if TYPE_CHECKING:
    from collections.abc import Sequence

HEALTH_TIMEOUT_S = 10


@dataclass(frozen=True, kw_only=True)
class ProcessPlan(Plan):
    """What to run; `environment` is the process's whole environment."""

    command: Sequence[str]
    working_folder: Path


class WorkerProcess(Worker):
    """A running or ended worker. `start` must be called in a thread that outlives the process."""

    def __init__(self, plan: ProcessPlan) -> None:
        super().__init__(plan)
        self._plan = plan
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the process, its output going to the plan's log."""
        leash = [sys.executable, str(Path(__file__).with_name("leash.py")), str(os.getpid())]
        with self.plan.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own worker
                [*leash, *self._plan.command],
                cwd=self._plan.working_folder,
                env=dict(self.plan.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (self.plan.folder / "pid").write_text(f"{self._process.pid}\n")
        threading.Thread(target=self._reap, name=f"reap-{self.id}", daemon=True).start()
        return self

    @property
    def pid(self) -> int:
        """Give the process id, 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def exit_code(self) -> int:
        """Give the code as a container engine would, 0 while it runs."""
        code = (self._process.returncode if self._process else None) or 0
        return 128 - code if code < 0 else code

    def signal(self, sig: int) -> None:
        """Send a signal to the worker alone, as a container engine does to its first process."""
        if not self._ended.is_set() and self._process is not None:
            self._process.send_signal(sig)

    def kill(self, sig: int | None = None) -> None:
        """End the worker and what it started."""
        if not self._ended.is_set() and self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sig or signal.SIGKILL)

    def healthy(self) -> bool:
        """Run the container's health check beside the worker; True for exit code 0."""
        if self._ended.is_set() or not self.plan.health_command:
            return not self._ended.is_set()
        try:
            checked = subprocess.run(  # noqa: S603 - the task definition's own command
                self.plan.health_command,
                cwd=self._plan.working_folder,
                env=dict(self.plan.environment),
                capture_output=True,
                timeout=HEALTH_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return checked.returncode == 0

    def _reap(self) -> None:
        assert self._process is not None  # noqa: S101 - set before the thread starts
        self._process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        discard(self.plan.folder)
        self._ended.set()
