"""The contract of `JobStore.apply`: each rule of a job's life, carried out and refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from spillway import transitions
from spillway.errors import UpdateRefused
from spillway.job import Job, Status
from spillway.transitions import CANCELLED, EXPIRED, WORKER_LOST
from tests.contract.ports.samples import ERROR, KEY, MINUTE_MS, NOW_MS, ended, queued, running

if TYPE_CHECKING:
    from spillway.ports import JobStore
    from spillway.update import Update

LEASE_MS = NOW_MS + 45_000
EXPIRES_MS = queued().expires_at_ms
ATTEMPT, STALE, TO_COME = 2, 1, 3
"""The attempt that a `running()` job is at, one before it, one after it."""


def _claiming(rule: str) -> Update:
    make = transitions.claim if rule == "claim" else transitions.reclaim
    return make(
        KEY, now_ms=NOW_MS, lease_until_ms=LEASE_MS, max_attempts=4, model_version="v2",
        holder="h1"
    )  # fmt: skip


def _by(attempt: int) -> dict[str, Update]:
    return {
        "renew": transitions.renew(KEY, attempt=attempt, lease_until_ms=LEASE_MS),
        "succeed": transitions.succeed(
            KEY, attempt=attempt, now_ms=NOW_MS, result="1", result_uri="s3://results/2.json"
        ),
        "fail": transitions.fail(KEY, attempt=attempt, now_ms=NOW_MS, error=ERROR),
        "retry": transitions.retry(KEY, attempt=attempt, expires_at_ms=EXPIRES_MS, error=ERROR),
        "give_back": transitions.give_back(KEY, attempt=attempt, expires_at_ms=EXPIRES_MS),
        "lose": transitions.lose(KEY, attempt=attempt, now_ms=NOW_MS),
    }


def _updates() -> dict[str, Update]:
    fenced = {
        f"{rule}, {whose}": update
        for whose, attempt in (("its own", ATTEMPT), ("stale", STALE), ("to come", TO_COME))
        for rule, update in _by(attempt).items()
    }
    return fenced | {
        "claim": _claiming("claim"),
        "reclaim": _claiming("reclaim"),
        "cancel": transitions.cancel(KEY, now_ms=NOW_MS),
        "expire": transitions.expire(KEY, now_ms=NOW_MS),
    }


UPDATES = _updates()
OF_ITS_ATTEMPT = {f"{rule}, its own" for rule in ("renew", "succeed", "fail", "retry", "give_back")}
LOST_LEASE: dict[str, Any] = {"lease_until_ms": NOW_MS, "due_at_ms": NOW_MS}

STATES: dict[str, tuple[Job, set[str]]] = {
    "queued": (queued(), {"claim", "cancel"}),
    "queued, a millisecond before it expires": (
        queued(expires_at_ms=NOW_MS + 1),
        {"claim", "cancel"},
    ),
    "queued, expiring now": (queued(expires_at_ms=NOW_MS), {"cancel", "expire"}),
    "queued again after three failures": (
        queued(attempts=5, failures=3, error=ERROR),
        {"claim", "cancel"},
    ),
    "queued after four failures": (queued(attempts=4, failures=4), {"cancel"}),
    "running": (running(), OF_ITS_ATTEMPT | {"cancel"}),
    "running, past its deadline": (running(expires_at_ms=NOW_MS), OF_ITS_ATTEMPT | {"cancel"}),
    "running, a millisecond before its lease ends": (
        running(lease_until_ms=NOW_MS + 1),
        OF_ITS_ATTEMPT | {"cancel"},
    ),
    # Until another attempt begins, a worker that is late still holds the job.
    "running, its lease lost": (
        running(**LOST_LEASE),
        OF_ITS_ATTEMPT | {"cancel", "reclaim", "lose, its own"},
    ),
    "running, its lease lost, past its deadline": (
        running(**LOST_LEASE, expires_at_ms=NOW_MS),
        OF_ITS_ATTEMPT | {"cancel", "lose, its own"},
    ),
    "running, its lease lost, at its last attempt": (
        running(**LOST_LEASE, failures=3),
        OF_ITS_ATTEMPT | {"cancel", "lose, its own"},
    ),
    "succeeded": (ended(Status.SUCCEEDED, result_uri="s3://results/2.json"), set()),
    "failed": (ended(Status.FAILED), set()),
    "cancelled": (ended(Status.CANCELLED, error=CANCELLED), set()),
    "expired": (ended(Status.EXPIRED, error=EXPIRED, expires_at_ms=NOW_MS), set()),
}


@pytest.mark.parametrize("state", STATES)
def test_a_job_takes_what_its_rules_allow_and_refuses_all_else(store: JobStore, state: str) -> None:
    template, allowed = STATES[state]
    taken = set()
    for number, (rule, update) in enumerate(UPDATES.items()):
        # Given a job in this state, one for each rule,
        job = replace(template, job_id=f"job-{number}")
        store.put(job)
        # when the rule is applied,
        after, is_taken = _apply(store, replace(update, key=job.key))
        taken |= {rule} if is_taken else set()
        # then what it gave is what is stored, and that is the job itself where it was refused.
        assert store.get(job.key) == after
        assert is_taken or after == job

    assert taken == allowed


OUTCOMES: dict[str, tuple[Job, Update, Job]] = {
    "a claim begins the first attempt under a lease": (
        queued(),
        UPDATES["claim"],
        queued(
            status=Status.RUNNING,
            attempts=1,
            started_at_ms=NOW_MS,
            lease_until_ms=LEASE_MS,
            due_at_ms=LEASE_MS,
            max_attempts=4,
            model_version="v2",
            holder="h1",
        ),
    ),
    "a claim after a retry begins the next attempt and keeps why the last one failed": (
        queued(attempts=3, failures=2, error=ERROR, max_attempts=3, model_version="v1"),
        UPDATES["claim"],
        queued(
            status=Status.RUNNING,
            attempts=4,
            failures=2,
            error=ERROR,
            started_at_ms=NOW_MS,
            lease_until_ms=LEASE_MS,
            due_at_ms=LEASE_MS,
            max_attempts=4,
            model_version="v2",
            holder="h1",
        ),
    ),
    "a reclaim begins the next attempt and counts the lost one as a failure": (
        running(**LOST_LEASE),
        UPDATES["reclaim"],
        running(
            attempts=3,
            failures=2,
            error=WORKER_LOST,
            started_at_ms=NOW_MS,
            lease_until_ms=LEASE_MS,
            due_at_ms=LEASE_MS,
            model_version="v2",
            holder="h1",
        ),
    ),
    "a renewal moves the lease and nothing else": (
        running(),
        UPDATES["renew, its own"],
        running(lease_until_ms=LEASE_MS, due_at_ms=LEASE_MS),
    ),
    "success keeps the result and forgets the earlier error": (
        running(),
        UPDATES["succeed, its own"],
        ended(
            Status.SUCCEEDED,
            completed_at_ms=NOW_MS,
            result="1",
            result_uri="s3://results/2.json",
            error=None,
        ),
    ),
    "a large result lies at its address alone": (
        running(),
        transitions.succeed(
            KEY, attempt=2, now_ms=NOW_MS, result=None, result_uri="s3://results/2.json"
        ),
        ended(
            Status.SUCCEEDED, completed_at_ms=NOW_MS, result_uri="s3://results/2.json", error=None
        ),
    ),
    "failure keeps the error and counts": (
        running(error=None),
        UPDATES["fail, its own"],
        ended(Status.FAILED, completed_at_ms=NOW_MS, failures=2, error=ERROR),
    ),
    "a retry queues the job again, due at its deadline": (
        running(error=None),
        UPDATES["retry, its own"],
        running(
            status=Status.QUEUED,
            failures=2,
            error=ERROR,
            started_at_ms=None,
            lease_until_ms=None,
            due_at_ms=EXPIRES_MS,
        ),
    ),
    "a job given back has not failed": (
        running(),
        UPDATES["give_back, its own"],
        running(
            status=Status.QUEUED, started_at_ms=None, lease_until_ms=None, due_at_ms=EXPIRES_MS
        ),
    ),
    "a queued job is cancelled": (
        queued(),
        UPDATES["cancel"],
        queued(status=Status.CANCELLED, completed_at_ms=NOW_MS, due_at_ms=None, error=CANCELLED),
    ),
    "a running job is cancelled": (
        running(),
        UPDATES["cancel"],
        ended(Status.CANCELLED, completed_at_ms=NOW_MS, error=CANCELLED),
    ),
    "a job expires": (
        queued(expires_at_ms=NOW_MS),
        UPDATES["expire"],
        queued(
            status=Status.EXPIRED,
            expires_at_ms=NOW_MS,
            completed_at_ms=NOW_MS,
            due_at_ms=None,
            error=EXPIRED,
        ),
    ),
    "a job over a lowered limit fails as it last did": (
        queued(attempts=3, failures=2, error=ERROR),
        transitions.exhaust(KEY, now_ms=NOW_MS, max_attempts=2),
        queued(
            status=Status.FAILED,
            attempts=3,
            failures=2,
            error=ERROR,
            completed_at_ms=NOW_MS,
            due_at_ms=None,
        ),
    ),
    "a job whose worker is lost fails": (
        running(**LOST_LEASE),
        UPDATES["lose, its own"],
        ended(Status.FAILED, completed_at_ms=NOW_MS, failures=2, error=WORKER_LOST),
    ),
}


@pytest.mark.parametrize("rule", OUTCOMES)
def test_what_becomes_of_the_job(store: JobStore, rule: str) -> None:
    before, update, after = OUTCOMES[rule]
    store.put(before)

    assert store.apply(update) == after
    assert store.get(KEY) == after


def test_a_worker_that_lost_its_job_to_another_changes_nothing(store: JobStore) -> None:
    # Given a job that was claimed, lost and claimed again,
    store.put(queued())
    claimed = {**UPDATES["claim"].set, "leaseUntil": NOW_MS}
    store.apply(replace(UPDATES["claim"], set=claimed))
    second = store.apply(UPDATES["reclaim"])
    assert second.attempts == 2

    # when the first worker comes back with whatever it has to say,
    for update in _by(attempt=1).values():
        with pytest.raises(UpdateRefused) as refused:
            store.apply(update)
        assert refused.value.current == second

    # then the second one's success stands.
    assert store.apply(UPDATES["succeed, its own"]).status is Status.SUCCEEDED


def test_what_the_reconciler_settles_is_settled_once(store: JobStore) -> None:
    store.put(job := running(**LOST_LEASE))
    update = transitions.settle(job, now_ms=NOW_MS + 2 * MINUTE_MS)
    assert update is not None

    settled = store.apply(update)

    assert (settled.status, settled.failures, settled.error) == (Status.QUEUED, 2, WORKER_LOST)
    with pytest.raises(UpdateRefused):
        store.apply(update)


def _apply(store: JobStore, update: Update) -> tuple[Job | None, bool]:
    """The job after it, as the store tells it, and whether the update was taken."""
    try:
        return store.apply(update), True
    except UpdateRefused as refused:
        return refused.current, False
