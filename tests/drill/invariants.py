"""What must be so when a drill is over, whatever befell its jobs, workers and calls to AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.errors import Conflict, InvalidPayload, NotFound
from spillway.job import JobKey, Status
from tests.drill.plan import MAX_ATTEMPTS, Kind
from tests.drill.proof.proof import answer_to
from tests.invariants import ends_once, fails_for_a_reason, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spillway.update import Record
    from tests.drill.aftermath import Aftermath

    type Fault = tuple[JobKey | None, str]
    type Invariant = Callable[[Aftermath], Iterator[Fault]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant, on how many things it was checked, and what was not as it must be."""

    invariant: str
    checked: int
    faults: Sequence[Fault]


def findings(aftermath: Aftermath) -> list[Finding]:
    """Check them all."""
    return [
        Finding(name, count(aftermath), list(invariant(aftermath)))
        for name, (count, invariant) in _INVARIANTS.items()
    ]


def _ends_once(aftermath: Aftermath) -> Iterator[Fault]:
    ours = [change for change in aftermath.changes if change.key in aftermath.stored.jobs]
    yield from ends_once(aftermath.stored.jobs, ours)


def _is_one_job_a_key(aftermath: Aftermath) -> Iterator[Fault]:
    """Each key was answered with one job and no other, however often it was sent; no other is."""
    for (tenant, key), ids in aftermath.ids.items():
        if len(ids) != 1:
            yield None, f"{tenant}'s {key} was answered with {len(ids)} jobs: {', '.join(ids)}"
    for tenant, key in aftermath.plan.by_key.keys() - aftermath.ids.keys():
        yield None, f"{tenant}'s {key} was answered with no job"
    for lost in aftermath.orders.keys() - aftermath.stored.jobs.keys():
        yield lost, f"{named(lost)} was accepted and is not there"
    for extra in aftermath.stored.jobs.keys() - aftermath.orders.keys():
        yield extra, f"{named(extra)} is there and nobody ordered it"


def _ends_as_it_must(aftermath: Aftermath) -> Iterator[Fault]:
    """A sound job succeeds, unless each of its attempts was taken from it; then it does so again.

    A poison one fails, and so does one that breaks the model until that is mended.
    """
    again = set(aftermath.reruns.values())
    for key, record in aftermath.stored.jobs.items():
        if (order := aftermath.orders.get(key)) is None:
            continue
        is_again = key in again
        must_succeed = order.kind.succeeds_again if is_again else order.kind.must_succeed
        if record["status"] == Status.SUCCEEDED:
            if not must_succeed:
                yield key, f"{named(key)} has succeeded, which a payload that {order.kind} can't"
        elif must_succeed and (is_again or not _was_unlucky(aftermath, key, record)):
            yield key, f"{named(key)}, {order.kind}, is {record['status']}: {_error(record)}"
        elif order.kind is Kind.INVALID and _code(record) != InvalidPayload.code:
            yield key, f"{named(key)} is not a payload for this model, and failed: {_error(record)}"


def _was_unlucky(aftermath: Aftermath, key: JobKey, record: Record) -> bool:
    return record["failures"] == MAX_ATTEMPTS and key in aftermath.reruns


def _spends_its_attempts(aftermath: Aftermath) -> Iterator[Fault]:
    """A job fails for good or because its attempts are used up, and never has more than those."""
    for key, record in aftermath.stored.jobs.items():
        failures = record["failures"]
        if not isinstance(failures, int) or failures > MAX_ATTEMPTS:
            yield key, f"{named(key)} has failed {failures} times, {MAX_ATTEMPTS} are allowed"
        elif record["status"] == Status.FAILED and not _is_spent(record):
            yield key, f"{named(key)} has failed after {failures} attempts: {_error(record)}"


def _fails_for_a_reason(aftermath: Aftermath) -> Iterator[Fault]:
    yield from fails_for_a_reason(aftermath.stored.jobs, cancelled=())


def _lies_where_it_is_told(aftermath: Aftermath) -> Iterator[Fault]:
    """A job has succeeded exactly if its result lies where its last attempt puts it."""
    results = aftermath.stored.results
    for key, record in aftermath.stored.jobs.items():
        place = f"results/{key.tenant}/{key.job_id}/{record['attempts']}.json"
        if record["status"] != Status.SUCCEEDED:
            if "result" in record or "resultUri" in record:
                yield key, f"{named(key)} is {record['status']} and has a result"
        elif not str(record["resultUri"]).endswith(f"/{place}"):
            yield key, f"{named(key)} is told to lie at {record['resultUri']}, not at {place}"
        elif place not in results:
            yield key, f"{named(key)} has succeeded, and nothing lies at {place}"
        elif key in aftermath.orders and not _is_right(aftermath, key, results[place]):
            yield key, f"{named(key)} has a wrong result at {place}"


def _is_right(aftermath: Aftermath, key: JobKey, result: bytes) -> bool:
    return bool(json.loads(result) == answer_to(aftermath.orders[key].payload))


