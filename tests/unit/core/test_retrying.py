from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.errors import InvalidPayload, OutOfMemory, PredictionFailed
from spillway.job import Job, JobError, Status
from spillway.retrying import (
    BACKOFF_CAP_S,
    Drop,
    Exhaust,
    Expire,
    Fail,
    Lose,
    Reclaim,
    Retry,
    Wait,
    after_failure,
    after_refusal,
    backoff_s,
    is_dangerous,
)
from spillway.submission import TIMEOUT_S
from tests.unit.core.jobs import NOW_MS, TTL_MS, job

RUNNING = job(status=Status.RUNNING, attempts=1, max_attempts=4, lease_until_ms=NOW_MS + 30_000)


@given(st.integers(1, 10_000), st.integers())
def test_a_backoff_grows_up_to_its_cap_and_jitters_below(failures: int, seed: int) -> None:
    seconds = backoff_s(failures, random.Random(seed))

    assert 0 <= seconds <= min(BACKOFF_CAP_S, 2 * 2 ** min(failures - 1, 30))


def test_a_failure_that_may_pass_is_retried() -> None:
    outcome = after_failure(PredictionFailed("no"), RUNNING, now_ms=NOW_MS, rng=random.Random(1))

    assert isinstance(outcome, Retry)
    assert (outcome.error.code, outcome.error.message) == ("prediction_failed", "no")
    assert outcome.error.retryable


def test_a_payload_that_is_invalid_fails_at_once_and_is_not_kept() -> None:
    outcome = after_failure(InvalidPayload("no"), RUNNING, now_ms=NOW_MS, rng=random.Random(1))

    assert isinstance(outcome, Fail)
    assert not outcome.is_buried
    assert not outcome.error.retryable


def test_the_last_attempt_fails_the_job_and_its_message_is_kept() -> None:
    last = job(status=Status.RUNNING, attempts=9, failures=3, max_attempts=4)

    outcome = after_failure(OutOfMemory("no"), last, now_ms=NOW_MS, rng=random.Random(1))

    assert outcome == Fail(outcome.error, is_buried=True)
    assert outcome.error.code == "out_of_memory"


def test_nothing_is_retried_past_its_deadline() -> None:
    now_ms = NOW_MS + TTL_MS

    outcome = after_failure(PredictionFailed("no"), RUNNING, now_ms=now_ms, rng=random.Random(1))

    assert isinstance(outcome, Fail)


@pytest.mark.parametrize(
    ("current", "now_ms", "verdict"),
    [
        (None, NOW_MS, Drop()),
        (job(status=Status.SUCCEEDED), NOW_MS, Drop()),
        (job(status=Status.CANCELLED), NOW_MS, Drop()),
        (job(), NOW_MS + TTL_MS, Expire()),
        (job(), NOW_MS, Wait(1)),
        (job(failures=4), NOW_MS, Exhaust()),
        (RUNNING, NOW_MS, Wait(30)),
        (RUNNING, NOW_MS + 29_500, Wait(1)),
        (RUNNING, NOW_MS + 30_000, Reclaim()),
        (RUNNING, NOW_MS + TTL_MS, Lose(RUNNING.attempts)),
        (
            job(status=Status.RUNNING, attempts=4, failures=3, lease_until_ms=NOW_MS),
            NOW_MS,
            Lose(4),
        ),
    ],
)
def test_a_message_whose_claim_was_refused_is_dealt_with(
    current: object, now_ms: int, verdict: object
) -> None:
    assert _refused(current, now_ms) == verdict


def test_a_second_copy_of_a_running_job_waits_longer_each_time() -> None:
    waits = [_refused(RUNNING, NOW_MS, receives=number) for number in (1, 3, 6, 20, 100)]

    assert waits == [Wait(30), Wait(30), Wait(45), Wait(255), Wait(900)]


def test_a_message_that_comes_as_its_lease_ends_waits_for_that_alone() -> None:
    waits = [_refused(RUNNING, NOW_MS + 29_500, receives=number) for number in (1, 6, 20)]

    assert waits == [Wait(1), Wait(1), Wait(1)]


def test_a_hundred_waits_outlast_the_longest_attempt() -> None:
    waits = [_refused(RUNNING, NOW_MS, receives=number) for number in range(1, 101)]

    assert sum(wait.delay_s for wait in waits if isinstance(wait, Wait)) > TIMEOUT_S[1]


def _refused(current: object, now_ms: int, receives: int = 1) -> object:
    return after_refusal(
        current,  # type: ignore[arg-type]
        now_ms=now_ms,
        max_attempts=4,
        receives=receives,
        lease_s=30,
    )


def test_an_error_keeps_no_more_of_a_payload_than_a_table_takes() -> None:
    outcome = after_failure(
        InvalidPayload("x" * 500_000 + "\ud800"), RUNNING, now_ms=NOW_MS, rng=random.Random(1)
    )

    assert len(outcome.error.message.encode()) == 1000


@pytest.mark.parametrize(
    ("suspect", "expected"),
    [
        (RUNNING, False),
        (job(status=Status.RUNNING, attempts=1, lease_until_ms=NOW_MS), True),
        (job(failures=1, error=JobError("worker_lost", "", retryable=True)), True),
        (job(failures=1, error=JobError("out_of_memory", "", retryable=True)), True),
        (job(failures=1, error=JobError("prediction_failed", "", retryable=True)), False),
        (job(), False),
    ],
)
def test_what_may_have_ended_a_worker_is_dangerous(suspect: Job, *, expected: bool) -> None:
    assert is_dangerous(suspect, now_ms=NOW_MS) is expected
