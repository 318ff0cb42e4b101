from __future__ import annotations

import json

import pytest

from spillway import message, transitions
from spillway.job import JobKey, Status
from tests.unit.api.system import System


def problem(reply: object) -> tuple[int, str]:
    return reply.status, reply.body["type"].rpartition("/")[2]  # type: ignore[attr-defined]


class TestResult:
    @pytest.mark.parametrize("result", ['{"a":[1.5,"ü"]}', "null", "[]", '"text"'])
    def test_a_small_one_is_answered_as_it_is(self, system: System, result: str) -> None:
        job_id = system.submitted()
        system.succeed(job_id, result)

        reply = system.call("GET", f"/jobs/{job_id}/result")

        assert reply.status == 200
        assert reply.body == json.loads(result)
        assert reply.headers["Content-Type"] == "application/json"

    def test_a_large_one_is_found_at_an_address_for_a_while(self, system: System) -> None:
        job_id = system.submitted()
        system.succeed(job_id, "1", inline=False)

        reply = system.call("GET", f"/jobs/{job_id}/result")

        assert reply.status == 302
        address = f"https://results.example/results/acme/{job_id}/1.json?expires=900"
        assert reply.headers["Location"] == address
        assert reply.headers["Cache-Control"] == "no-store"

    def test_one_past_its_retention_is_gone(self, system: System) -> None:
        job_id = system.submitted()
        system.succeed(job_id, "1", inline=False)
        system.results.objects.clear()

        assert problem(system.call("GET", f"/jobs/{job_id}/result")) == (410, "result-gone")

    def test_one_that_is_not_there_yet_is_worth_asking_for_again(self, system: System) -> None:
        job_id = system.submitted()

        waiting = system.call("GET", f"/jobs/{job_id}/result")
        system.start(job_id)
        running = system.call("GET", f"/jobs/{job_id}/result")

        assert problem(waiting) == problem(running) == (409, "not-finished")
        assert int(running.headers["Retry-After"]) > 0
        assert "RUNNING" in running.body["detail"]

    def test_one_that_will_never_be_says_why(self, system: System) -> None:
        job_id = system.submitted()
        system.fail(job_id)

        reply = system.call("GET", f"/jobs/{job_id}/result")

        assert problem(reply) == (409, "no-result")
        assert "Retry-After" not in reply.headers
        assert "FAILED" in reply.body["detail"]
        assert "prediction_failed" in reply.body["detail"]

    def test_a_cancelled_job_has_none(self, system: System) -> None:
        job_id = system.submitted()
        system.call("POST", f"/jobs/{job_id}/cancel")

        reply = system.call("GET", f"/jobs/{job_id}/result")

        assert problem(reply) == (409, "no-result")
        assert "CANCELLED" in reply.body["detail"]


class TestCancel:
    @pytest.mark.parametrize("is_running", [False, True])
    def test_ends_a_job_that_is_not_over(self, system: System, *, is_running: bool) -> None:
        job_id = system.submitted()
        if is_running:
            system.start(job_id)

        reply = system.call("POST", f"/jobs/{job_id}/cancel")

        assert reply.status == 200
        assert reply.body["status"] == "CANCELLED"
        assert reply.body["error"]["code"] == "cancelled"
        assert system.job(job_id).due_at_ms is None

    def test_again_is_the_same_again(self, system: System) -> None:
        job_id = system.submitted()
        first = system.call("POST", f"/jobs/{job_id}/cancel")
        system.clock.now_ms += 1_000

        again = system.call("POST", f"/jobs/{job_id}/cancel")

        assert (again.status, again.body) == (200, first.body)

    @pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
    def test_comes_too_late_for_a_job_that_has_ended(self, system: System, status: Status) -> None:
        job_id = system.submitted()
        if status is Status.SUCCEEDED:
            system.succeed(job_id, "1")
        else:
            system.fail(job_id)

        reply = system.call("POST", f"/jobs/{job_id}/cancel")

        assert problem(reply) == (409, "job-finished")
        assert status.value in reply.body["detail"]
        assert system.job(job_id).status is status


