"""Each invariant is kept by a drill that went well, and broken by what it is there for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from spillway.job import JobKey, Status
from spillway.ports import Depth
from tests.drill.aftermath import Aftermath, Reading
from tests.drill.invariants import findings
from tests.drill.plan import MAX_ATTEMPTS, TENANTS
from tests.drill.samples import (
    PLACE,
    POISON,
    POISON_KEY,
    SOUND,
    SOUND_KEY,
    change,
    good,
    letter,
    spoilt,
    with_job,
)


def broken(aftermath: Aftermath) -> set[str]:
    return {finding.invariant for finding in findings(aftermath) if finding.faults}


def test_a_drill_that_went_well_keeps_them_all() -> None:
    assert broken(good()) == set()
    assert all(finding.checked for finding in findings(good()))


def _ended_again() -> Aftermath:
    record = good().stored.jobs[SOUND_KEY]
    return replace(good(), changes=[*good().changes, change(SOUND_KEY, record, record)])


def _never_ended() -> Aftermath:
    return replace(good(), changes=good().changes[1:])


def _answered_with_two_jobs() -> Aftermath:
    key = (SOUND.tenant, SOUND.idempotency_key)
    return replace(good(), ids={**good().ids, key: {"s": 1, "t": 1}})


def _made_a_job_that_nobody_ordered() -> Aftermath:
    jobs = good().stored.jobs
    return spoilt(good(), jobs={**jobs, JobKey(SOUND.tenant, "x"): jobs[SOUND_KEY]})


def _failed_a_sound_job() -> Aftermath:
    return with_job(SOUND_KEY, status=Status.FAILED.value, failures=1, error={"code": "x"})


def _succeeded_with_poison() -> Aftermath:
    return with_job(POISON_KEY, status=Status.SUCCEEDED.value, resultUri=f"s3://out/{PLACE}")


def _changed_by_a_stale_attempt() -> Aftermath:
    before, after = ({"status": "RUNNING", "attempts": number, "failures": 0} for number in (2, 1))
    return replace(good(), changes=[*good().changes, change(SOUND_KEY, before, after)])


def _read_by_a_stranger() -> Aftermath:
    return replace(good(), readings=[Reading(SOUND_KEY, POISON.tenant, "", {})])


def _read_wrongly() -> Aftermath:
    return replace(good(), readings=[Reading(SOUND_KEY, SOUND.tenant, "", {"proof": ""})])


def _stored_under_another_tenant() -> Aftermath:
    results = good().stored.results
    place = f"results/{TENANTS[2]}/s/1.json"
    return spoilt(good(), results={**results, place: results[PLACE]})


@pytest.mark.parametrize(
    ("aftermath", "invariant"),
    [
        (_ended_again(), "each job ended once"),
        (_never_ended(), "each job ended once"),
        (_answered_with_two_jobs(), "one job for each idempotency key"),
        (_made_a_job_that_nobody_ordered(), "one job for each idempotency key"),
        (_failed_a_sound_job(), "sound jobs succeeded"),
        (_succeeded_with_poison(), "sound jobs succeeded"),
        (with_job(POISON_KEY, failures=MAX_ATTEMPTS + 1), "no job had more attempts"),
        (with_job(POISON_KEY, failures=1), "no job had more attempts"),
        (with_job(SOUND_KEY, status=Status.CANCELLED.value), "each failure has its reason"),
        (spoilt(good(), results={}), "succeeded if and only if"),
        (spoilt(good(), results={PLACE: b'{"tenant": "acme"}'}), "succeeded if and only if"),
        (with_job(SOUND_KEY, attempts=2), "succeeded if and only if"),
        (_read_wrongly(), "its tenant reads the right result"),
        (_read_by_a_stranger(), "another tenant is told"),
        (_stored_under_another_tenant(), "no result under another tenant"),
        (_changed_by_a_stale_attempt(), "each write is of the last attempt"),
        (spoilt(good(), depth=Depth(0, 1, 0)), "nothing is left"),
        (spoilt(good(), letters=[]), "each dead letter"),
        (spoilt(good(), letters=[letter(POISON_KEY), letter(SOUND_KEY)]), "each dead letter"),
        (spoilt(good(), protected=["task"]), "no idle task is protected"),
    ],
)
def test_what_is_amiss_breaks_its_invariant(aftermath: Aftermath, invariant: str) -> None:
    assert any(name.startswith(invariant) for name in broken(aftermath))


def test_a_sound_job_may_fail_whose_attempts_were_all_taken_if_it_succeeds_again() -> None:
    spent = {"status": Status.FAILED.value, "attempts": MAX_ATTEMPTS, "failures": MAX_ATTEMPTS}
    record = {**spent, "error": {"code": "worker_lost"}}
    place = f"results/{SOUND.tenant}/again/1.json"
    result = good().stored.results[PLACE]
    again = {**good().stored.jobs[SOUND_KEY], "resultUri": f"s3://out/{place}", "retryOf": "s"}
    jobs: dict[JobKey, Any] = {
        SOUND_KEY: record,
        JobKey(SOUND.tenant, "again"): again,
        POISON_KEY: good().stored.jobs[POISON_KEY],
    }
    aftermath = replace(
        spoilt(good(), jobs=jobs, results={place: result}),
        changes=[change(key, None, job) for key, job in jobs.items()],
        readings=[],
    )

    assert broken(aftermath) == set()
