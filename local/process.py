"""One worker as an OS process, with the part of docker-py's Container that MiniStack uses."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from local.workspace import discard, tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

POLL_S = 0.1
HEALTH_TIMEOUT_S = 10


@dataclass(frozen=True)
class Plan:
    """What to run: `folder` is the process's own and goes with it; `stop_timeout_s` is ECS's."""

    task_id: str
    name: str
    command: Sequence[str]
    health_command: Sequence[str]
    environment: Mapping[str, str]
    working_folder: Path
    folder: Path
    log: Path
    stop_timeout_s: float
    labels: Mapping[str, str]


class WorkerProcess:
    """A running or ended worker. `start` must be called in a thread that outlives the process."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.id = f"{plan.task_id}-{plan.name}"
        self.name = plan.name
        self.labels = dict(plan.labels)
        self.was_stopped = False
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()

    def start(self) -> Self:
        """Start the process, its output going to the plan's log."""
        leash = [sys.executable, str(Path(__file__).with_name("leash.py")), str(os.getpid())]
        with self.plan.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own worker
                [*leash, *self.plan.command],
                cwd=self.plan.working_folder,
                env=dict(self.plan.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (self.plan.folder / "pid").write_text(f"{self._process.pid}\n")
        threading.Thread(target=self._reap, name=f"reap-{self.id}", daemon=True).start()
        return self

    # --- what MiniStack calls, by docker-py's names -----------------------------------------------

    @property
    def status(self) -> str:
        """Say "running" or "exited"."""
        return "exited" if self._ended.is_set() else "running"

    @property
    def attrs(self) -> dict[str, Any]:
        """Give the part of `docker inspect` that has a meaning here."""
        state = {"Status": self.status, "Pid": self.pid, "ExitCode": self.exit_code}
        networks = {"local": {"IPAddress": "127.0.0.1"}}
        return {"State": state, "NetworkSettings": {"Networks": networks}}

    def reload(self) -> None:
        """Do nothing: the status is always fresh."""

    def wait(self, timeout: float | None = None) -> dict[str, int]:
        """Wait for the end and return {"StatusCode": 0 to 255}, 128 + n where signal n ended it."""
        self._ended.wait(timeout)
        return {"StatusCode": self.exit_code}

    def logs(self, *, stream: bool = False, follow: bool = False, **options: Any) -> Any:  # noqa: ANN401 - docker-py's
        """Return what was written so far, or with `stream` an iterator up to the end."""
        if stream:
            return self._follow() if follow else iter([self.plan.log.read_bytes()])
        lines = options.get("tail", "all")
        return tail(self.plan.log, 10_000 if lines == "all" else int(lines)).encode()

    def stop(self, **_timeout: Any) -> None:  # noqa: ANN401 - docker-py's
        """Ask the worker to end, and end it after its stop timeout; returns at once.

        MiniStack passes 5 s and would wait for them; ECS gives the definition's stopTimeout.
        """
        self.was_stopped = True
        self.signal(signal.SIGTERM)
        killer = threading.Timer(self.plan.stop_timeout_s, self.kill)
        killer.daemon = True
        killer.start()

    def kill(self, sig: int | None = None) -> None:
        """End the worker and what it started."""
        if not self._ended.is_set() and self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sig or signal.SIGKILL)

    def remove(self, **_options: Any) -> None:  # noqa: ANN401 - docker-py's
        """Do nothing: what it leaves is cleared when it ends."""

    # --- what the runner asks ---------------------------------------------------------------------

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

    def healthy(self) -> bool:
        """Run the container's health check beside the worker; True for exit code 0."""
        if self._ended.is_set() or not self.plan.health_command:
            return not self._ended.is_set()
        try:
            checked = subprocess.run(  # noqa: S603 - the task definition's own command
                self.plan.health_command,
                cwd=self.plan.working_folder,
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

    def _follow(self) -> Iterator[bytes]:
        with self.plan.log.open("rb") as log:
            while True:
                ended = self._ended.is_set()
                if lines := log.read():
                    yield lines
                elif ended:
                    return
                else:
                    time.sleep(POLL_S)
