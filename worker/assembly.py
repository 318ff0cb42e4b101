"""The worker put together from its parts, for whatever world its ports reach."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.aws.aio.bucket import S3Bucket
from spillway.aws.aio.figures import DynamoFigures
from spillway.aws.aio.queue import SqsQueue
from spillway.aws.aio.store import DynamoStore
from worker.acks import Acks
from worker.agent import agent
from worker.attempts import Attempts
from worker.batcher import Batcher
from worker.claims import Claims, Terms
from worker.finish import Finish
from worker.lease import Leases
from worker.loop import Bounds, Worker
from worker.payloads import Payloads
from worker.protection import Protection
from worker.tally import Tally
from worker.threads import ThreadedAgent
from worker.workload import Limits, Workload

if TYPE_CHECKING:
    from spillway.aws.aio.clients import Clients
    from spillway.ports import Clock
    from worker.ports import Agent, Compute, Figures, Inbox, Jobs, Objects
    from worker.settings import WorkerSettings

HELD_BYTES = 16 * 1024 * 1024
"""Messages of so many bytes in hand are enough: no more are received until some are gone."""


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


def on_aws(settings: WorkerSettings, compute: Compute, clock: Clock, aws: Clients) -> World:
    """The world as AWS."""
    dynamodb = aws.json("dynamodb")
    return World(
        jobs=DynamoStore(dynamodb, settings.jobs_table),
        inbox=SqsQueue(aws.json("sqs"), settings.queue_url, settings.dead_letter_queue_url),
        inputs=_bucket(aws, settings.input_bucket),
        results=_bucket(aws, settings.result_bucket),
        compute=compute,
        agent=ThreadedAgent(agent(settings.agent_uri)),
        figures=DynamoFigures(dynamodb, settings.jobs_table, settings.model),
        clock=clock,
    )


def assemble(
    settings: WorkerSettings, world: World, *, model_version: str, rng: random.Random | None = None
) -> tuple[Worker, Batcher, Tally]:
    """The loop, the batcher whose `is_stuck` ends the process, and what runs beside."""
    # Jitter only spreads retries and rests; nothing secret hangs on it.
    rng = rng or random.Random()  # noqa: S311
    acks = Acks(world.inbox.delete)
    tally = Tally(world.figures, slots=settings.max_batch * settings.concurrency)
    workload = _workload(settings)
    batcher = _batcher(settings, tally.timed(world.compute), workload)
    leases = Leases(jobs=world.jobs, inbox=world.inbox, clock=world.clock, lease_s=settings.lease_s)
    attempts = Attempts(
        claims=_claims(settings, world, acks, model_version),
        leases=leases,
        payloads=Payloads(world.inputs),
        batcher=batcher,
        finish=_finish(world, acks, tally, rng),
        pace=workload.pace,
    )
    worker = Worker(
        inbox=world.inbox,
        attempts=attempts,
        leases=leases,
        protection=Protection(world.agent, lease_s=settings.lease_s, rng=rng),
        batcher=batcher,
        workload=workload,
        tally=tally,
        bounds=Bounds(settings.lease_s, settings.poll_s, settings.drain_s),
    )
    return worker, batcher, tally


def _workload(settings: WorkerSettings) -> Workload:
    return Workload(
        Limits(settings.concurrency, settings.max_batch, settings.in_flight, HELD_BYTES)
    )


def _batcher(settings: WorkerSettings, compute: Compute, workload: Workload) -> Batcher:
    return Batcher(
        compute,
        workload,
        max_batch=settings.max_batch,
        max_delay_s=settings.max_delay_ms / 1000,
        slots=settings.concurrency,
    )


def _claims(settings: WorkerSettings, world: World, acks: Acks, model_version: str) -> Claims:
    terms = Terms(
        model=settings.model,
        model_version=model_version,
        lease_s=settings.lease_s,
        max_attempts=settings.max_attempts,
    )
    return Claims(jobs=world.jobs, inbox=world.inbox, acks=acks, terms=terms, clock=world.clock)


def _finish(world: World, acks: Acks, tally: Tally, rng: random.Random) -> Finish:
    return Finish(
        jobs=world.jobs,
        inbox=world.inbox,
        results=world.results,
        acks=acks,
        tally=tally,
        clock=world.clock,
        rng=rng,
    )


def _bucket(aws: Clients, name: str) -> S3Bucket:
    return S3Bucket(aws.objects(name), name)
