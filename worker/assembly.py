"""The worker put together from its parts, for whatever world its ports reach."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.aws.bucket import S3Bucket
from spillway.aws.clients import client
from spillway.aws.figures import DynamoFigures
from spillway.aws.queue import SqsQueue
from spillway.aws.store import DynamoStore
from spillway.aws.timeouts import POLL_TIMEOUT_S
from worker.acks import Acks
from worker.agent import agent
from worker.batcher import Batcher
from worker.claims import Claims, Terms
from worker.finish import Finish
from worker.lease import Leases
from worker.loop import Bounds, Worker
from worker.protection import Protection
from worker.tally import Tally
from worker.threads import (
    ThreadedAgent,
    ThreadedFigures,
    ThreadedInbox,
    ThreadedJobs,
    ThreadedObjects,
)

if TYPE_CHECKING:
    from spillway.ports import Clock
    from worker.ports import Agent, Compute, Figures, Inbox, Jobs, Objects
    from worker.settings import WorkerSettings

CALLS = 32
"""Calls to AWS under way at once, each on its thread and connection."""


@dataclass(frozen=True, slots=True)
class World:
    """What a worker reaches: its ports and the clock."""

    jobs: Jobs
    inbox: Inbox
    inputs: Objects
    results: Objects
    compute: Compute
    agent: Agent
    figures: Figures
    clock: Clock


def on_aws(settings: WorkerSettings, compute: Compute, clock: Clock) -> World:
    """The world as AWS, through botocore on threads."""
    pool = ThreadPoolExecutor(CALLS, "call")
    sqs = client("sqs", connections=CALLS)
    s3 = client("s3", connections=CALLS)
    dynamodb = client("dynamodb", connections=CALLS)
    urls = (settings.queue_url, settings.dead_letter_queue_url)
    polls = SqsQueue(client("sqs", connections=1, read_timeout_s=POLL_TIMEOUT_S), *urls)
    return World(
        jobs=ThreadedJobs(DynamoStore(dynamodb, settings.jobs_table), pool),
        inbox=ThreadedInbox(
            SqsQueue(sqs, *urls), pool, polls=polls, pollers=ThreadPoolExecutor(1, "poll")
        ),
        inputs=ThreadedObjects(S3Bucket(s3, settings.input_bucket), pool),
        results=ThreadedObjects(S3Bucket(s3, settings.result_bucket), pool),
        compute=compute,
        agent=ThreadedAgent(agent(settings.agent_uri)),
        figures=ThreadedFigures(
            DynamoFigures(dynamodb, settings.jobs_table), pool, model=settings.model
        ),
        clock=clock,
    )


def assemble(
    settings: WorkerSettings, world: World, *, model_version: str, rng: random.Random | None = None
) -> tuple[Worker, Batcher, Tally]:
    """The loop, the batcher whose `is_stuck` ends the process, and what runs beside."""
    # Jitter only spreads retries and rests; nothing secret hangs on it.
    rng = rng or random.Random()  # noqa: S311
    acks = Acks(world.inbox.delete)
    tally = Tally(world.figures)
    terms = Terms(
        model=settings.model,
        model_version=model_version,
        lease_s=settings.lease_s,
        max_attempts=settings.max_attempts,
    )
    batcher = Batcher(
        tally.timed(world.compute),
        max_batch=settings.max_batch,
        max_delay_s=settings.max_delay_ms / 1000,
        slots=settings.concurrency,
    )
    worker = Worker(
        inbox=world.inbox,
        inputs=world.inputs,
        claims=Claims(
            jobs=world.jobs, inbox=world.inbox, acks=acks, terms=terms, clock=world.clock
        ),
        leases=Leases(
            jobs=world.jobs, inbox=world.inbox, clock=world.clock, lease_s=settings.lease_s
        ),
        protection=Protection(world.agent, lease_s=settings.lease_s, rng=rng),
        batcher=batcher,
        finish=Finish(
            jobs=world.jobs,
            inbox=world.inbox,
            results=world.results,
            acks=acks,
            tally=tally,
            clock=world.clock,
            rng=rng,
        ),
        bounds=Bounds(settings.in_flight, settings.lease_s, settings.poll_s, settings.drain_s),
    )
    return worker, batcher, tally
