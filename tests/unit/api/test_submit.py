from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from spillway import message
from spillway.errors import Unavailable
from spillway.job import JobKey, Status
from tests.unit.api.system import OTHER_KEY, System

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.job import Job


def test_the_smallest_request_is_accepted_stored_and_enqueued(system: System) -> None:
    reply = system.submit({"payload": {"hello": "world"}})

    job_id = reply.body["jobId"]
    assert reply.status == 202
    assert reply.headers["Location"] == f"/v1/jobs/{job_id}" == reply.body["links"]["self"]
    assert reply.headers["Retry-After"] == "1"
    assert reply.body["accepted"] is True
    assert reply.body["status"] == "QUEUED"
    assert reply.body["createdAt"] == "2027-01-15T08:00:00.000Z"
    assert system.job(job_id).status is Status.QUEUED
    [body] = system.messages()
    assert message.decode(body).payload == {"hello": "world"}
    assert message.decode(body).key == JobKey("acme", job_id)


def test_everything_that_may_be_asked_for_is_kept(system: System) -> None:
    job_id = system.submitted(
        {
            "model": "default",
            "payload": [1, 2.5, None],
            "jobId": "order-17",
            "ttlSeconds": 60,
            "timeoutSeconds": 43_200,
            "metadata": {"order": "17"},
        },
        headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    )

    job = system.job(job_id)
    assert job_id == "order-17"
    assert job.expires_at_ms == system.clock() + 60_000
    assert job.due_at_ms == job.expires_at_ms
    assert job.timeout_s == 43_200
    assert job.metadata == {"order": "17"}
    sent = message.decode(system.messages()[0])
    assert sent.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert sent.payload == [1, 2.5, None]


@pytest.mark.parametrize("payload", [None, False, 0, "", [], {}])
def test_a_payload_may_be_any_json_even_null(system: System, payload: object) -> None:
    job_id = system.submitted({"payload": payload})

    assert message.decode(system.messages()[0]).payload == payload
    assert json.loads(system.job(job_id).payload or "") == payload


def test_a_media_type_with_charset_or_suffix_or_none_is_taken(system: System) -> None:
    assert system.submit(headers={"Content-Type": "application/json; charset=utf-8"}).status == 202
    assert system.submit(headers={"Content-Type": "application/problem+json"}).status == 202
    assert system.submit(headers={"Content-Type": None}).status == 202


def test_a_body_that_the_gateway_encoded_is_decoded(system: System) -> None:
    reply = system.call("POST", "/jobs", "eyJwYXlsb2FkIjogMX0=", isBase64Encoded=True)

    assert reply.status == 202


def test_a_payload_over_8_kib_lies_in_the_bucket_and_still_travels_in_the_message(
    system: System,
) -> None:
    text = "x" * 10_000

    job = system.job(system.submitted({"payload": text}))

    assert job.payload is None
    assert job.payload_uri is not None
    [key] = system.inputs.objects
    assert key.startswith(f"payloads/acme/{job.job_id}/")
    assert json.loads(system.inputs.objects[key]) == text
    assert message.decode(system.messages()[0]).payload == text


def test_a_payload_over_200_kib_travels_by_its_address(system: System) -> None:
    job = system.job(system.submitted({"payload": "x" * 210_000}))

    sent = message.decode(system.messages()[0])
    assert sent.payload is None
    assert sent.payload_uri == job.payload_uri
    assert len(system.messages()[0]) < 1_000


def test_a_payload_that_was_uploaded_is_taken_by_its_address(system: System) -> None:
    upload = system.call("POST", "/uploads").body
    system.inputs.put(system.inputs.key(upload["payloadUri"]) or "", b'{"text": "hi"}')

    job = system.job(system.submitted({"payloadUri": upload["payloadUri"]}))

    assert job.payload_bytes == 14
    assert message.decode(system.messages()[0]).payload_uri == job.payload_uri


def test_what_is_uploaded_later_changes_no_job(system: System) -> None:
    upload = system.call("POST", "/uploads").body
    address = system.inputs.key(upload["payloadUri"]) or ""
    system.inputs.put(address, b'"first"')
    request = {"payloadUri": upload["payloadUri"], "jobId": "mine"}
    job = system.job(system.submitted(request))
    system.inputs.put(address, b'"second"')
    system.clock.now_ms += 1

    system.submitted(request)

    assert system.inputs.get(system.inputs.key(job.payload_uri or "") or "") == b'"first"'


