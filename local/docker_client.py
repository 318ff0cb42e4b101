"""The part of docker-py's client that MiniStack's ECS calls, in front of our engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local import compatibility

if TYPE_CHECKING:
    from local.process import WorkerProcess
    from local.tasks import Engine

# ECS resolves a tag to a digest before it starts a task; nothing is fetched by it.
IMAGE_DIGEST = "sha256:" + "0" * 64


class DockerClient:
    """docker-py's DockerClient: `containers` and `images`."""

    def __init__(self, engine: Engine) -> None:
        self.containers = Containers(engine)
        self.images = Images()


class Containers:
    """docker-py's containers, each one a worker process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, _image: str, **options: Any) -> WorkerProcess:  # noqa: ANN401 - docker-py's
        """Start the container that ECS describes; raises for any but the worker."""
        return self._engine.start(options["labels"], options["environment"])

    def get(self, container_id: str) -> WorkerProcess:
        """Return a worker by its id; KeyError for another."""
        return self._engine.worker(container_id)

    def list(self, **_filters: Any) -> list[WorkerProcess]:  # noqa: ANN401 - docker-py's
        """Return every worker, the ended ones too."""
        return self._engine.workers()


class Images:
    """docker-py's images: each is there already, for none is used."""

    id = IMAGE_DIGEST

    def get(self, _name: str) -> Images:
        """Find any image."""
        return self

    def pull(self, _name: str, **_options: Any) -> Images:  # noqa: ANN401 - docker-py's
        """Fetch nothing."""
        return self

    def tag(self, _repository: str, **_options: Any) -> bool:  # noqa: ANN401 - docker-py's
        """Tag nothing."""
        return True

    def get_registry_data(self, _name: str, **_options: Any) -> Images:  # noqa: ANN401 - docker-py's
        """Resolve any tag to the one digest."""
        return self


def install(engine: Engine) -> None:
    """Put the engine where MiniStack's ECS keeps its docker client."""
    compatibility.replace("services.ecs._docker", DockerClient(engine))
