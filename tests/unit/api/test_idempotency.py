from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from spillway import message
from spillway.job import Status
from tests.unit.api.system import OTHER_KEY, System

KEYED = {"Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}


def test_the_same_key_and_request_get_the_first_answer_again(system: System) -> None:
    first = system.submit(headers=KEYED)
    system.clock.now_ms += 60_000

    again = system.submit(headers=KEYED)

    assert again.status == first.status == 202
    assert again.body == first.body
    assert len(system.store._records) == 1


def test_the_first_answer_comes_again_even_when_the_job_is_over(system: System) -> None:
    first = system.submit(headers=KEYED)
    system.succeed(first.body["jobId"], "1")
    sent = len(system.messages())

    assert system.submit(headers=KEYED).body == first.body
    assert len(system.messages()) == sent


def test_a_job_that_still_waits_is_sent_again_in_case_its_message_was_lost(system: System) -> None:
    system.submit(headers=KEYED)
    system.submit(headers=KEYED)

    one, two = map(message.decode, system.messages())
    assert one == two


def test_a_job_that_has_begun_is_not_sent_again(system: System) -> None:
    job_id = system.submitted(headers=KEYED)
    system.start(job_id)

    system.submit(headers=KEYED)

    assert len(system.messages()) == 1


def test_the_same_request_written_otherwise_is_the_same(system: System) -> None:
    one = system.call("POST", "/jobs", '{"payload":{"a":1,"b":2},"model":"default"}', headers=KEYED)
    two = system.call("POST", "/jobs", '{ "payload": {"b": 2, "a": 1} }', headers=KEYED)

    assert one.body == two.body


@pytest.mark.parametrize(
    "other", [{"payload": 2}, {"payload": 1, "ttlSeconds": 60}, {"payload": 1, "metadata": {}}]
)
def test_another_request_under_the_same_key_is_refused(
    system: System, other: dict[str, object]
) -> None:
    system.submitted({"payload": 1}, headers=KEYED)

    reply = system.submit(other, headers=KEYED)

    assert reply.status == 422
    assert reply.body["type"] == "https://spillway.dev/problems/key-reused"
    assert len(system.store._records) == 1
    assert len(system.messages()) == 1


def test_a_job_id_of_the_callers_own_works_as_a_key(system: System) -> None:
    first = system.submit({"payload": 1, "jobId": "mine"})

    assert system.submit({"payload": 1, "jobId": "mine"}).body == first.body
    assert system.submit({"payload": 2, "jobId": "mine"}).status == 422


def test_a_key_is_the_same_quoted_or_not(system: System) -> None:
    quoted = system.submit(headers={"Idempotency-Key": '"abc"'})

    assert system.submit(headers={"idempotency-key": "abc"}).body == quoted.body


def test_a_key_is_its_tenants_own(system: System) -> None:
    one = system.submitted(headers=KEYED)

    assert system.submitted({"payload": 2}, headers=KEYED, key=OTHER_KEY) != one


@pytest.mark.parametrize("key", ["", '""', "a b", '"unclosed', "x" * 256, "zwölf", "a\x7f"])
def test_a_key_that_cannot_be_read_is_refused(system: System, key: str) -> None:
    reply = system.submit(headers={"Idempotency-Key": key})

    assert reply.status == 400
    assert reply.body["type"].endswith("/bad-idempotency-key")
    system.assert_untouched()


def test_fifty_at_once_with_one_key_make_one_job(system: System) -> None:
    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda _: system.submit(headers=KEYED), range(50)))

    assert {reply.status for reply in replies} == {202}
    assert len({reply.body["jobId"] for reply in replies}) == 1
    [record] = system.store._records.values()
    assert record["status"] == Status.QUEUED
    assert len({message.decode(body).key for body in system.messages()}) == 1


def test_without_a_key_each_request_is_a_job(system: System) -> None:
    assert system.submitted() != system.submitted()


def test_two_names_for_one_job_are_one_too_many(system: System) -> None:
    reply = system.submit({"payload": 1, "jobId": "mine"}, headers=KEYED)

    assert reply.status == 422
    assert reply.body["errors"][0]["pointer"] == "#/jobId"
    system.assert_untouched()