def _is_read_by_its_tenant(aftermath: Aftermath) -> Iterator[Fault]:
    """Its tenant reads the right result of each job that succeeded, and of no other any."""
    for reading in aftermath.readings:
        order = aftermath.orders.get(reading.key)
        if reading.is_strangers or order is None:
            continue
        status = aftermath.stored.jobs[reading.key]["status"]
        if status != Status.SUCCEEDED:
            if reading.refusal != Conflict.__name__:
                yield reading.key, f"{named(reading.key)} is {status}; read: {_answer(reading)}"
        elif reading.refusal or reading.result != answer_to(order.payload):
            yield reading.key, f"{named(reading.key)} has succeeded; read: {_answer(reading)}"


def _is_read_by_nobody_else(aftermath: Aftermath) -> Iterator[Fault]:
    for reading in aftermath.readings:
        if reading.is_strangers and reading.refusal != NotFound.__name__:
            yield reading.key, f"{reading.by} read {named(reading.key)}: {_answer(reading)}"


def _keeps_tenants_apart(aftermath: Aftermath) -> Iterator[Fault]:
    """Under a tenant's prefix lie results of its own payloads alone, of lost attempts too."""
    for place, body in aftermath.stored.results.items():
        _, tenant, job_id, _ = place.split("/")
        key = JobKey(tenant, job_id)
        if json.loads(body)["tenant"] != tenant:
            yield key, f"at {place} lies a result of {json.loads(body)['tenant']}"
        elif key not in aftermath.orders or not _is_right(aftermath, key, body):
            yield key, f"at {place} lies another job's result"


def _leaves_nothing(aftermath: Aftermath) -> Iterator[Fault]:
    depth = aftermath.stored.depth
    if depth.visible or depth.in_flight or depth.delayed:
        yield None, f"in the queue: {depth}"


def _accounts_for_dead_letters(aftermath: Aftermath) -> Iterator[Fault]:
    """A job whose attempts are used up has a dead letter or was run again; no other has one."""
    for key, record in aftermath.stored.jobs.items():
        has_letter, was_run_again = key in aftermath.letters, key in aftermath.reruns
        if _is_buried(record):
            if not (has_letter or was_run_again):
                yield key, f"{named(key)} has failed, and its message is nowhere"
            if has_letter and was_run_again:
                yield key, f"{named(key)} was run again, and its message is in the DLQ still"
        elif has_letter or was_run_again:
            yield key, f"{named(key)} is {record['status']}, and was in the DLQ"
    for stray in aftermath.letters.keys() - aftermath.stored.jobs.keys():
        yield None, f"in the DLQ lies a message of {named(stray) if stray else 'no job'}"


def _is_fenced(aftermath: Aftermath) -> Iterator[Fault]:
    """No attempt but the last one changes a job: their number never falls, nor skips one."""
    for change in aftermath.changes:
        before = change.before
        if before is not None and _number(change.after) - _number(before) not in (0, 1):
            yield change.key, f"{named(change.key)}: attempt {_number(before)}, then {change}"


def _protects_the_busy_alone(aftermath: Aftermath) -> Iterator[Fault]:
    for task in aftermath.stored.protected:
        yield None, f"{task} has nothing to do and is protected"


def _number(record: Record) -> int:
    return int(str(record["attempts"]))


def _is_buried(record: Record) -> bool:
    return record["status"] == Status.FAILED and _code(record) != InvalidPayload.code


def _is_spent(record: Record) -> bool:
    return record["failures"] == MAX_ATTEMPTS or _code(record) == InvalidPayload.code


def _code(record: Record) -> str:
    error = record.get("error")
    return str(error["code"]) if isinstance(error, dict) else ""


def _error(record: Record) -> str:
    return json.dumps(record.get("error"))[:300]


def _answer(reading: object) -> str:
    return str(reading)[:300]


def _count_jobs(aftermath: Aftermath) -> int:
    return len(aftermath.stored.jobs)


_INVARIANTS: dict[str, tuple[Callable[[Aftermath], int], Invariant]] = {
    "each job ended once, and nothing changed it after": (_count_jobs, _ends_once),
    "one job for each idempotency key": (lambda it: len(it.ids), _is_one_job_a_key),
    "sound jobs succeeded, poison ones failed": (_count_jobs, _ends_as_it_must),
    "no job had more attempts than it may, or fewer": (_count_jobs, _spends_its_attempts),
    "each failure has its reason": (_count_jobs, _fails_for_a_reason),
    "succeeded if and only if the right result is stored": (_count_jobs, _lies_where_it_is_told),
    "its tenant reads the right result": (
        lambda it: sum(not reading.is_strangers for reading in it.readings),
        _is_read_by_its_tenant,
    ),
    "another tenant is told that there is none": (
        lambda it: sum(reading.is_strangers for reading in it.readings),
        _is_read_by_nobody_else,
    ),
    "no result under another tenant or job": (
        lambda it: len(it.stored.results),
        _keeps_tenants_apart,
    ),
    "each write is of the last attempt": (lambda it: len(it.changes), _is_fenced),
    "nothing is left in the queue, in flight or delayed": (lambda _: 1, _leaves_nothing),
    "each dead letter is a failed job's, and the other way": (
        _count_jobs,
        _accounts_for_dead_letters,
    ),
    "no idle task is protected": (lambda _: 1, _protects_the_busy_alone),
}
