"""The benchmark's own way in, below `/_/`: fill the queue, wait for deletes, read the counts."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from benchmarks.worker.endpoint.http import Answer
from benchmarks.worker.endpoint.queue import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.worker.endpoint.http import Request
    from benchmarks.worker.endpoint.service import Document
    from benchmarks.worker.endpoint.world import World

PREFIX = "/_/"


@dataclass(frozen=True)
class Seed:
    """What a queue is filled with, and a table's items beside it."""

    messages: list[Document] = field(default_factory=list)
    items: list[Document] = field(default_factory=list)


class Control:
    """Commands as JSON: `POST /_/<command>`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seeds: dict[str, Seed] = {}
        self._commands: dict[str, Callable[..., Any]] = {
            "keep": self._keep,
            "drop": self._drop,
            "start": self._start,
            "messages": self._messages,
            "wait": self._wait,
            "counts": self._counts,
        }

    async def handle(self, request: Request) -> Answer:
        """Carry out a command, or hand a call on to the services."""
        if not request.target.startswith(PREFIX):
            return await self._world.handle(request)
        done = self._commands[request.target.removeprefix(PREFIX)](**json.loads(request.body))
        document = await done if asyncio.iscoroutine(done) else done
        return Answer(json.dumps(document).encode(), headers={"Content-Type": "application/json"})

    def _keep(self, seed: str, messages: list[Document], items: list[Document]) -> Document:
        """Remember what queues may be filled with; what is there already is added to."""
        kept = self._seeds.setdefault(seed, Seed())
        kept.messages.extend(messages)
        kept.items.extend(items)
        return {"messages": len(kept.messages)}

    def _drop(self, seed: str) -> Document:
        self._seeds.pop(seed, None)
        return {}

    def _start(
        self, queue: str, latency_s: float, seed: str | None = None, count: int = 0
    ) -> Document:
        """Begin anew: this queue, with so many of the seed's messages, over and over if need be."""
        self._world.clear()
        self._world.latency_s = latency_s
        filled = self._world.sqs.create(queue)
        self._world.sqs.create(f"{queue}_dlq")
        if seed is not None:
            now_s = asyncio.get_running_loop().time()
            for message in islice(cycle(self._seeds[seed].messages), count):
                filled.send(_message(message), now_s=now_s)
            jobs = self._world.dynamodb.tables["jobs"]
            jobs.update({item["pk"]["S"]: item for item in self._seeds[seed].items})
        return {}

    def _messages(self, queue: str) -> list[Document]:
        """What waits in a queue, to be kept as a seed."""
        return [
            {"body": message.body, "attributes": message.attributes}
            for message in self._world.sqs.create(queue).messages()
        ]

    async def _wait(self, queue: str, deleted: int, timeout_s: float) -> Document:
        """The counts once so many messages are deleted, or time is up."""
        loop, watched = asyncio.get_running_loop(), self._world.sqs.create(queue)
        deadline_s = loop.time() + timeout_s
        while watched.deleted < deleted and loop.time() < deadline_s:
            await self._world.sqs.change(queue, deadline_s)
        return self._counts(queue)

    def _counts(self, queue: str) -> Document:
        counted = self._world.sqs.create(queue)
        return {
            "at_s": asyncio.get_running_loop().time(),
            "calls": dict(self._world.calls),
            "received": counted.received,
            "redelivered": counted.redelivered,
            "deleted": counted.deleted,
            "stale_deletes": counted.stale_deletes,
            "refused": self._world.dynamodb.refused,
            "objects": len(self._world.s3.objects),
        }


def _message(seed: Document) -> Message:
    return Message(seed["body"], seed.get("attributes", {}), seed.get("group"))
