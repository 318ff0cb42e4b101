"""`python -m worker` with queue traffic alone: claims, results and figures are written nowhere.

The product has no such switch. Here the world that its `__main__` asks for is handed on with three
of its ports replaced, so that what remains is receive, batch, predict and delete.
"""

from __future__ import annotations

from dataclasses import replace
from runpy import run_module
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from spillway.errors import ObjectMissing
from spillway.job import Job, JobKey, Status
from worker import assembly

if TYPE_CHECKING:
    from spillway.update import Update
    from worker.assembly import World

NOBODY = Job(
    tenant="",
    job_id="",
    model="",
    status=Status.QUEUED,
    created_at_ms=0,
    expires_at_ms=0,
    timeout_s=60,
    delete_at_s=0,
    fingerprint="",
    payload_bytes=0,
)


class NoJobs:
    """Every write is granted and forgotten."""

    async def get(self, key: JobKey) -> Job | None:  # noqa: ARG002 - the port's
        """Know nothing."""
        return None

    async def apply(self, update: Update) -> Job:
        """Answer with what the write would have made of a new job."""
        return replace(
            NOBODY, tenant=update.key.tenant, job_id=update.key.job_id, **_written(update)
        )


class NoObjects:
    """Every result is thrown away."""

    def uri(self, key: str) -> str:
        """An address where nothing lies."""
        return f"s3://nowhere/{key}"

    def key(self, uri: str) -> str | None:  # noqa: ARG002 - the port's
        """No address is known."""
        return None

    async def get(self, key: str, *, most_bytes: int) -> bytes:  # noqa: ARG002 - the port's
        """Nothing is there: payloads lie in their messages."""
        raise ObjectMissing(key)

    async def put(self, key: str, body: bytes) -> None:
        """Throw it away."""


class NoFigures:
    """Live figures that nobody reads."""

    async def add(self, *, busy_ms: int, jobs: int) -> None:
        """Throw them away."""


def _written(update: Update) -> dict[str, Any]:
    return {"status": Status(str(update.set["status"])), "attempts": 1}


def main() -> None:
    """Run the worker."""
    on_aws = assembly.on_aws

    def queue_alone(*asked: Any, **named: Any) -> World:  # noqa: ANN401 - whatever it takes
        world = on_aws(*asked, **named)
        return replace(world, jobs=NoJobs(), results=NoObjects(), figures=NoFigures())

    # `worker.__main__`, which is run now, takes the function from there.
    with patch.object(assembly, "on_aws", queue_alone):
        run_module("worker", run_name="__main__")


if __name__ == "__main__":
    main()
