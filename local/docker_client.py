"""The part of docker-py's client that MiniStack's ECS calls, in front of our engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local import compatibility

if TYPE_CHECKING:
    from local.tasks import Engine
    from local.worker import Worker

# ECS resolves a tag to a digest before it starts a task; nothing is fetched by it.
IMAGE_DIGEST = "sha256:" + "0" * 64


class DockerClient:
    """docker-py's DockerClient: `containers` and `images`."""

    def __init__(self, engine: Engine) -> None:
        self.containers = Containers(engine)
        self.images = Images()


class Containers:
    """docker-py's containers, each one a worker."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, _image: str, **options: Any) -> Worker:  # noqa: ANN401 - docker-py's
        """Start the container that ECS describes; raises where it can't be run."""
        return self._engine.start(options["labels"], options["environment"])

    def get(self, container_id: str) -> Worker:
        """Return a worker by its id; KeyError for another."""
        return self._engine.worker(container_id)

    def list(self, **_filters: Any) -> list[Worker]:  # noqa: ANN401 - docker-py's
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
