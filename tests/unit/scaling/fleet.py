"""Models, queues, services and metrics in memory, with the scaler and the waker on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaling.observing import Observer
from scaling.publisher import Scaler
from scaling.waking import Waker
from spillway.errors import Unavailable
from spillway.memory import (
    MemoryFigures,
    MemoryMetrics,
    MemoryQueue,
    MemoryRegistry,
    MemoryServices,
)
from spillway.ports import ModelEntry, TaskCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from spillway.ports import Queue

START_MS = 1_700_000_000_000


class Clock:
    """A clock that sleeping moves, and on which something may happen meanwhile."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.slept_s: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_ms += round(seconds * 1000)
        self.meanwhile()


class Fleet:
    """A core stack with its models."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.registry = MemoryRegistry()
        self.queues = FailingQueues()
        self.services = MemoryServices()
        self.figures = MemoryFigures()
        self.metrics = MemoryMetrics()
        observer = Observer(queues=self.queues, services=self.services, figures=self.figures)
        self.scaler = Scaler(
            self.registry, observer, self.figures, self.metrics, self.clock, self.clock.sleep
        )
        self.waker = Waker(
            self.registry, observer, self.services, self.figures, self.clock, self.clock.sleep
        )

    def deploy(self, model: str = "default", *, tasks: int = 0, **told: Any) -> ModelEntry:
        """Deploy a model of one slot a task, with so many tasks that run."""
        name = f"spillway-{model}"
        shape: dict[str, Any] = {
            "cluster": "cluster",
            "service": name,
            "slots": 1,
            "target_latency_s": 60,
            "startup_s": 20,
        } | told
        entry = ModelEntry(model, "https://queue", 10, 4, 30, "s3://models/default/", **shape)
        self.registry.entries.append(entry)
        self.queues.held[model] = MemoryQueue(self.clock)
        self.services.put(entry, TaskCounts(tasks, 0, tasks))
        return entry

    def send(self, model: str = "default", *, jobs: int = 1) -> None:
        for number in range(jobs):
            self.queues.find(model).send(f"job {number}", group="acme")

    def receive(self, model: str = "default", *, jobs: int = 1) -> Sequence[str]:
        """Take jobs as a worker does; return their receipts."""
        found = self.queues.find(model).receive(limit=jobs, wait_s=0, lease_s=60)
        return [message.receipt for message in found]

    def finish(self, receipts: Sequence[str], *, each_ms: int, model: str = "default") -> None:
        self.queues.find(model).delete(receipts)
        self.figures.add(model, busy_ms=each_ms * len(receipts), jobs=len(receipts))

    def desired(self, entry: ModelEntry) -> int:
        return self.services.counts([entry])[entry.model].desired

    def run(self, *, for_s: int = 50) -> Mapping[str, int]:
        return self.scaler.run(until_ms=self.clock.now_ms + for_s * 1000)


def refuse(*_: object, **__: object) -> None:
    """Stand for a table that does not answer."""
    raise Unavailable("dependency-unavailable", "DynamoDB did not answer")


class FailingQueues:
    """Queues of which some do not answer."""

    def __init__(self) -> None:
        self.held: dict[str, MemoryQueue] = {}
        self.away: set[str] = set()

    def find(self, model: str) -> Queue:
        if model in self.away:
            raise Unavailable("dependency-unavailable", f"SQS did not answer for {model}")
        return self.held[model]
