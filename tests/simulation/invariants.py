"""What must be so after every run, whatever befell it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spillway.errors import InvalidPayload
from spillway.job import JobKey, Status
from spillway.retrying import BACKOFF_BASE_S
from tests.invariants import ends_once, fails_for_a_reason, named
from tests.simulation.callers import GARBAGE
from tests.simulation.fleet import KILLED
from tests.simulation.model import answer_to, payload_of
from tests.simulation.plan import SKEW_S
from tests.simulation.queue import job_of
from tests.simulation.scale_in import is_protected_while_busy_alone
from tests.simulation.troubles import Trouble
from tests.simulation.world import deadline_s

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spillway.update import Record
    from tests.simulation.history import Change
    from tests.simulation.world import Outcome

PATIENCE_S = SKEW_S + BACKOFF_BASE_S * 2**3
"""So early a job may be over: by a clock that is ahead, and as its next try would come too late."""


def violations(outcome: Outcome) -> list[str]:
    """What was not as it must be; each names its invariant."""
    return [
        f"{name}: {what}" for name, invariant in _INVARIANTS.items() for what in invariant(outcome)
    ]


def _ends_once(outcome: Outcome) -> Iterator[str]:
    return (what for _, what in ends_once(outcome.jobs, outcome.history.changes))


def _ends_in_time(outcome: Outcome) -> Iterator[str]:
    ended_s = {change.key: change.at_s for change in outcome.history.changes if change.ends}
    for job in outcome.plan.jobs:
        deadline = deadline_s(outcome.plan, job)
        if ended_s.get(job.key, outcome.ended_s) > deadline:
            yield f"{named(job.key)} was not over after {deadline:.0f} s"


def _succeeds_with_its_result(outcome: Outcome) -> Iterator[str]:
    """A job has succeeded exactly if the right result lies where its last attempt puts it."""
    for job in outcome.plan.jobs:
        record = outcome.jobs.get(job.key)
        if record is None:
            yield f"{named(job.key)} is not there"
        elif record["status"] != Status.SUCCEEDED:
            if "result" in record or "resultUri" in record:
                yield f"{named(job.key)} is {record['status']} and has a result"
        elif not job.kind.may_succeed:
            yield f"{named(job.key)} has succeeded, which a payload that {job.kind} can't"
        else:
            yield from _wrong_result(outcome, job.key, record, answer_to(payload_of(job)))


def _wrong_result(
    outcome: Outcome, key: JobKey, record: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[str]:
    place = f"results/{key.tenant}/{key.job_id}/{record['attempts']}.json"
    if record["resultUri"] != f"s3://out/{place}":
        yield f"{named(key)} is told to lie at {record['resultUri']}, its attempt's is {place}"
    stored = outcome.results.get(place)
    if stored is None:
        yield f"{named(key)} has succeeded, and nothing lies at {place}"
        return
    if outcome.history.stored_s[place] > _end(outcome, key).at_s:
        yield f"{named(key)} had succeeded before its result was stored"
    if json.loads(stored).items() < answer.items():
        yield f"{named(key)} has the wrong result"
    if record.get("result", stored.decode()) != stored.decode():
        yield f"{named(key)} has another result inline than it has stored"


def _fails_for_a_reason(outcome: Outcome) -> Iterator[str]:
    cancelled = outcome.history.asked_to_cancel
    return (what for _, what in fails_for_a_reason(outcome.jobs, cancelled))


def _spends_its_attempts(outcome: Outcome) -> Iterator[str]:
    """A job fails when the error is for good, or its attempts are used up, or its time is."""
    most = outcome.plan.shape.max_attempts
    expires_s = {job.key: job.submit_at_s + job.ttl_s for job in outcome.plan.jobs}
    for key, record in outcome.jobs.items():
        failures, code = record["failures"], _error(record)
        if not isinstance(failures, int) or failures > most:
            yield f"{named(key)} has failed {failures} times, {most} are allowed"
        elif record["status"] in (Status.FAILED, Status.EXPIRED):
            early_s = expires_s[key] - _end(outcome, key).at_s
            may_be_early = record["status"] == Status.FAILED and failures == most
            if early_s > PATIENCE_S and not may_be_early and code != InvalidPayload.code:
                yield f"{named(key)} is {record['status']}, {code}, {early_s:.0f} s early"


def _loses_nothing(outcome: Outcome) -> Iterator[str]:
    """Whatever is accepted is over, or in the queue, or in the DLQ, at any time."""
    for gone in outcome.history.deletions:
        if not gone.is_over and not gone.copies:
            whose = "a message that is not ours" if gone.key is None else named(gone.key)
            yield f"{gone.who} deleted the last message of {whose} at {gone.at_s:.3f} s"
    there = {*outcome.messages, *(letter.body for letter in outcome.dead_letters)}
    held = {job_of(body) for body in there}
    for key, record in outcome.jobs.items():
        if not Status(str(record["status"])).is_terminal and key not in held:
            yield f"{named(key)} is {record['status']} and its message is nowhere"
    if outcome.plan.has(Trouble.GARBAGE):
        for body in set(GARBAGE) - there:
            yield f"the message {body!r} is nowhere"
    if missing := {job.key for job in outcome.plan.jobs} - outcome.jobs.keys():
        yield f"{missing} were accepted and are not there"


def _keeps_tenants_apart(outcome: Outcome) -> Iterator[str]:
    for place, body in outcome.results.items():
        _, tenant, job_id, _ = place.split("/")
        result = json.loads(body)
        if (result["tenant"], result["job"]) != (tenant, job_id):
            yield f"at {place} lies a result of {result['tenant']}/{result['job']}"


def _is_fenced(outcome: Outcome) -> Iterator[str]:
    """A job that runs is changed by who holds it alone, until its lease is lost."""
    holder: dict[JobKey, str] = {}
    for change in outcome.history.changes:
        if change.before is not None and change.after["attempts"] != change.before["attempts"]:
            holder[change.key] = change.who
        elif _is_holders(change) and change.who != holder.get(change.key):
            yield f"{change.who} changed {named(change.key)}, held by another: {change}"


def _is_holders(change: Change) -> bool:
    """Whether it is a write that only an attempt makes about itself."""
    if change.before is None or change.before["status"] != Status.RUNNING:
        return False
    if change.who.startswith("w"):
        return change.after["status"] in (Status.RUNNING, Status.QUEUED, Status.SUCCEEDED)
    return change.after["status"] == Status.SUCCEEDED


def _stops_in_time(outcome: Outcome) -> Iterator[str]:
    for stay in outcome.history.stays:
        if stay.end == KILLED:
            yield f"{stay.name} {stay.end}"


def _does_nothing_unexpected(outcome: Outcome) -> Iterator[str]:
    yield from outcome.history.surprises


def _end(outcome: Outcome, key: JobKey) -> Change:
    return next(change for change in outcome.history.changes if change.key == key and change.ends)


def _error(record: Record) -> str:
    error: Any = record.get("error", {})
    return str(error.get("code", ""))


_INVARIANTS = {
    "one end": _ends_once,
    "in time": _ends_in_time,
    "right result": _succeeds_with_its_result,
    "reason": _fails_for_a_reason,
    "attempts": _spends_its_attempts,
    "nothing lost": _loses_nothing,
    "tenants apart": _keeps_tenants_apart,
    "fence": _is_fenced,
    "protection": is_protected_while_busy_alone,
    "end": _stops_in_time,
    "no surprise": _does_nothing_unexpected,
}
