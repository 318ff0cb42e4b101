"""The demo from its start to its end: rounds of jobs that nobody is told of, and that many are."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import spillway
from benchmarks import system
from benchmarks.burst import model
from benchmarks.deliveries.receivers import receiving
from local.settings import TENANT
from spillway_cli import webhook_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.deliveries.receivers import Receivers
    from benchmarks.system import System

    type Tell = Callable[[str], None]

CALLERS = 4
"""At once: the emulator starts a process for each, beside those that deliver."""
PATIENCE_S = 300.0
JOB_S = 0.1
"""The model keeps a job so long without using the processor, so that this is what bounds a worker,
and not what else a small machine does at the same time."""
RETRY_SECONDS = "1,1,2,2,3,3"
"""The same seven attempts as on AWS, within seconds instead of a day."""


@dataclass(frozen=True, slots=True)
class Told:
    """One job with its one destination: the number of its receiver, and how both ended."""

    number: int
    job: spillway.Job
    delivery: spillway.Delivery


@dataclass(frozen=True, slots=True)
class Round:
    """Jobs of one kind, one after the other: so many a second did the worker end."""

    jobs: int
    jobs_per_s: float


@dataclass(frozen=True, slots=True)
class Course:
    """What became of it all."""

    silent: Sequence[Round]
    telling: Sequence[Round]
    told: Sequence[Told]
    receivers: Receivers
    not_done: int


def run(jobs: int, rounds: int, folder: Path, tell: Tell) -> Course:
    """Run it on a system in a folder of its own; a system that does not start is a SystemExit."""
    built = model.build(folder / "model", JOB_S)
    tell(f"a system of its own starts in {folder}")
    parameters = f"DeliveryRetrySeconds={RETRY_SECONDS} DeliveryConcurrency=3 ModelMaxBatch=1"
    with system.running(folder, model=built, TASKS="1", PARAMETERS=parameters) as running:
        secret = _secret(running)
        with receiving(secret) as receivers, running.target.client(patience_s=PATIENCE_S) as client:
            return _course(client, receivers, _shares(jobs, rounds), tell)


def _secret(running: System) -> str:
    target = running.target
    return webhook_secrets.ensure(target.aws("ssm"), target.stack_name, TENANT)


def _shares(jobs: int, rounds: int) -> Sequence[int]:
    each, more = divmod(jobs, rounds)
    return [each + (number < more) for number in range(rounds)]


def _course(
    client: spillway.Client, receivers: Receivers, shares: Sequence[int], tell: Tell
) -> Course:
    numbers, told = count(), list[Told]()
    silent, telling = list[Round](), list[Round]()
    not_done = 0
    for share in shares:
        quiet = _done(client, [partial(_submit, client, None) for _ in range(share)])
        silent.append(_round(quiet))
        named = [next(numbers) for _ in range(share)]
        loud = _done(client, [partial(_submit, client, receivers.url(n)) for n in named])
        telling.append(_round(loud))
        not_done += sum(job.status is not spillway.Status.SUCCEEDED for job in (*quiet, *loud))
        told += _ended(client, named, loud)
        tell(
            f"{share} jobs told to nobody: {silent[-1].jobs_per_s:.2f} a second; "
            f"{share} told to a receiver each: {telling[-1].jobs_per_s:.2f}"
        )
    return Course(silent, telling, told, receivers, not_done)


def _submit(client: spillway.Client, url: str | None) -> spillway.Job:
    destinations = [] if url is None else [{"type": "webhook", "url": url}]
    return client.submit("told", destinations=destinations)


def _done(
    client: spillway.Client, submissions: Sequence[Callable[[], spillway.Job]]
) -> Sequence[spillway.Job]:
    """The jobs as they ended. They are not asked for while they run: that would cost the worker."""
    with ThreadPoolExecutor(CALLERS) as pool:
        submitted = list(pool.map(lambda submit: submit(), submissions))
    time.sleep(JOB_S * len(submitted) / 2)
    return [client.wait(job.job_id) for job in submitted]


def _round(jobs: Sequence[spillway.Job]) -> Round:
    """From the first job's end to the last one's: the worker was never without work between."""
    ends = sorted(job.completed_at.timestamp() for job in jobs if job.completed_at)
    return Round(len(jobs), (len(ends) - 1) / (ends[-1] - ends[0]))


def _ended(
    client: spillway.Client, numbers: Sequence[int], jobs: Sequence[spillway.Job]
) -> Iterator[Told]:
    for number, job in zip(numbers, jobs, strict=True):
        yield Told(number, job, _end(client, job.job_id))


def _end(client: spillway.Client, job_id: str) -> spillway.Delivery:
    """The delivery's end; a `SystemExit` where it has none within `PATIENCE_S`."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        found = client.get(job_id).deliveries
        if found and found[0].is_over:
            return client.delivery(found[0].delivery_id)
        time.sleep(0.5)
    raise SystemExit(f"the delivery of job {job_id} has not ended: {found}")
