"""The worker's own adapters under the same contract: each call runs on an event loop elsewhere.

What a worker never asks for is answered by the adapters that block.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from spillway.aws.aio import bucket, figures, queue, store
from spillway.aws.aio.clients import clients
from spillway.aws.bucket import S3Bucket
from spillway.aws.clients import client
from spillway.aws.figures import DynamoFigures
from spillway.aws.queue import SqsQueue, SqsQueues
from spillway.aws.store import DynamoStore
from spillway.intake import OBJECT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from spillway.aws.aio.clients import Clients
    from spillway.job import Job, JobKey
    from spillway.ports import Received
    from spillway.update import Update


class Loop:
    """An event loop on a thread of its own, with clients that live on it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._closing = AsyncExitStack()
        self._clients = self.run(self._closing.enter_async_context(clients()))

    def run[T](self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def make[T](self, adapter: Callable[[Clients], T]) -> T:
        async def made() -> T:
            return adapter(self._clients)

        return self.run(made())

    def close(self) -> None:
        self.run(self._closing.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class AioStore(DynamoStore):
    def __init__(self, loop: Loop, table: str) -> None:
        super().__init__(client("dynamodb"), table)
        self._loop = loop
        self._aio = loop.make(lambda aws: store.DynamoStore(aws.json("dynamodb"), table))

    def get(self, key: JobKey) -> Job | None:
        return self._loop.run(self._aio.get(key))

    def apply(self, update: Update) -> Job:
        return self._loop.run(self._aio.apply(update))


class AioQueue(SqsQueue):
    def __init__(self, loop: Loop, url: str, dead_letter_url: str) -> None:
        super().__init__(client("sqs"), url, dead_letter_url)
        self._loop = loop
        self._aio = loop.make(lambda aws: queue.SqsQueue(aws.json("sqs"), url, dead_letter_url))

    def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        return self._loop.run(self._aio.receive(limit=limit, wait_s=wait_s, lease_s=lease_s))

    def delete(self, receipts: Sequence[str]) -> None:
        self._loop.run(self._aio.delete(receipts))

    def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        self._loop.run(self._aio.hide(receipts, for_s=for_s))

    def bury(self, body: str, *, group: str, reason: str) -> None:
        self._loop.run(self._aio.bury(body, group=group, reason=reason))


class AioQueues(SqsQueues):
    def __init__(self, loop: Loop, stack: str) -> None:
        super().__init__(client("sqs"), stack)
        self._loop = loop
        self._made: dict[str, AioQueue] = {}

    def find(self, model: str) -> SqsQueue:
        found = super().find(model)
        if model not in self._made:
            self._made[model] = AioQueue(self._loop, found.url, f"{found.url}_dlq")
        return self._made[model]


class AioBucket(S3Bucket):
    def __init__(self, loop: Loop, name: str) -> None:
        super().__init__(client("s3"), name)
        self._loop = loop
        self._aio = loop.make(lambda aws: bucket.S3Bucket(aws.objects(name), name))

    def uri(self, key: str) -> str:
        return self._aio.uri(key)

    def key(self, uri: str) -> str | None:
        return self._aio.key(uri)

    def put(self, key: str, body: bytes) -> None:
        self._loop.run(self._aio.put(key, body))

    def get(self, key: str) -> bytes:
        return self._loop.run(self._aio.get(key, most_bytes=OBJECT_BYTES))


class AioFigures(DynamoFigures):
    def __init__(self, loop: Loop, table: str) -> None:
        super().__init__(client("dynamodb"), table)
        self._loop = loop
        self._figures_table = table

    def add(self, model: str, *, busy_ms: int, jobs: int) -> None:
        table = self._figures_table
        one = self._loop.make(lambda aws: figures.DynamoFigures(aws.json("dynamodb"), table, model))
        self._loop.run(one.add(busy_ms=busy_ms, jobs=jobs))