@pytest.mark.parametrize(
    "uri",
    [
        "s3://inputs/uploads/globex/7f0c2a52",
        "s3://inputs/uploads/acme/../globex/7f0c2a52",
        "s3://inputs/uploads/acme/",
        "s3://inputs/uploads/acme/" + "x" * 2_000,
        "s3://elsewhere/uploads/acme/7f0c2a52",
        "https://example.com/payload",
        "s3://inputs/uploads/acme/nothing-there",
        "",
    ],
)
def test_an_address_that_is_not_the_tenants_own_upload_is_refused(system: System, uri: str) -> None:
    system.inputs.put("uploads/globex/7f0c2a52", b"1")

    reply = system.submit({"payloadUri": uri})

    assert reply.status == 422
    assert reply.body["errors"][0]["pointer"] == "#/payloadUri"
    assert system.messages() == []
    assert not system.store._records


def test_an_upload_too_large_for_a_worker_is_refused(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spillway.intake.OBJECT_BYTES", 4)
    system.inputs.put("uploads/acme/1", b"12345")

    assert system.submit({"payloadUri": "s3://inputs/uploads/acme/1"}).status == 422


def test_a_job_without_a_key_leaves_nothing_behind_when_the_queue_is_away(system: System) -> None:
    system.queue.is_away = True

    reply = system.submit()

    assert reply.status == 503
    assert reply.headers["Retry-After"] == "5"
    assert reply.body["type"] == "https://spillway.dev/problems/dependency-unavailable"
    system.assert_untouched()


def test_a_job_with_a_key_is_sent_when_it_is_asked_for_again(system: System) -> None:
    system.queue.is_away = True
    assert system.submit(headers={"Idempotency-Key": "k"}).status == 503
    system.queue.is_away = False

    reply = system.submit(headers={"Idempotency-Key": "k"})

    assert reply.status == 202
    assert len(system.messages()) == 1
    assert len(system.store._records) == 1


def test_a_store_that_is_away_is_a_503(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("dependency-unavailable", "DynamoDB did not answer", retry_after_s=5)

    monkeypatch.setattr(system.store, "put", away)

    assert system.submit().status == 503
    system.assert_untouched()


def test_a_backlog_over_its_limit_is_a_429_until_it_has_drained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = System(monkeypatch, backlog_limit=2)
    system.submitted()
    system.submitted()
    system.clock.now_ms += 5_000

    reply = system.submit()

    assert reply.status == 429
    assert int(reply.headers["Retry-After"]) > 0
    assert "limit is 2" in reply.body["detail"]
    assert len(system.messages()) == 2
    received = system.queue.receive(limit=10, wait_s=0, lease_s=30)
    system.queue.delete([each.receipt for each in received])
    system.clock.now_ms += 5_000
    assert system.submit().status == 202


def test_with_iam_the_tenant_is_the_principal(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(monkeypatch, auth_mode="Iam")
    arn = "arn:aws:sts::123456789012:assumed-role/Batch/session-"
    one, two = ({"identity": {"userArn": arn + number}} for number in "12")

    reply = system.submit(requestContext=one)

    job_path = f"/jobs/{reply.body['jobId']}"
    assert reply.status == 202
    assert system.call("GET", job_path, requestContext=two).status == 200
    assert system.call("GET", job_path).status == 403


@pytest.mark.parametrize(
    "key", ["", "no-dot", ".secret", "tenant.", "te nant.secret", "a/b.secret"]
)
def test_a_key_that_names_no_tenant_is_refused(system: System, key: str) -> None:
    reply = system.submit(key=key)

    assert reply.status == 403
    assert reply.body["type"].endswith("/no-tenant")
    assert "secret" not in json.dumps(reply.body).replace("<secret>", "")
    system.assert_untouched()


def test_two_tenants_may_use_one_job_id(system: System) -> None:
    system.submitted({"payload": 1, "jobId": "same"})
    system.submitted({"payload": 2, "jobId": "same"}, key=OTHER_KEY)

    assert system.job("same").payload == "1"
    assert system.job("same", "globex").payload == "2"


class TestPreferWait:
    def test_the_answer_is_the_finished_job_with_its_result(self, system: System) -> None:
        system.clock.meanwhile = lambda: system.succeed("j", '{"answer":42}')

        reply = system.submit({"payload": 1, "jobId": "j"}, headers={"Prefer": "wait=10"})

        assert reply.status == 200
        assert reply.headers["Preference-Applied"] == "wait=10"
        assert reply.body["status"] == "SUCCEEDED"
        assert reply.body["result"]["inline"] == {"answer": 42}

    def test_a_result_that_lies_in_the_bucket_is_fetched(self, system: System) -> None:
        system.clock.meanwhile = lambda: system.succeed("j", "[1,2]", inline=False)

        reply = system.submit({"payload": 1, "jobId": "j"}, headers={"prefer": "wait=10"})

        assert reply.body["result"]["inline"] == [1, 2]

    @pytest.mark.parametrize(
        "result", ['"' + "x" * 5 * 1024 * 1024 + '"', "[" + '"",' * 1_500_000 + '""]']
    )
    def test_a_result_too_large_for_an_answer_stays_where_it_is(
        self, system: System, result: str
    ) -> None:
        system.clock.meanwhile = lambda: system.succeed("j", result, inline=False)

        reply = system.submit({"payload": 1, "jobId": "j"}, headers={"Prefer": "wait=10"})

        assert reply.status == 200
        assert "inline" not in reply.body["result"]
        assert reply.body["result"]["uri"].startswith("s3://results/results/acme/j/")

    def test_a_result_that_is_already_gone_does_not_spoil_the_answer(self, system: System) -> None:
        def succeed_and_vanish() -> None:
            system.succeed("j", "1", inline=False)
            system.results.objects.clear()

        system.clock.meanwhile = succeed_and_vanish
        reply = system.submit({"payload": 1, "jobId": "j"}, headers={"Prefer": "wait=10"})

        assert reply.status == 200
        assert reply.body["status"] == "SUCCEEDED"

    def test_a_failure_ends_the_wait_too(self, system: System) -> None:
        system.clock.meanwhile = lambda: system.fail("j")

        reply = system.submit({"payload": 1, "jobId": "j"}, headers={"Prefer": "wait=10"})

        assert reply.status == 200
        assert reply.body["error"]["code"] == "prediction_failed"

    def test_when_the_time_is_up_the_answer_is_202(self, system: System) -> None:
        before_ms = system.clock()

        reply = system.submit(headers={"Prefer": "respond-async, wait=3"})

        assert reply.status == 202
        assert reply.headers["Preference-Applied"] == "wait=3"
        assert system.clock() - before_ms == 3_000

    def test_nobody_waits_longer_than_the_gateway_does(self, system: System) -> None:
        before_ms = system.clock()

        reply = system.submit(headers={"Prefer": "wait=999999999"})

        assert reply.headers["Preference-Applied"] == "wait=25"
        assert system.clock() - before_ms == 25_000

    def test_what_accepting_took_is_part_of_the_wait(
        self, system: System, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put = system.store.put

        def slow(job: Job) -> None:
            system.clock.sleep(6)
            put(job)

        monkeypatch.setattr(system.store, "put", slow)
        before_ms = system.clock()

        assert system.submit(headers={"Prefer": "wait=25"}).status == 202
        assert system.clock() - before_ms == 25_000

    @pytest.mark.parametrize("prefer", ["wait=0", "wait", "wait=-1", "wait=ten", "return=minimal"])
    def test_a_preference_that_is_none_is_passed_over(self, system: System, prefer: str) -> None:
        before_ms = system.clock()

        reply = system.submit(headers={"Prefer": prefer})

        assert reply.status == 202
        assert "Preference-Applied" not in reply.headers
        assert system.clock() == before_ms

    def test_a_store_that_is_away_while_we_wait_takes_nothing_back(
        self, system: System, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(_: JobKey) -> None:
            raise Unavailable("dependency-unavailable", "away", retry_after_s=5)

        monkeypatch.setattr(system.store, "get", away)

        assert system.submit(headers={"Prefer": "wait=1"}).status == 202


class TestAFaultOfOurs:
    @pytest.fixture
    def broken(self, system: System, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
        def fail(job: Any) -> None:
            raise RuntimeError(f"can't store {job.payload}")

        monkeypatch.setattr(system.store, "put", fail)
        return lambda payload: system.submit({"payload": payload})

    def test_is_a_500_that_tells_nothing(self, broken: Callable[[Any], Any]) -> None:
        reply = broken("my secret text")

        assert reply.status == 500
        assert reply.body["type"] == "https://spillway.dev/problems/internal-error"
        assert "secret" not in json.dumps(reply.body)
        assert "RuntimeError" not in json.dumps(reply.body)
