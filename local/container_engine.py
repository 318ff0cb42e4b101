"""The container engine of this machine, Docker's or one that speaks its API."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import docker
from docker.errors import DockerException, NotFound

from local.failure import StartFailed
from local.workspace import discard

if TYPE_CHECKING:
    from docker.client import DockerClient

    from local.workspace import Workspace

RUN_LABEL = "dev.spillway.run"
"""Labels each container of a run with the run's folder, so that whoever comes next finds it."""


def connect() -> DockerClient:
    """Return a client of the engine that DOCKER_HOST, or else docker's context, names.

    Raises `StartFailed` where none answers. It reads the environment, which a start then scrubs.
    """
    try:
        client = docker.from_env()
        client.ping()
    except (DockerException, OSError) as error:
        raise StartFailed(
            f"no container engine answers: start Docker, or name one by DOCKER_HOST ({error})"
        ) from None
    return client


def remove_leftovers(client: DockerClient, workspace: Workspace) -> int:
    """Remove what an earlier run of this folder left running; return how many containers."""
    label = f"{RUN_LABEL}={workspace.root}"
    found = client.containers.list(all=True, filters={"label": label})
    for container in found:
        with suppress(NotFound):
            container.remove(force=True, v=True)
    discard(workspace.tasks)  # the marks of these containers lie there
    return len(found)
