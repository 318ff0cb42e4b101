"""The worker's image for CONTAINERS=1: the one that is deployed, built from what lies here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docker.errors import APIError, BuildError, ImageNotFound

from local.deployment import fingerprint
from local.failure import StartFailed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from docker.client import DockerClient
    from docker.models.images import Image

    type Line = object

TAG = "spillway-worker:local"
# What the Dockerfile copies, and itself. A change in any of them needs a build.
INPUTS = ("worker", "core/spillway", ".dockerignore")
INPUTS_LABEL = "dev.spillway.inputs"
# As the task definition has it, whatever this machine is.
PLATFORM = "linux/amd64"
EXCERPT_LINES = 6


def is_built(client: DockerClient, root: Path) -> bool:
    """Tell whether the image is there and was made from what lies here now."""
    image = _stored(client)
    return image is not None and image.labels.get(INPUTS_LABEL) == fingerprint(root, INPUTS)


def build(client: DockerClient, root: Path, log: Path) -> Image:
    """Build it, what the engine says going to `log`; raises `StartFailed`."""
    before = _stored(client)
    try:
        image, lines = client.images.build(
            path=str(root),
            dockerfile="worker/Dockerfile",
            tag=TAG,
            platform=PLATFORM,
            labels={INPUTS_LABEL: fingerprint(root, INPUTS)},
            rm=True,
        )
    except BuildError as error:
        raise _failed(error, log, _text(error.build_log)) from None
    except APIError as error:
        raise _failed(error, log, str(error)) from None
    log.write_text(_text(lines))
    if before is not None and before.id != image.id:
        _remove_quietly(before)
    return image


def megabytes(client: DockerClient) -> int:
    """Return the image's size, unpacked."""
    return round(int(client.images.get(TAG).attrs["Size"]) / 1e6)


def _stored(client: DockerClient) -> Image | None:
    try:
        return client.images.get(TAG)
    except ImageNotFound:
        return None


def _failed(error: Exception, log: Path, text: str) -> StartFailed:
    log.write_text(text)
    excerpt = "\n".join(text.strip().splitlines()[-EXCERPT_LINES:])
    return StartFailed(
        f"the worker's image can't be built: {str(error).strip()}", log=log, excerpt=excerpt
    )


def _text(lines: Iterable[Line]) -> str:
    return "".join(str(line.get("stream", "")) for line in lines if isinstance(line, dict))


def _remove_quietly(image: Image) -> None:
    """Remove the image that lost its tag; one that a container of another run uses stays."""
    try:
        image.remove()
    except APIError:
        return
