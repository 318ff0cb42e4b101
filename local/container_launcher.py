"""Workers as containers, with CONTAINERS=1: the worker's image, run as its task definition says.

A task has a network of its own on AWS. Here its containers share this machine's, so that they
reach the emulator at the loopback address where it listens, and nobody else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docker.errors import DockerException
from docker.types import Mount

from local import worker_image
from local.container import ContainerPlan, WorkerContainer
from local.container_engine import RUN_LABEL
from local.failure import StartFailed
from local.task import WORKER, TaskContainer

if TYPE_CHECKING:
    from docker.client import DockerClient

    from local.settings import Settings
    from local.workspace import Workspace

NETWORK = "host"
CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)"


class ContainerLauncher:
    """Starts a container for each container of a task."""

    def __init__(self, settings: Settings, workspace: Workspace, client: DockerClient) -> None:
        self._settings = settings
        self._workspace = workspace
        self._client = client

    def check(self) -> None:
        """Raise `StartFailed` where containers don't reach the emulator."""
        try:
            self._client.containers.run(
                worker_image.TAG,
                ["-c", CONNECT, str(self._settings.port)],
                entrypoint=["python"],
                network_mode=NETWORK,
                labels={RUN_LABEL: str(self._workspace.root)},
                # In the place of the image's volumes, which would stay behind.
                tmpfs={"/tmp": "", "/model": ""},  # noqa: S108 - the container's own
                remove=True,
            )
        except DockerException as error:
            raise StartFailed(
                "containers don't reach this machine's own address: the engine must run on it "
                "(not rootless) or, as Docker Desktop, have host networking enabled",
                excerpt=str(error),
            ) from None

    def start(self, container: TaskContainer) -> WorkerContainer:
        """Start it; another container than the worker runs the image that it names."""
        return WorkerContainer(self._plan(container), self._client).start()

    def _plan(self, container: TaskContainer) -> ContainerPlan:
        task_id = container.identity.task_id
        suffix = "" if container.name == WORKER else f"-{container.name}"
        folder = self._workspace.tasks / f"{task_id}{suffix}"
        folder.mkdir(parents=True, exist_ok=True)
        return ContainerPlan(
            task_id=task_id,
            name=container.name,
            health_command=container.health_command,
            environment=container.environment,
            folder=folder,
            log=self._workspace.task_logs / f"{task_id}{suffix}.log",
            stop_timeout_s=container.stop_timeout_s,
            labels={**container.labels, RUN_LABEL: str(self._workspace.root)},
            image=worker_image.TAG if container.name == WORKER else container.declared["image"],
            options={"name": f"spillway-{task_id}-{container.name}", **options(container)},
        )


def options(container: TaskContainer) -> dict[str, Any]:
    """Return what docker-py is told for a container that ECS describes so."""
    declared, linux = container.declared, container.declared.get("linuxParameters", {})
    capabilities = linux.get("capabilities", {})
    told = {
        "network_mode": NETWORK,
        "user": declared.get("user"),
        "read_only": declared.get("readonlyRootFilesystem", False),
        "init": linux.get("initProcessEnabled", False),
        "cap_drop": capabilities.get("drop"),
        "cap_add": capabilities.get("add"),
        "entrypoint": declared.get("entryPoint"),
        "command": declared.get("command"),
        # A new volume takes the owner and mode that the path has in the image, as on Fargate.
        "mounts": [Mount(path, None, type="volume") for path in container.volumes],
        # The limits are the task's; its containers share them.
        "mem_limit": f"{container.definition['memory']}m",
        "nano_cpus": int(container.definition["cpu"]) * 1_000_000_000 // 1024,
        # As on ECS, the health check is the definition's, not the image's.
        "healthcheck": {"test": ["NONE"]},
        "platform": worker_image.PLATFORM,
    }
    return {name: value for name, value in told.items() if value not in (None, [])}
