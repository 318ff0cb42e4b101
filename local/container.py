"""One worker as a container."""

from __future__ import annotations

import contextlib
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from docker.errors import APIError
from requests.exceptions import RequestException

from local.worker import Plan, Worker
from local.workspace import discard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker.client import DockerClient
    from docker.models.containers import Container

# The engine says no, or says nothing: docker-py lets requests' time-outs through.
ENGINE_FAULTS = (APIError, RequestException)


@dataclass(frozen=True, kw_only=True)
class ContainerPlan(Plan):
    """What to run; `options` are docker-py's, beside image, environment and labels."""

    image: str
    options: Mapping[str, Any]


class WorkerContainer(Worker):
    """A running or ended worker; its container is removed when it ends."""

    def __init__(self, plan: ContainerPlan, client: DockerClient) -> None:
        super().__init__(plan)
        self._plan = plan
        self._client = client
        self._container: Container | None = None
        self._exit_code = 0
        self._pid = 0

    def start(self) -> Self:
        """Create and start the container, its output going to the plan's log."""
        container = self._client.containers.create(
            self._plan.image,
            environment=dict(self.plan.environment),
            labels=dict(self.plan.labels),
            **self._plan.options,
        )
        try:
            container.start()
            container.reload()
        except BaseException:
            container.remove(force=True, v=True)
            raise
        self._container, self._pid = container, int(container.attrs["State"]["Pid"])
        self.plan.log.touch()
        (self.plan.folder / "pid").write_text(f"{self._pid}\n")
        (self.plan.folder / "container").write_text(f"{container.id}\n")
        threading.Thread(target=self._reap, name=f"reap-{self.id}", daemon=True).start()
        return self

    @property
    def pid(self) -> int:
        """Give the process id that the engine tells, 0 before the start."""
        return self._pid

    @property
    def exit_code(self) -> int:
        """Give the container's exit code, 0 while it runs."""
        return self._exit_code

    def signal(self, sig: int) -> None:
        """Send a signal to the container's first process."""
        if not self._ended.is_set() and self._container is not None:
            # The engine refuses where it has ended meanwhile.
            with contextlib.suppress(*ENGINE_FAULTS):
                self._container.kill(signal=int(sig))

    def kill(self, sig: int | None = None) -> None:
        """End the container."""
        self.signal(sig or signal.SIGKILL)

    def healthy(self) -> bool:
        """Run the container's health check within it; True for exit code 0."""
        if self._ended.is_set() or self._container is None or not self.plan.health_command:
            return not self._ended.is_set()
        try:
            checked = self._container.exec_run(list(self.plan.health_command))
        except ENGINE_FAULTS:
            return False
        return bool(checked.exit_code == 0)

    def _reap(self) -> None:
        """Copy the log to its end, wait for the container's, remove it."""
        assert self._container is not None  # noqa: S101 - set before the thread starts
        try:
            # A log that breaks off is not the container's end.
            with contextlib.suppress(*ENGINE_FAULTS):
                self._copy_log(self._container)
            self._exit_code = int(self._container.wait(timeout=None)["StatusCode"])
            self._container.remove(force=True, v=True)
        except ENGINE_FAULTS:
            # Removed by someone else, or the engine is gone: it is no longer ours to watch.
            self._exit_code = self._exit_code or 128 + signal.SIGKILL
        finally:
            discard(self.plan.folder)
            self._ended.set()

    def _copy_log(self, container: Container) -> None:
        with self.plan.log.open("ab", buffering=0) as log:
            for chunk in container.logs(stream=True, follow=True):
                log.write(chunk)
