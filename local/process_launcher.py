"""Workers as processes: the container named `worker` becomes ``python -m worker``.

Other containers need a container engine and are refused.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from local import environment
from local.process import ProcessPlan, WorkerProcess
from local.task import WORKER, TaskContainer

if TYPE_CHECKING:
    from local.settings import Settings
    from local.workspace import Workspace


class ProcessLauncher:
    """Starts a process for each worker."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace

    def check(self) -> None:
        """Do nothing: a process reaches what its parent does."""

    def start(self, container: TaskContainer) -> WorkerProcess:
        """Start it, with a folder of this machine for each of its volumes."""
        if container.name != WORKER:
            raise ValueError(
                f"container {container.name} needs a container engine (make run CONTAINERS=1); "
                f"only {WORKER} runs as a process"
            )
        return WorkerProcess(self._plan(container)).start()

    def _plan(self, container: TaskContainer) -> ProcessPlan:
        task_id = container.identity.task_id
        return ProcessPlan(
            task_id=task_id,
            name=container.name,
            command=[sys.executable, "-m", "worker"],
            health_command=_local_command(list(container.health_command)),
            environment=self._environment(container),
            working_folder=self._settings.root,
            folder=self._workspace.tasks / task_id,
            log=self._workspace.task_logs / f"{task_id}.log",
            stop_timeout_s=container.stop_timeout_s,
            labels=container.labels,
        )

    def _environment(self, container: TaskContainer) -> dict[str, str]:
        """Return the container's environment, its paths being this machine's."""
        threads = str(max(1, int(container.definition.get("cpu") or 1024) // 1024))
        folders = self._folders(container)
        tmp = folders.get("/tmp", str(self._workspace.tmp))  # noqa: S108 - the task's own
        return {
            **environment.inherited(),
            # A process sees all the machine's processors, a task its own.
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "TOKENIZERS_PARALLELISM": "false",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": f"{self._settings.root / 'core'}:{self._settings.root}",
            "TMPDIR": tmp,
            "READY_FILE": f"{tmp}/ready",
            # All tasks of this machine load what one of them has fetched.
            "MODEL_CACHE": str(self._workspace.models),
            **{name: folders.get(value, value) for name, value in container.environment.items()},
        }

    def _folders(self, container: TaskContainer) -> dict[str, str]:
        """Make a folder for each volume; return them by their path in the container."""
        folder = self._workspace.tasks / container.identity.task_id
        folder.mkdir(parents=True, exist_ok=True)
        folders = {path: folder / volume for path, volume in container.volumes.items()}
        for made in folders.values():
            made.mkdir(exist_ok=True)
        return {path: str(made) for path, made in folders.items()}


def _local_command(command: list[str]) -> list[str]:
    """Return an image's command with this environment's Python in the place of its own."""
    return [sys.executable, *command[1:]] if command[:1] == ["python"] else command
