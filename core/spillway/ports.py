"""What Spillway asks of the world. `spillway.aws` answers on AWS, `spillway.memory` in a process.

Every method may raise `Unavailable` where the service behind it throttles, fails or is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spillway.job import Job, JobKey
    from spillway.update import Update

type Clock = Callable[[], int]
"""Now, in epoch milliseconds."""


class JobStore(Protocol):
    """Where jobs live. Each write is conditional, so that of two writers one is told."""

    def put(self, job: Job) -> None:
        """Store a new job, or raise `JobExists` with the one that has its id."""

    def get(self, key: JobKey) -> Job | None:
        """Return the job as last written, or None."""

    def get_many(self, keys: Sequence[JobKey]) -> Sequence[Job]:
        """Return those of the jobs that exist, in the order of `keys`."""

    def apply(self, update: Update) -> Job:
        """Carry out the update and return the job after it, or raise `UpdateRefused`."""

    def forget(self, key: JobKey) -> None:
        """Remove a job that is still QUEUED; do nothing else."""

    def page(self, tenant: str, *, before: str | None, limit: int) -> Sequence[Job]:
        """Return the tenant's newest jobs whose `created_key` is below `before`."""

    def due(self, shard: str, *, now_ms: int, limit: int) -> Sequence[JobKey]:
        """Return jobs of one shard whose `due_at_ms` has come, the longest due first."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message as received. `receipt` is good for this receive alone."""

    message_id: str
    receipt: str
    body: str
    receives: int


@dataclass(frozen=True, slots=True)
class Depth:
    """Approximately how many messages a queue holds: ready, being worked on, not yet due."""

    visible: int
    in_flight: int
    delayed: int


class Queue(Protocol):
    """One model's queue and its DLQ. Delivery is at least once, in any order."""

    def send(self, body: str, *, group: str) -> None:
        """Append a message of this tenant's; raise `UnknownModel` where the queue is gone."""

    def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        """Return up to `limit` (10) messages, hidden from others for `lease_s` seconds."""

    def delete(self, receipts: Sequence[str]) -> None:
        """Remove up to 10 messages for good."""

    def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        """Let up to 10 messages be received again only after `for_s` seconds (0: at once)."""

    def bury(self, body: str, *, group: str, reason: str) -> None:
        """Append a copy to the DLQ, with the reason as an attribute."""

    def depth(self) -> Depth:
        """Count, approximately."""


class Queues(Protocol):
    """The models' queues by name."""

    def find(self, model: str) -> Queue:
        """Return the model's queue, or raise `UnknownModel`."""


class Bucket(Protocol):
    """One bucket. A `uri` is `s3://<bucket>/<key>`."""

    def uri(self, key: str) -> str:
        """Return the object's address."""

    def key(self, uri: str) -> str | None:
        """Return the key of an address in this bucket, else None."""

    def put(self, key: str, body: bytes) -> None:
        """Store a JSON text."""

    def copy(self, source: str, key: str) -> None:
        """Store what lies at `source` under `key` too, or raise `ObjectMissing`."""

    def get(self, key: str) -> bytes:
        """Return the object, or raise `ObjectMissing`."""

    def size(self, key: str) -> int:
        """Return the object's length in bytes, or raise `ObjectMissing`."""

    def presign_get(self, key: str, *, expires_s: int) -> str:
        """Return a URL by which anybody may read the object until it expires."""

    def presign_put(self, key: str, *, content_type: str, expires_s: int) -> str:
        """Return a URL by which anybody may write the object until it expires."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """How a model stack announces itself."""

    model: str
    queue_url: str
    max_tasks: int
    max_attempts: int
    lease_s: int
    model_uri: str


class Registry(Protocol):
    """The models that are deployed."""

    def models(self) -> Sequence[ModelEntry]:
        """Return them all, by name."""
