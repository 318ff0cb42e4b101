"""What a worker is told by its task definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.settings import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping


READY_FILE = "/tmp/ready"  # noqa: S108 - the container has its own /tmp, and nothing else in it


BESIDE = 128
"""Jobs on their way to the model or from it. A job takes some 0.1 s there, calls to AWS that is: so
many keep a core busy whose model takes no time. worker/prefetch.py keeps a slower one to fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """One worker's settings.

    `concurrency` batches of up to `max_batch` jobs run at once; a batch waits up to `max_delay_ms`
    to fill. One receive waits up to `poll_s`; a stopping worker waits for the one under way.
    `agent_uri` is where ECS's agent listens, `metadata_uri` where it tells of the task; empty,
    there is none. `model_cache` is a folder that outlives the task and that others share; empty,
    there is none, and the model is brought into memory where it fits. `stack` is the core's name;
    empty, no metrics are put.
    """

    model: str
    model_uri: str
    model_dir: str
    queue_url: str
    dead_letter_queue_url: str
    jobs_table: str
    input_bucket: str
    result_bucket: str
    lease_s: int
    poll_s: int
    max_attempts: int
    max_batch: int
    max_delay_ms: int
    concurrency: int
    drain_s: int
    ready_file: str
    agent_uri: str
    metadata_uri: str = ""
    model_cache: str = ""
    stack: str = ""

    @property
    def in_flight(self) -> int:
        """The most jobs in hand at once: what runs, and what is fetched, stored and deleted."""
        runs = self.max_batch * self.concurrency
        return runs + max(runs, BESIDE)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> WorkerSettings:
        """Read them, or raise `SettingsError` with every fault."""
        reader = Reader(environment)
        settings = cls(
            model=reader.text("MODEL"),
            model_uri=reader.text("MODEL_URI"),
            model_dir=reader.text("MODEL_DIR", "/model"),
            queue_url=reader.text("QUEUE_URL"),
            dead_letter_queue_url=reader.text("DEAD_LETTER_QUEUE_URL"),
            jobs_table=reader.text("JOBS_TABLE"),
            input_bucket=reader.text("INPUT_BUCKET"),
            result_bucket=reader.text("RESULT_BUCKET"),
            lease_s=reader.whole("LEASE_SECONDS", 3, 43_200, default=30),
            poll_s=reader.whole("POLL_SECONDS", 1, 20, default=10),
            max_attempts=reader.whole("MAX_ATTEMPTS", 1, 100, default=4),
            max_batch=reader.whole("MAX_BATCH", 1, 1024, default=8),
            max_delay_ms=reader.whole("MAX_DELAY_MS", 0, 10_000, default=10),
            concurrency=reader.whole("CONCURRENCY", 1, 256, default=1),
            # ECS kills 120 s after SIGTERM. Before that the poll under way must end, and what still
            # runs must be given back.
            drain_s=reader.whole("DRAIN_SECONDS", 1, 90, default=80),
            ready_file=reader.text("READY_FILE", READY_FILE),
            agent_uri=reader.text("ECS_AGENT_URI", ""),
            metadata_uri=reader.text("ECS_CONTAINER_METADATA_URI_V4", ""),
            model_cache=reader.text("MODEL_CACHE", ""),
            stack=reader.text("STACK_NAME", ""),
        )
        reader.check()
        return settings
