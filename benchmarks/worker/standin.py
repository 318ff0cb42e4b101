"""The stand-in for AWS in a process of its own, and the commands it takes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

import urllib3

from benchmarks.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ACCOUNT = "000000000000"
QUEUE = "jobs"
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Counts:
    """What had been asked of the stand-in at an instant of its clock."""

    at_s: float
    calls: Mapping[str, int]
    received: int
    redelivered: int
    deleted: int
    stale_deletes: int
    refused: int
    objects: int


class StandIn:
    """A running stand-in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool = urllib3.PoolManager(retries=False)

    @property
    def queue_url(self) -> str:
        """The queue that is worked off."""
        return f"{self.url}/{ACCOUNT}/{QUEUE}"

    def keep(
        self,
        seed: str,
        messages: Sequence[Mapping[str, Any]],
        items: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Have it remember what the queue may be filled with, and the jobs' items."""
        self._command("drop", seed=seed)
        for some in batched(messages, AT_ONCE, strict=False):
            self._command("keep", seed=seed, messages=some, items=[])
        for some in batched(items, AT_ONCE, strict=False):
            self._command("keep", seed=seed, messages=[], items=some)

    def start(self, *, latency_ms: float, seed: str | None = None, count: int = 0) -> None:
        """Forget all calls, and fill the queue anew with so many of a seed's messages."""
        self._command("start", queue=QUEUE, latency_s=latency_ms / 1000, seed=seed, count=count)

    def messages(self) -> list[dict[str, Any]]:
        """What waits in the queue."""
        waiting: list[dict[str, Any]] = self._command("messages", queue=QUEUE)
        return waiting

    def wait(self, *, deleted: int, timeout_s: float) -> Counts:
        """The counts once so many messages are deleted, or time is up."""
        return Counts(**self._command("wait", queue=QUEUE, deleted=deleted, timeout_s=timeout_s))

    def counts(self) -> Counts:
        """The counts now."""
        return Counts(**self._command("counts", queue=QUEUE))

    def _command(self, command: str, **asked: Any) -> Any:  # noqa: ANN401 - a JSON document
        answer = self._pool.request("POST", f"{self.url}/_/{command}", json=asked, timeout=600)
        return answer.json()


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Start one; end it."""
    with served("benchmarks.worker.endpoint") as url:
        yield StandIn(url)
