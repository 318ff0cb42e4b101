"""What the worker's loop asks of the world, without ever blocking it.

`spillway.aws.aio` answers on AWS, `worker.threads` for what has no asyncio of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from spillway.errors import InferenceError
    from spillway.job import Job, JobKey
    from spillway.ports import Received
    from spillway.strict_json import Json
    from spillway.update import Update


class Jobs(Protocol):
    """The jobs' store, as far as a worker needs it."""

    async def get(self, key: JobKey) -> Job | None:
        """Return the job as last written, or None."""

    async def apply(self, update: Update) -> Job:
        """Carry out a conditional write, or raise `UpdateRefused`."""


class Inbox(Protocol):
    """The model's queue and its DLQ, from the reading end."""

    async def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        """Wait up to `wait_s` seconds for messages."""

    async def delete(self, receipts: Sequence[str]) -> None:
        """Remove up to 10 messages for good."""

    async def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        """Let up to 10 messages be received again only after `for_s` seconds."""

    async def bury(self, body: str, *, group: str, reason: str) -> None:
        """Append a copy to the DLQ."""


class Objects(Protocol):
    """One bucket."""

    def uri(self, key: str) -> str:
        """Return the object's address."""

    def key(self, uri: str) -> str | None:
        """Return the key of an address in this bucket, else None."""

    async def get(self, key: str, *, most_bytes: int) -> bytes:
        """Return the object; raise `ObjectMissing`, or ValueError where it is longer than that."""

    async def put(self, key: str, body: bytes) -> None:
        """Store a JSON text."""


class Agent(Protocol):
    """ECS's agent beside this task."""

    async def protect(self, minutes: int | None) -> None:
        """Keep the task from scale-in for so long, None: no longer; or raise `Unavailable`."""


class Figures(Protocol):
    """The model's live figures, from the writing end."""

    async def add(self, *, busy_ms: int, jobs: int) -> None:
        """Count jobs that ended, and how long jobs held slots together."""


type Compute = Callable[[Sequence[Json]], Awaitable[Sequence[str | InferenceError]]]
"""The model, computing elsewhere than on the loop: one JSON text per payload, in order.

Raising an `InferenceError` fails the whole batch, whose jobs are then run one by one.
"""
