"""A worker on a bench: the real loop, the in-memory twins, a model of the test's own."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from spillway import transitions
from spillway.destinations.defaults import DefaultDestinations
from spillway.errors import InferenceError, Unavailable
from spillway.intake import Intake, Order
from spillway.memory import (
    MemoryBucket,
    MemoryFigures,
    MemoryQueue,
    MemoryQueues,
    MemoryStore,
    MemoryTenantDestinations,
)
from spillway.message import decode
from spillway.strict_json import json_text
from spillway.submission import parse
from worker.assembly import World, assemble
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from spillway.job import Job, JobKey, Status
    from spillway.ports import Received
    from spillway.update import Update

SETTINGS = WorkerSettings.read(
    {
        "MODEL": "m",
        "MODEL_URI": "s3://models/m/",
        "QUEUE_URL": "q",
        "DEAD_LETTER_QUEUE_URL": "d",
        "JOBS_TABLE": "t",
        "INPUT_BUCKET": "in",
        "RESULT_BUCKET": "out",
        "LEASE_SECONDS": "30",
        "MAX_ATTEMPTS": "3",
    }
)


class Jobs:
    """The store's twin, which may be told to fail."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.faults: list[Exception] = []

    async def get(self, key: JobKey) -> Job | None:
        return self.store.get(key)

    async def apply(self, update: Update) -> Job:
        await asyncio.sleep(0.002)
        if self.faults:
            raise self.faults.pop(0)
        return self.store.apply(update)


class Inbox:
    """The queue's twin, which waits as a long poll does."""

    def __init__(self, queue: MemoryQueue) -> None:
        self.queue = queue
        self.most_out = 0
        self.is_stalled = False

    async def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        for _ in range(wait_s * 2):
            received = () if self.is_stalled else self._take(limit, lease_s)
            if received:
                return received
            await asyncio.sleep(0.5)
        return []

    def _take(self, limit: int, lease_s: int) -> Sequence[Received]:
        received = self.queue.receive(limit=limit, wait_s=0, lease_s=lease_s)
        self.most_out = max(self.most_out, self.queue.depth().in_flight)
        return received

    async def delete(self, receipts: Sequence[str]) -> None:
        assert len(receipts) <= 10
        await asyncio.sleep(0.002)
        self.queue.delete(receipts)

    async def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        assert len(receipts) <= 10
        await asyncio.sleep(0.002)
        if not self.is_stalled:
            self.queue.hide(receipts, for_s=for_s)

    async def bury(self, body: str, *, group: str, reason: str) -> None:
        self.queue.bury(body, group=group, reason=reason)


class Objects:
    """A bucket's twin."""

    def __init__(self, bucket: MemoryBucket, put_s: float = 0.0) -> None:
        self.bucket = bucket
        self.put_s = put_s

    def uri(self, key: str) -> str:
        return self.bucket.uri(key)

    def key(self, uri: str) -> str | None:
        return self.bucket.key(uri)

    async def get(self, key: str, *, most_bytes: int) -> bytes:
        body = self.bucket.get(key)
        if len(body) > most_bytes:
            raise ValueError("too long")
        return body

    async def put(self, key: str, body: bytes) -> None:
        await asyncio.sleep(self.put_s)
        self.bucket.put(key, body)


class Agent:
    """ECS's agent: whether the task is protected, and what it was asked when."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, int | None]] = []
        self.is_away = False
        self.refuses: str | None = None
        self.takes_s = 0.01
        self._until_s = 0.0

    @property
    def protects(self) -> bool:
        return asyncio.get_running_loop().time() < self._until_s

    async def protect(self, minutes: int | None) -> None:
        now_s = asyncio.get_running_loop().time()
        self.asked.append((now_s, minutes))
        await asyncio.sleep(self.takes_s)
        if self.is_away:
            raise Unavailable("dependency-unavailable", "RequestCanceled")
        if self.refuses is not None:
            raise Unavailable("dependency-unavailable", self.refuses)
        self._until_s = 0.0 if minutes is None else now_s + 60 * minutes


class Figures:
    """The live figures' twin, which may be told to fail."""

    def __init__(self, held: MemoryFigures) -> None:
        self.held = held
        self.adds: list[tuple[float, int, int]] = []
        self.faults: list[Exception] = []

    async def add(self, *, busy_ms: int, jobs: int) -> None:
        await asyncio.sleep(0.002)
        if self.faults:
            raise self.faults.pop(0)
        self.adds.append((asyncio.get_running_loop().time(), busy_ms, jobs))
        self.held.add("m", busy_ms=busy_ms, jobs=jobs)


async def echo(payloads: Sequence[Any]) -> list[Any]:
    """A model that takes a tenth of a second and gives back what it got."""
    await asyncio.sleep(0.1)
    return list(payloads)


