"""The image that the core's workers run: given, found by its content, or built here and pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy import image
from deploy.failure import DeployFailed
from deploy.image import Image, Repository

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.account import Account
    from deploy.console import Console
    from deploy.image import Docker
    from deploy.stacks import Stack

NAME = "spillway-worker"


class WorkerImage:
    """One deploy's image. `given` is the operator's, "" for one made of the sources in `root`."""

    def __init__(
        self, account: Account, console: Console, docker: Docker, root: Path, given: str
    ) -> None:
        self._account = account
        self._console = console
        self._docker = docker
        self._given = given
        self._tag = image.tag(root, docker.base)

    @property
    def _local(self) -> str:
        return f"{NAME}:{self._tag}"

    def prepare(self, core: Stack | None) -> Image | None:
        """Return the image if it is in a registry; else None, once it is built here.

        What can't succeed is found before anything is deployed: raises `DeployFailed`.
        """
        if self._given:
            named = image.given(self._account, self._given)
            self._console.skipped("worker image", f"{image.short(named.uri)}, as given")
            return named
        found = self._pushed(core) if core else None
        if found is not None:
            self._console.skipped("worker image", f"{image.short(found.uri)} is of these sources")
            return found
        self._docker.check()
        with self._console.step("build the worker image") as step:
            self._docker.build(self._local)
            step.note = self._local
        return None

    def push(self, core: Stack) -> Image:
        """Push what was built to the core's repository, and return it by its digest."""
        with self._console.step("push the worker image") as step:
            self._docker.push(self._repository(core), self._local, self._tag)
            pushed = self._pushed(core)
            if pushed is None:
                raise DeployFailed(f"ECR has no image {self._tag} after the push")
            step.note = image.short(pushed.uri)
        return pushed

    def _pushed(self, core: Stack) -> Image | None:
        repository = self._repository(core)
        uri = repository.by_digest(self._tag)
        return Image(uri, repository.arn) if uri else None

    def _repository(self, core: Stack) -> Repository:
        uri = core.output("WorkerRepositoryUri")
        repository = Repository.of(self._account, uri)
        if repository is None:
            raise DeployFailed(f"{uri} is no ECR repository")
        return repository


def parameters(core: Stack, chosen: Image) -> dict[str, str]:
    """Return the parameters that name an image, and its repository if that is not the core's."""
    own = core.output("WorkerRepositoryArn")
    elsewhere = "" if chosen.repository_arn == own else chosen.repository_arn
    return {"WorkerImage": chosen.uri, "WorkerRepositoryArn": elsewhere}
