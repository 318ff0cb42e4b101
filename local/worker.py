"""One running worker, with the part of docker-py's Container that MiniStack uses.

What runs it, a process or a container, is for the two kinds to say.
"""

from __future__ import annotations

import signal
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tools.tail import tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

POLL_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run: `folder` is the worker's own and goes with it; `stop_timeout_s` is ECS's."""

    task_id: str
    name: str
    health_command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    stop_timeout_s: float
    labels: Mapping[str, str]


class Worker(ABC):
    """A running or ended worker; its output goes to the plan's log."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.id = f"{plan.task_id}-{plan.name}"
        self.name = plan.name
        self.labels = dict(plan.labels)
        self.was_stopped = False
        self._ended = threading.Event()

    # --- what each kind does in its own way -------------------------------------------------------

    @abstractmethod
    def start(self) -> Self:
        """Start it, and have `_reap` run in a thread."""

    @property
    @abstractmethod
    def pid(self) -> int:
        """Give its process id on this machine, 0 before the start."""

    @property
    @abstractmethod
    def exit_code(self) -> int:
        """Give the code as a container engine would, 0 while it runs."""

    @abstractmethod
    def signal(self, sig: int) -> None:
        """Send a signal to its first process alone; do nothing once it has ended."""

    @abstractmethod
    def kill(self, sig: int | None = None) -> None:
        """End it and what it started."""

    @abstractmethod
    def healthy(self) -> bool:
        """Run the container's health check beside it; True for exit code 0."""

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

    def reload(self) -> None:  # noqa: B027 - docker-py has it
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

    def remove(self, **_options: Any) -> None:  # noqa: ANN401, B027 - docker-py has it
        """Do nothing: what it leaves is cleared when it ends."""

    def _follow(self) -> Iterator[bytes]:
        """Give whole lines: MiniStack takes what it gets for some."""
        with self.plan.log.open("rb") as log:
            begun = b""
            while True:
                ended = self._ended.is_set()
                if read := log.read():
                    lines, newline, begun = (begun + read).rpartition(b"\n")
                    yield lines + newline
                elif ended:
                    yield begun
                    return
                else:
                    time.sleep(POLL_S)
