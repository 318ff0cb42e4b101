from __future__ import annotations

import pytest

from spillway.job import Status
from spillway_cli.dead_letters.rules import (
    Choice,
    Fate,
    NotYet,
    RunAgain,
    SendBack,
    Spent,
    document,
    fate,
    reason_code,
)
from tests.unit.cli.dead_letters.letters import letter
from tests.unit.core.jobs import NOW_MS, TTL_MS, job


@pytest.mark.parametrize(
    ("status", "decided"),
    [
        (Status.QUEUED, SendBack()),
        (Status.RUNNING, SendBack()),
        (Status.FAILED, RunAgain(job(status=Status.FAILED))),
        (Status.EXPIRED, RunAgain(job(status=Status.EXPIRED))),
        (Status.CANCELLED, Spent("its job was cancelled")),
        (Status.SUCCEEDED, Spent("its job has succeeded")),
    ],
)
def test_what_becomes_of_a_letter_follows_from_its_job(status: Status, decided: Fate) -> None:
    now = job(status=status)

    assert fate(letter(now), now, now_ms=NOW_MS) == decided


def test_a_job_that_is_about_to_expire_is_left_until_it_has() -> None:
    waiting = job()

    assert fate(letter(waiting), waiting, now_ms=NOW_MS + TTL_MS - 1) == SendBack()
    assert isinstance(fate(letter(waiting), waiting, now_ms=NOW_MS + TTL_MS), NotYet)


def test_a_letter_whose_job_is_gone_is_spent() -> None:
    assert fate(letter(job()), None, now_ms=NOW_MS) == Spent("its job has passed its retention")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("hello", "not JSON"),
        ('{"v": 2}', "v: expected 1"),
        (letter(job(model="minilm"), model="minilm").body, "model: expected default, got minilm"),
    ],
)
def test_what_is_no_message_of_this_models_is_spent_and_says_why(body: str, why: str) -> None:
    decided = fate(letter(body), None, now_ms=NOW_MS)

    assert isinstance(decided, Spent)
    assert why in decided.why


def test_letters_are_chosen_by_job_message_reason_and_age() -> None:
    one = letter(job(), reason="worker_lost", sent_ms=NOW_MS - 90_000)

    for choice in (
        Choice(),
        Choice(name="j1"),
        Choice(name="m1"),
        Choice(reason="worker_lost"),
        Choice(older_than_s=90),
        Choice(tenant="acme"),
        Choice(name="j1", tenant="acme", reason="worker_lost", older_than_s=1),
    ):
        assert choice.takes(one, now_ms=NOW_MS)
    for choice in (
        Choice(name="j2"),
        Choice(reason="timeout"),
        Choice(older_than_s=91),
        Choice(name="j1", reason="timeout"),
        Choice(name="j1", tenant="globex"),
    ):
        assert not choice.takes(one, now_ms=NOW_MS)


def test_a_malformed_letter_is_chosen_by_its_message_alone() -> None:
    assert Choice(name="m1").takes(letter("hello"), now_ms=NOW_MS)
    assert not Choice(name="None").takes(letter("hello"), now_ms=NOW_MS)
    assert not Choice(name="m1", tenant="acme").takes(letter("hello"), now_ms=NOW_MS)


def test_a_reason_is_one_word() -> None:
    assert reason_code(letter("x", reason="malformed_message: not JSON")) == "malformed_message"
    assert reason_code(letter("x", reason=None)) == "moved_by_sqs"


def test_a_letter_is_listed_with_the_state_of_its_job() -> None:
    failed = job(status=Status.FAILED, attempts=4)

    assert document(letter(failed), failed) == {
        "messageId": "m1",
        "model": "default",
        "jobId": "j1",
        "tenant": "acme",
        "reason": "timeout",
        "sentAt": "2027-01-15T08:00:00.000Z",
        "status": "FAILED",
        "attempts": 4,
    }


def test_a_letter_of_no_job_is_listed_too() -> None:
    said = document(letter("hello", reason=None), None)

    assert (said["jobId"], said["status"], said["reason"]) == (None, None, "moved_by_sqs")
