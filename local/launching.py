"""What runs a run's workers: processes, or with CONTAINERS=1 containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local import worker_image
from local.container_engine import connect, remove_leftovers
from local.container_launcher import ContainerLauncher
from local.process_launcher import ProcessLauncher

if TYPE_CHECKING:
    from docker.client import DockerClient

    from local.console import Console
    from local.settings import Settings
    from local.tasks import Launcher
    from local.workspace import Workspace


def container_engine(settings: Settings, workspace: Workspace) -> DockerClient | None:
    """Return the engine that CONTAINERS=1 needs, None without it.

    What a killed run of this folder left behind is removed. Raises `StartFailed`.
    """
    if not (settings.containers or workspace.has_containers()):
        return None
    client = connect()
    remove_leftovers(client, workspace)
    return client if settings.containers else None


def launcher(
    settings: Settings, workspace: Workspace, client: DockerClient | None, console: Console
) -> Launcher:
    """Return what starts workers; an image that is missing or outdated is built first."""
    if client is None:
        return ProcessLauncher(settings, workspace)
    with console.step("the worker's image") as step:
        if not worker_image.is_built(client, settings.root):
            worker_image.build(client, settings.root, workspace.logs / "worker-image.log")
        step.note = f"{worker_image.megabytes(client)} MB"
    return ContainerLauncher(settings, workspace, client)