class TestRetry:
    def test_makes_a_new_job_like_the_old_one(self, system: System) -> None:
        request = {"payload": {"text": "hi"}, "ttlSeconds": 120, "timeoutSeconds": 7}
        old = system.submitted({**request, "metadata": {"order": "17"}})
        system.fail(old)
        system.clock.now_ms += 500_000

        reply = system.call("POST", f"/jobs/{old}/retry")

        new = system.job(reply.body["jobId"])
        assert reply.status == 202
        assert reply.headers["Location"] == f"/v1/jobs/{new.job_id}"
        assert new.retry_of == old != new.job_id
        assert system.call("GET", f"/jobs/{new.job_id}").body["retryOf"] == old
        assert (new.status, new.attempts, new.error) == (Status.QUEUED, 0, None)
        assert new.expires_at_ms == system.clock() + 120_000
        assert new.timeout_s == 7
        assert new.metadata == {"order": "17"}
        sent = message.decode(system.messages()[-1])
        assert (sent.job_id, sent.payload) == (new.job_id, {"text": "hi"})
        assert system.waker.woken == ["default", "default"]
        assert system.job(old).status is Status.FAILED

    def test_twice_makes_one(self, system: System) -> None:
        old = system.submitted()
        system.fail(old)

        one = system.call("POST", f"/jobs/{old}/retry")
        two = system.call("POST", f"/jobs/{old}/retry")

        assert one.body == two.body
        assert len(system.store._records) == 2

    def test_with_a_key_of_its_own_each_key_makes_one(self, system: System) -> None:
        old = system.submitted()
        system.fail(old)
        path = f"/jobs/{old}/retry"

        one = system.call("POST", path, headers={"Idempotency-Key": "one"}).body["jobId"]
        same = system.call("POST", path, headers={"Idempotency-Key": "one"}).body["jobId"]
        two = system.call("POST", path, headers={"Idempotency-Key": "two"}).body["jobId"]

        assert one == same != two

    def test_the_key_of_the_old_job_stands_for_the_old_job(self, system: System) -> None:
        old = system.submitted(headers={"Idempotency-Key": "k"})
        system.fail(old)

        reply = system.call("POST", f"/jobs/{old}/retry", headers={"Idempotency-Key": "k"})

        assert problem(reply) == (422, "key-reused")

    def test_one_key_does_not_stand_for_the_retries_of_two_jobs(self, system: System) -> None:
        one, two = system.submitted(), system.submitted()
        system.fail(one)
        system.fail(two)
        headers = {"Idempotency-Key": "k"}

        assert system.call("POST", f"/jobs/{one}/retry", headers=headers).status == 202
        reply = system.call("POST", f"/jobs/{two}/retry", headers=headers)

        assert problem(reply) == (422, "key-reused")

    def test_of_a_retry_is_another_job(self, system: System) -> None:
        old = system.submitted()
        system.fail(old)
        new = system.call("POST", f"/jobs/{old}/retry").body["jobId"]
        system.fail(new)

        newest = system.call("POST", f"/jobs/{new}/retry").body["jobId"]

        assert newest not in (old, new)
        assert system.job(newest).retry_of == new

    @pytest.mark.parametrize("status", ["CANCELLED", "EXPIRED"])
    def test_takes_whatever_did_not_succeed(self, system: System, status: str) -> None:
        job_id = system.submitted()
        key = JobKey("acme", job_id)
        if status == "CANCELLED":
            system.store.apply(transitions.cancel(key, now_ms=system.clock()))
        else:
            system.clock.now_ms += 21_600_000
            system.store.apply(transitions.expire(key, now_ms=system.clock()))

        assert system.call("POST", f"/jobs/{job_id}/retry").status == 202

    @pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "SUCCEEDED"])
    def test_takes_nothing_else(self, system: System, status: str) -> None:
        job_id = system.submitted()
        if status == "RUNNING":
            system.start(job_id)
        if status == "SUCCEEDED":
            system.succeed(job_id, "1")

        reply = system.call("POST", f"/jobs/{job_id}/retry")

        assert problem(reply) == (409, "not-retryable")
        assert status in reply.body["detail"]
        assert len(system.store._records) == 1

    def test_uses_the_payload_that_lies_in_the_bucket(self, system: System) -> None:
        old = system.submitted({"payload": "x" * 10_000})
        system.fail(old)

        new = system.job(system.call("POST", f"/jobs/{old}/retry").body["jobId"])

        kept = system.inputs.objects
        addresses = [system.job(job_id).payload_uri or "" for job_id in (old, new.job_id)]
        assert len({kept[system.inputs.key(address) or ""] for address in addresses}) == 1
        assert len(set(addresses)) == 2, "a copy of its own, whose age begins anew"
        assert message.decode(system.messages()[-1]).payload_uri == new.payload_uri

    def test_is_too_late_once_the_payload_is_gone(self, system: System) -> None:
        old = system.submitted({"payload": "x" * 10_000})
        system.fail(old)
        system.inputs.objects.clear()

        assert problem(system.call("POST", f"/jobs/{old}/retry")) == (410, "payload-gone")

    def test_of_a_job_whose_model_is_gone_is_a_404(self, system: System) -> None:
        old = system.submitted()
        system.fail(old)
        system.queues._queues.clear()

        assert problem(system.call("POST", f"/jobs/{old}/retry")) == (404, "no-such-model")

    def test_is_repeatable_when_the_queue_is_away(self, system: System) -> None:
        old = system.submitted()
        system.fail(old)
        system.queue.is_away = True

        assert system.call("POST", f"/jobs/{old}/retry").status == 503
        system.queue.is_away = False
        assert system.call("POST", f"/jobs/{old}/retry").status == 202

    def test_with_a_key_that_cannot_be_read_is_a_400(self, system: System) -> None:
        old = system.submitted()
        system.fail(old)

        reply = system.call("POST", f"/jobs/{old}/retry", headers={"Idempotency-Key": ""})

        assert problem(reply) == (400, "bad-idempotency-key")

    def test_of_a_full_backlog_is_a_429(self, monkeypatch: pytest.MonkeyPatch) -> None:
        system = System(monkeypatch, backlog_limit=1)
        old = system.submitted()
        system.fail(old)
        system.clock.now_ms += 5_000

        assert problem(system.call("POST", f"/jobs/{old}/retry")) == (429, "backlog-full")
