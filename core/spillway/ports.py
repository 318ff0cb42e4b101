"""What Spillway asks of the world. `spillway.aws` answers on AWS, `spillway.memory` in a process.

Every method may raise `Unavailable` where the service behind it throttles, fails or is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from spillway.deliveries.delivery import Delivery, DeliveryKey, DeliveryStatus
    from spillway.destinations.destination import Destination
    from spillway.job import Job, JobKey
    from spillway.live import Decision, LiveFigures, Measured, TasksSeen
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
    """How a model stack announces itself.

    `slots` is how many jobs one of its tasks works on at once. What has a default is not told by
    stacks from before there was scaling, and is then as stacks/model.yaml has it.
    """

    model: str
    queue_url: str
    max_tasks: int
    max_attempts: int
    lease_s: int
    model_uri: str
    cluster: str = ""
    service: str = ""
    min_tasks: int = 0
    slots: int = 8
    target_latency_s: int = 120
    startup_s: int = 60
    idle_s: int = 900


class Registry(Protocol):
    """The models that are deployed."""

    def models(self) -> Sequence[ModelEntry]:
        """Return them all, by name."""

    def find(self, model: str) -> ModelEntry:
        """Return one of them, or raise `UnknownModel`."""


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many tasks of a service run, are being started, and are asked for."""

    running: int
    pending: int
    desired: int


SERVICES_AT_ONCE = 10
"""As many does one call of ECS describe:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""


class Services(Protocol):
    """The models' ECS services."""

    def counts(self, entries: Sequence[ModelEntry]) -> Mapping[str, TaskCounts]:
        """Return the counts by model; a service that is gone or going is left out."""

    def set_desired(self, entry: ModelEntry, count: int) -> None:
        """Ask for so many tasks, or raise `UnknownModel` where the service is gone."""


class Figures(Protocol):
    """The models' live figures. Those of a model that never worked are all zero."""

    def read(self, models: Sequence[str]) -> Mapping[str, LiveFigures]:
        """Return the figures of each of the models."""

    def add(self, model: str, *, busy_ms: int, jobs: int) -> None:
        """Count jobs that a worker has finished, and how long they held their slots together."""

    def wake(self, model: str, *, now_ms: int, apart_ms: int) -> bool:
        """Note that the model is woken, unless it was within `apart_ms`: of many one is told so.

        An instant that lies further ahead than that, from a clock set back since, holds nothing up.
        """

    def note(
        self,
        model: str,
        *,
        tasks: TasksSeen,
        work_at_ms: int | None = None,
        measured: Measured | None = None,
    ) -> None:
        """Note the tasks seen; where there was work, when, and what was measured of it."""

    def decided(self, model: str, decision: Decision) -> None:
        """Add a decision to the last ones (decisions.py), whoever else adds one meanwhile."""


class Waker(Protocol):
    """Whoever gives a sleeping model its tasks."""

    def wake(self, model: str) -> object:
        """Have it woken, or raise `Unavailable`; nothing that is returned counts."""


@dataclass(frozen=True, slots=True)
class Datum:
    """One figure of one model; the unit is one of CloudWatch's names, `Count` or `Seconds`."""

    model: str
    name: str
    value: float
    unit: str


class Metrics(Protocol):
    """Where figures are told, for alarms and the dashboard."""

    def put(self, data: Sequence[Datum], *, at_ms: int) -> None:
        """Tell these figures, all observed at one instant."""


class DeliveryStore(Protocol):
    """Where deliveries live."""

    def add(self, delivery: Delivery) -> Delivery:
        """Store it, unless one with its key is there already; return the one that is there."""

    def get(self, key: DeliveryKey) -> Delivery | None:
        """Return the delivery as last written, or None."""

    def get_many(self, keys: Sequence[DeliveryKey]) -> Sequence[Delivery]:
        """Return those of the deliveries that exist, in the order of `keys`."""

    def replace(self, delivery: Delivery) -> bool:
        """Store it in the place of the version before; False, and nothing done, if that is gone."""

    def page(
        self, tenant: str, *, status: DeliveryStatus | None, before: str | None, limit: int
    ) -> Sequence[Delivery]:
        """Return the tenant's newest deliveries whose `created_key` is below `before`."""


class DeliveryQueue(Protocol):
    """The queue of deliveries that are due. Delivery is at least once, in any order."""

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        """Append messages, each a tenant and a body; raise `Unavailable` if any was not taken."""

    def hide(self, receipt: str, *, for_s: int) -> None:
        """Let a message be received again only after `for_s` seconds (0: at once)."""


class WebhookSecrets(Protocol):
    """The secrets that tenants' webhooks are signed with."""

    def of(self, tenant: str) -> Sequence[str]:
        """Return those that are valid now, the newest first; none where none was made."""


class DisabledWebhooks(Protocol):
    """The webhooks that answered that they are gone (410)."""

    def is_disabled(self, tenant: str, url: str) -> bool:
        """Whether nothing is to be sent there for this tenant."""

    def disable(self, tenant: str, url: str, *, now_ms: int) -> None:
        """Send nothing more there for this tenant."""

    def enable(self, tenant: str, url: str) -> None:
        """Send there again."""


class TenantDestinations(Protocol):
    """The destinations of a tenant's jobs that name none."""

    def get(self, tenant: str) -> tuple[Destination, ...]:
        """Return them; none where none were set."""

    def set(self, tenant: str, destinations: Sequence[Destination]) -> None:
        """Set them in the place of those before; none removes them."""
