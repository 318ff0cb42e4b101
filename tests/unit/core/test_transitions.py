"""The rules of a job's life, one by one, and then under whatever order the world brings them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spillway import transitions
from spillway.errors import UpdateRefused
from spillway.job import Job, JobError, JobKey, Status
from spillway.memory import MemoryStore
from spillway.record import to_record
from spillway.transitions import LOST_GRACE_MS
from tests.unit.core.jobs import NOW_MS, TTL_MS, job
from tests.unit.core.refusals import refusal

if TYPE_CHECKING:
    from spillway.update import Update

KEY = JobKey("acme", "j1")
LEASE_MS = 30_000
MAX_ATTEMPTS = 3
ERROR = JobError("prediction_failed", "no", retryable=True)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.put(job())
    return store


def claimed(store: MemoryStore, now_ms: int = NOW_MS, max_attempts: int = MAX_ATTEMPTS) -> Job:
    return store.apply(
        transitions.claim(
            KEY,
            now_ms=now_ms,
            lease_until_ms=now_ms + LEASE_MS,
            max_attempts=max_attempts,
            model_version="v1",
        )
    )


def test_a_claim_begins_an_attempt_under_a_lease(store: MemoryStore) -> None:
    running = claimed(store, NOW_MS + 5)

    assert (running.status, running.attempts, running.failures) == (Status.RUNNING, 1, 0)
    assert running.started_at_ms == NOW_MS + 5
    assert running.lease_until_ms == running.due_at_ms == NOW_MS + 5 + LEASE_MS
    assert (running.max_attempts, running.model_version) == (MAX_ATTEMPTS, "v1")


def test_of_two_claims_one_is_told_what_the_job_is(store: MemoryStore) -> None:
    claimed(store)

    with pytest.raises(UpdateRefused) as refused:
        claimed(store)

    assert refused.value.current is not None
    assert refused.value.current.status is Status.RUNNING


def test_nothing_is_claimed_past_its_deadline(store: MemoryStore) -> None:
    with pytest.raises(UpdateRefused):
        claimed(store, NOW_MS + TTL_MS)


def test_a_job_that_is_not_there_is_refused_as_nothing() -> None:
    with pytest.raises(UpdateRefused) as refused:
        claimed(MemoryStore())

    assert refused.value.current is None


def test_an_attempt_given_back_costs_no_failure(store: MemoryStore) -> None:
    running = claimed(store)

    back = store.apply(transitions.give_back(KEY, attempt=1, expires_at_ms=running.expires_at_ms))

    assert (back.status, back.attempts, back.failures) == (Status.QUEUED, 1, 0)
    assert back.lease_until_ms is None
    assert back.due_at_ms == running.expires_at_ms


def test_a_success_forgets_the_error_of_the_attempt_before(store: MemoryStore) -> None:
    claimed(store)
    store.apply(transitions.retry(KEY, attempt=1, expires_at_ms=NOW_MS + TTL_MS, error=ERROR))
    claimed(store)

    done = store.apply(
        transitions.succeed(KEY, attempt=2, now_ms=NOW_MS + 9, result="1", result_uri="s3://r/1")
    )

    assert (done.status, done.error, done.result) == (Status.SUCCEEDED, None, "1")
    assert (done.attempts, done.failures, done.completed_at_ms) == (2, 1, NOW_MS + 9)


def test_a_lease_that_was_lost_is_taken_over_and_counts_as_a_failure(store: MemoryStore) -> None:
    claimed(store)
    now_ms = NOW_MS + LEASE_MS

    taken = store.apply(
        transitions.reclaim(
            KEY,
            now_ms=now_ms,
            lease_until_ms=now_ms + LEASE_MS,
            max_attempts=MAX_ATTEMPTS,
            model_version="v1",
        )
    )

    assert (taken.status, taken.attempts, taken.failures) == (Status.RUNNING, 2, 1)


class TestSettle:
    def test_leaves_what_waits_before_its_deadline(self) -> None:
        assert transitions.settle(job(), now_ms=NOW_MS + TTL_MS - 1) is None

    def test_leaves_what_is_over(self) -> None:
        assert transitions.settle(job(status=Status.FAILED), now_ms=NOW_MS + 10 * TTL_MS) is None

    def test_leaves_a_lost_lease_to_the_queue_at_first(self) -> None:
        running = job(status=Status.RUNNING, attempts=1, lease_until_ms=NOW_MS)

        assert transitions.settle(running, now_ms=NOW_MS + LOST_GRACE_MS - 1) is None
        assert transitions.settle(running, now_ms=NOW_MS + LOST_GRACE_MS) is not None

    def test_fails_what_was_lost_past_its_deadline_whatever_attempts_are_left(
        self, store: MemoryStore
    ) -> None:
        running = claimed(store)

        update = transitions.settle(running, now_ms=NOW_MS + 2 * TTL_MS)

        assert update is not None
        assert store.apply(update).status is Status.FAILED

    def test_changes_nothing_if_the_lease_was_renewed_meanwhile(self, store: MemoryStore) -> None:
        stale = claimed(store)
        now_ms = NOW_MS + LEASE_MS + LOST_GRACE_MS
        store.apply(transitions.renew(KEY, attempt=1, lease_until_ms=now_ms + LEASE_MS))

        update = transitions.settle(stale, now_ms=now_ms)

        assert update is not None
        with pytest.raises(UpdateRefused):
            store.apply(update)


OFF = st.sampled_from([0, 0, 0, -1, 1])
"""How far an attempt is from the one that the job is at: mostly it is that one."""


class JobLife(RuleBasedStateMachine):
    """One job among workers, callers and the reconciler, each acting when it likes.

    The workers know only the attempt they began, and never learn that they lost it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.store.put(job())
        self.now_ms = NOW_MS
        self.ends: list[Job] = []
        self.before = self._job()

    @rule(by_ms=st.sampled_from([1, 1_000, LEASE_MS, LOST_GRACE_MS, TTL_MS]))
    def time_passes(self, by_ms: int) -> None:
        self.now_ms += by_ms

    @rule()
    def a_worker_claims(self) -> None:
        self._apply(
            transitions.claim(
                KEY,
                now_ms=self.now_ms,
                lease_until_ms=self.now_ms + LEASE_MS,
                max_attempts=MAX_ATTEMPTS,
                model_version="v1",
            )
        )

    @rule()
    def a_worker_reclaims(self) -> None:
        self._apply(
            transitions.reclaim(
                KEY,
                now_ms=self.now_ms,
                lease_until_ms=self.now_ms + LEASE_MS,
                max_attempts=MAX_ATTEMPTS,
                model_version="v1",
            )
        )

    @rule(off=OFF)
    def an_attempt_renews(self, off: int) -> None:
        attempt = self._job().attempts + off
        self._of_attempt(
            attempt,
            transitions.renew(KEY, attempt=attempt, lease_until_ms=self.now_ms + LEASE_MS),
        )

    @rule(off=OFF)
    def an_attempt_succeeds(self, off: int) -> None:
        attempt = self._job().attempts + off
        uri = f"s3://results/{attempt}.json"
        update = transitions.succeed(
            KEY, attempt=attempt, now_ms=self.now_ms, result=str(attempt), result_uri=uri
        )
        self._of_attempt(attempt, update)

    @rule(off=OFF)
    def an_attempt_fails(self, off: int) -> None:
        attempt = self._job().attempts + off
        update = transitions.fail(KEY, attempt=attempt, now_ms=self.now_ms, error=ERROR)
        self._of_attempt(attempt, update)

    @rule(off=OFF)
    def an_attempt_is_to_be_retried(self, off: int) -> None:
        attempt = self._job().attempts + off
        update = transitions.retry(KEY, attempt=attempt, expires_at_ms=NOW_MS + TTL_MS, error=ERROR)
        self._of_attempt(attempt, update)

    @rule(off=OFF)
    def an_attempt_is_given_back(self, off: int) -> None:
        attempt = self._job().attempts + off
        update = transitions.give_back(KEY, attempt=attempt, expires_at_ms=NOW_MS + TTL_MS)
        self._of_attempt(attempt, update)

    @rule()
    def the_caller_cancels(self) -> None:
        self._apply(transitions.cancel(KEY, now_ms=self.now_ms))

    @rule()
    def a_worker_finds_it_expired(self) -> None:
        self._apply(transitions.expire(KEY, now_ms=self.now_ms))

    @rule(off=OFF)
    def a_worker_finds_it_lost(self, off: int) -> None:
        attempt = self._job().attempts + off
        self._apply(transitions.lose(KEY, attempt=attempt, now_ms=self.now_ms))

    @rule()
    def the_reconciler_looks(self) -> None:
        update = transitions.settle(self._job(), now_ms=self.now_ms)
        if update is not None:
            assert self._apply(update), "nobody else acted, so nothing stands in its way"

    @precondition(lambda self: not self.ends)
    @rule()
    def the_reconciler_ends_it_in_time(self) -> None:
        """Left alone, the job ends: it needs no message and no worker."""
        current, later_ms = self._job(), self.now_ms
        store = MemoryStore()
        store._records[KEY] = self.store._records[KEY]
        for _ in range(2 * MAX_ATTEMPTS + 2):
            later_ms = max(later_ms, (current.due_at_ms or 0) + LOST_GRACE_MS)
            update = transitions.settle(current, now_ms=later_ms)
            assert update is not None
            current = store.apply(update)
            if current.status.is_terminal:
                return
        raise AssertionError(f"still {current.status}")

    @invariant()
    def a_job_ends_once(self) -> None:
        assert len(self.ends) <= 1

    @invariant()
    def what_has_ended_stays_as_it_was(self) -> None:
        if self.ends:
            assert self._job() == self.ends[0]

    @invariant()
    def a_job_is_due_until_it_is_over(self) -> None:
        record = self.store._records[KEY]
        is_over = self._job().status.is_terminal
        assert ("dueAt" in record) == ("dueShard" in record) == (not is_over)
        assert ("leaseUntil" in record) == (record["status"] == "RUNNING")

    @invariant()
    def attempts_and_failures_are_counted(self) -> None:
        current = self._job()
        assert current.attempts >= self.before.attempts
        assert current.attempts - self.before.attempts <= 1
        assert current.failures - self.before.failures in (0, 1)
        assert current.failures <= min(current.attempts, MAX_ATTEMPTS)
        self.before = current

    @invariant()
    def what_the_job_is_about_never_changes(self) -> None:
        index = ("pk", "tenantShard", "createdKey", "createdAt", "expiresAt", "fingerprint")
        first, current = to_record(job()), self.store._records[KEY]
        assert all(current[name] == first[name] for name in index)

    def _of_attempt(self, attempt: int, update: Update) -> None:
        before = self._job()
        is_current = before.status is Status.RUNNING and before.attempts == attempt
        assert self._apply(update) == is_current
        if not is_current:
            assert self._job() == before

    def _apply(self, update: Update) -> bool:
        before = self._job()
        refused = refusal(UpdateRefused, lambda: self.store.apply(update))
        if refused is not None:
            assert refused.current == before == self._job()
            return False
        if self._job().status.is_terminal:
            self.ends.append(self._job())
        return True

    def _job(self) -> Job:
        current = self.store.get(KEY)
        assert current is not None
        return current


JobLife.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_a_jobs_life_keeps_the_rules = JobLife.TestCase
