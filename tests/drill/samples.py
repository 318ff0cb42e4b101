"""A drill that went well, to be spoilt by tests."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spillway.job import JobKey, Status
from spillway.message import Message
from spillway.ports import Depth
from spillway_cli.dead_letters.rules import DeadLetter
from tests.drill.aftermath import Aftermath, Reading, Stored
from tests.drill.plan import MAX_ATTEMPTS, TENANTS, Kind, Order, Plan
from tests.drill.proof.proof import answer_to
from tests.simulation.history import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

SOUND, POISON = (
    Order(TENANTS[number], number, kind, "f")
    for number, kind in enumerate((Kind.SOUND, Kind.RAISES))
)
SOUND_KEY, POISON_KEY = JobKey(SOUND.tenant, "s"), JobKey(POISON.tenant, "p")
PLACE = f"results/{SOUND.tenant}/s/1.json"
ERROR = {"code": "prediction_failed", "message": "poison", "retryable": True}


def good() -> Aftermath:
    """One job that succeeded and one that failed, whose message lies in the DLQ."""
    succeeded: dict[str, Any] = {
        "status": Status.SUCCEEDED.value,
        "attempts": 1,
        "failures": 0,
        "resultUri": f"s3://out/{PLACE}",
    }
    failed: dict[str, Any] = {
        "status": Status.FAILED.value,
        "attempts": MAX_ATTEMPTS,
        "failures": MAX_ATTEMPTS,
        "error": ERROR,
    }
    jobs = {SOUND_KEY: succeeded, POISON_KEY: failed}
    result = json.dumps(answer_to(SOUND.payload)).encode()
    return Aftermath(
        plan=Plan(1, (SOUND, POISON), (SOUND, POISON)),
        ids={
            (SOUND.tenant, SOUND.idempotency_key): {"s": 2},
            (POISON.tenant, POISON.idempotency_key): {"p": 1},
        },
        changes=[change(key, None, record) for key, record in jobs.items()],
        stored=Stored(
            jobs=jobs,
            results={PLACE: result},
            depth=Depth(0, 0, 0),
            letters=[letter(POISON_KEY)],
            protected=[],
        ),
        readings=[
            Reading(SOUND_KEY, SOUND.tenant, "", answer_to(SOUND.payload)),
            Reading(SOUND_KEY, POISON.tenant, "NotFound", None),
            Reading(POISON_KEY, POISON.tenant, "Conflict", None),
        ],
    )


def change(key: JobKey, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Change:
    """A write of the job."""
    return Change(1.0, "", key, before, after)


def spoilt(aftermath: Aftermath, **stored: Any) -> Aftermath:
    """The drill, with something else in AWS."""
    return replace(aftermath, stored=replace(aftermath.stored, **stored))


def with_job(key: JobKey, **record: Any) -> Aftermath:
    """The drill, with another record of this job."""
    jobs = good().stored.jobs
    return spoilt(good(), jobs={**jobs, key: {**jobs[key], **record}})


def letter(key: JobKey) -> DeadLetter:
    """A dead letter of this job."""
    message = Message(
        job_id=key.job_id, tenant=key.tenant, model="default", expires_at_ms=0, timeout_s=1
    )
    return DeadLetter(
        model="default",
        message_id="m",
        receipt="r",
        body="",
        sent_ms=0,
        receives=1,
        reason="attempts_exhausted",
        message=message,
        fault=None,
    )
