"""What there is when a drill is over: in AWS, and for each tenant by the API."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from spillway.aws.attributes import from_item
from spillway.aws.queue import SqsQueues
from spillway.errors import SpillwayError
from spillway.job import JobKey, Status
from spillway.record import job_key
from spillway_cli.dead_letters.rules import Choice
from spillway_cli.dead_letters.system import DeadLetters
from tests.drill.callers import AT_ONCE
from tests.drill.plan import TENANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from spillway.client import Client
    from spillway.ports import Depth
    from spillway.update import Record
    from spillway_cli.dead_letters.rules import DeadLetter
    from spillway_cli.target import Target
    from tests.drill.plan import Order, Plan
    from tests.simulation.history import Change

MODEL = "default"
STRANGERS_EVERY = 5
"""One in so many jobs is asked for by another tenant too."""
IDLE_S = 60
"""How long a worker that has nothing to do may keep its protection."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tenant was answered that asked for a job's result: the result, or a refusal."""

    key: JobKey
    by: str
    refusal: str
    result: Any

    @property
    def is_strangers(self) -> bool:
        """Whether another tenant asked than the job's own."""
        return self.by != self.key.tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What lies in AWS. `results` are the result bucket's objects, `protected` tasks' ARNs."""

    jobs: Mapping[JobKey, Record]
    results: Mapping[str, bytes]
    depth: Depth
    letters: Sequence[DeadLetter]
    protected: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """A drill's end. `ids` are the jobs' ids that each tenant was given for each of its keys."""

    plan: Plan
    ids: Mapping[tuple[str, str], Mapping[str, int]]
    changes: Sequence[Change]
    stored: Stored
    readings: Sequence[Reading]

    @cached_property
    def orders(self) -> Mapping[JobKey, Order]:
        """What each job was ordered as, those that were run again too."""
        ordered = {
            JobKey(tenant, job_id): self.plan.by_key[tenant, key]
            for (tenant, key), ids in self.ids.items()
            for job_id in ids
        }
        again = {new: ordered[old] for old, new in self.reruns.items() if old in ordered}
        return ordered | again

    @cached_property
    def reruns(self) -> Mapping[JobKey, JobKey]:
        """The jobs that were run again, and as which."""
        return {
            JobKey(key.tenant, str(record["retryOf"])): key
            for key, record in self.stored.jobs.items()
            if "retryOf" in record
        }

    @cached_property
    def letters(self) -> Mapping[JobKey | None, int]:
        """How many dead letters each job has; None stands for what is no job's."""
        counts: defaultdict[JobKey | None, int] = defaultdict(int)
        for letter in self.stored.letters:
            counts[letter.key] += 1
        return counts


def stored(target: Target) -> Stored:
    """Look at all that AWS holds of the drill's tenants."""
    depth = SqsQueues(target.aws("sqs"), target.stack_name).find(MODEL).depth()
    there = DeadLetters(target)
    batches = there.batches([MODEL], Choice())
    return Stored(
        jobs=_jobs(target),
        results=_results(target),
        depth=depth,
        letters=[letter for _, letters in batches for letter in letters],
        protected=_protected(target),
    )


def readings(clients: Mapping[str, Client], jobs: Mapping[JobKey, Record]) -> list[Reading]:
    """Ask for each job's result as its tenant, and for some as another one."""
    asked = [(key, key.tenant) for key in jobs]
    for number, key in enumerate(jobs):
        if number % STRANGERS_EVERY == 0:
            place = TENANTS.index(key.tenant) + 1 + number // STRANGERS_EVERY % 2
            asked.append((key, TENANTS[place % len(TENANTS)]))
    return _at_once(lambda who: _reading(clients[who[1]], *who), asked)


def _reading(client: Client, key: JobKey, by: str) -> Reading:
    try:
        return Reading(key, by, "", client.result(key.job_id))
    except SpillwayError as error:
        return Reading(key, by, type(error).__name__, None)


def _jobs(target: Target) -> dict[JobKey, Record]:
    pages = (
        target.aws("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=target.output("JobsTable"), ConsistentRead=True)
    )
    items = [item for page in pages for item in page["Items"]]
    jobs = {
        job_key(item["pk"]["S"]): from_item(item)
        for item in items
        if item["pk"]["S"].startswith("JOB#")
    }
    return {key: record for key, record in jobs.items() if key.tenant in TENANTS}


def _results(target: Target) -> dict[str, bytes]:
    s3, bucket = target.aws("s3"), target.output("ResultBucket")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    bodies = _at_once(lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read(), keys)
    found = zip(keys, bodies, strict=True)
    return {key: body for key, body in found if key.split("/")[1] in TENANTS}


def _protected(target: Target) -> list[str]:
    """The tasks that are protected although there is nothing to do, and stay so."""
    deadline_s = time.monotonic() + IDLE_S
    while (protected := _protected_now(target)) and time.monotonic() < deadline_s:
        time.sleep(1)
    return protected


def _protected_now(target: Target) -> list[str]:
    ecs, cluster = target.aws("ecs"), target.output("Cluster")
    tasks = ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"]
    if not tasks:
        return []
    told = ecs.get_task_protection(cluster=cluster, tasks=tasks)["protectedTasks"]
    return [task["taskArn"] for task in told if task["protectionEnabled"]]


def _at_once[Item, Answer](ask: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    with ThreadPoolExecutor(AT_ONCE, "reader") as pool:
        return list(pool.map(ask, items))


def are_over(jobs: Mapping[JobKey, Record], keys: Iterable[JobKey]) -> bool:
    """Whether all of these are there and over."""
    return all(key in jobs and Status(str(jobs[key]["status"])).is_terminal for key in keys)