@dataclass
class Bench:
    """One model's queue, its store and its buckets, and workers to put on them."""

    compute: Callable[[Sequence[Any]], Awaitable[list[Any]]] = echo
    settings: WorkerSettings = SETTINGS
    store: MemoryStore = field(default_factory=MemoryStore)
    inputs: MemoryBucket = field(default_factory=lambda: MemoryBucket("in"))
    results: MemoryBucket = field(default_factory=lambda: MemoryBucket("out"))

    max_receives: int = 1000
    put_s: float = 0.0

    def __post_init__(self) -> None:
        self.queue = MemoryQueue(self.now_ms, max_receives=self.max_receives)
        self.jobs = Jobs(self.store)
        self.inbox = Inbox(self.queue)
        self.agent = Agent()
        self.figures = Figures(MemoryFigures())
        self.intake = Intake(
            store=self.store,
            queues=MemoryQueues({"m": self.queue}),
            inputs=self.inputs,
            defaults=DefaultDestinations(MemoryTenantDestinations(), self.now_ms),
            clock=self.now_ms,
            backlog_limit=0,
            retention_days=30,
        )

    def peer(self, compute: Callable[[Sequence[Any]], Awaitable[list[Any]]]) -> Bench:
        """Return a bench for another worker on the same queue, store and buckets."""
        other = replace(self, compute=compute)
        other.queue = other.inbox.queue = self.queue
        return other

    def stall(self) -> None:
        """Let nothing that this bench's worker does reach the world, as if it were stopped."""
        self.inbox.is_stalled = True
        self.jobs.faults = [Unavailable("stalled", "stalled")] * 1000

    def resume(self) -> None:
        """Let it go on where it was."""
        self.inbox.is_stalled = False
        self.jobs.faults = []

    def now_ms(self) -> int:
        return 1_700_000_000_000 + round(asyncio.get_running_loop().time() * 1000)

    async def _texts(self, payloads: Sequence[Any]) -> list[str | InferenceError]:
        said = await self.compute(payloads)
        return [one if isinstance(one, InferenceError) else json_text(one) for one in said]

    def with_settings(self, **changes: Any) -> Bench:
        self.settings = replace(self.settings, **changes)
        return self

    def submit(
        self, payload: Any, *, job_id: str = "j1", traceparent: str | None = None, **more: Any
    ) -> JobKey:
        body = json.dumps({"payload": payload, "model": "m", **more}).encode()
        wanted = parse(body, tenant="acme", default_model="m")
        order = Order("acme", job_id, wanted, is_repeatable=False, traceparent=traceparent)
        return self.intake.accept(order).key

    def intake_uri(self, job_id: str, uri: str) -> JobKey:
        """Submit a job whose payload lies in the input bucket."""
        body = json.dumps({"payloadUri": uri, "model": "m"}).encode()
        wanted = parse(body, tenant="acme", default_model="m")
        return self.intake.accept(Order("acme", job_id, wanted, is_repeatable=False)).key

    def claim(self, received: Received, max_attempts: int) -> Job:
        """Claim a job as a worker that is never heard of again."""
        now_ms = self.now_ms()
        return self.store.apply(
            transitions.claim(
                decode(received.body).key,
                now_ms=now_ms,
                lease_until_ms=now_ms + 30_000,
                max_attempts=max_attempts,
                model_version="v0",
            )
        )

    def job(self, key: JobKey) -> Job:
        job = self.store.get(key)
        assert job is not None
        return job

    def cancel(self, key: JobKey) -> None:
        self.store.apply(transitions.cancel(key, now_ms=self.now_ms()))

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[asyncio.Event]:
        """A worker that runs inside the block; the event given stops it."""
        world = World(
            jobs=self.jobs,
            inbox=self.inbox,
            inputs=Objects(self.inputs),
            results=Objects(self.results, self.put_s),
            compute=self._texts,
            agent=self.agent,
            figures=self.figures,
            clock=self.now_ms,
        )
        worker, batcher, tally = assemble(
            self.settings, world, model_version="v1", rng=random.Random(7)
        )
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        stuck = asyncio.create_task(_stop_when(batcher.is_stuck, stop))
        told = asyncio.create_task(tally.run())
        try:
            yield stop
        finally:
            stop.set()
            await running
            for task in (stuck, told):
                task.cancel()
            await asyncio.gather(stuck, told, return_exceptions=True)

    async def until_over(self, *keys: JobKey, within_s: float = 3600) -> list[Job]:
        """Wait until these jobs are over and their messages gone."""
        async with asyncio.timeout(within_s):
            while not all(self.job(key).status.is_terminal for key in keys):
                await asyncio.sleep(0.5)
        await asyncio.sleep(0.2)
        return [self.job(key) for key in keys]

    async def until(self, key: JobKey, status: Status, within_s: float = 3600) -> Job:
        async with asyncio.timeout(within_s):
            while self.job(key).status is not status:
                await asyncio.sleep(0.01)
        return self.job(key)


async def _stop_when(event: asyncio.Event, stop: asyncio.Event) -> None:
    await event.wait()
    stop.set()
