"""Where a job is told of, from its submission to what its document says."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from spillway.deliveries import delivery
from spillway.deliveries.delivery import due
from spillway.destinations.destination import Destination
from spillway.errors import Unavailable
from tests.unit.api.system import KEY, OTHER_KEY, System

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.deliveries.delivery import Delivery, DeliveryKey
    from spillway.job import Job
    from tests.unit.api.system import Reply

HOOK = {"type": "webhook", "url": "https://example.com/hook"}
TOPIC = {"type": "sns", "topicArn": "arn:aws:sns:eu-central-1:123456789012:told-done"}
OWN = {"type": "sqs", "queueArn": "arn:aws:sqs:eu-central-1:123456789012:spillway_default"}


def folder_of(tenant: str) -> dict[str, object]:
    """A request that names the folder of this tenant."""
    return {"payload": 1, "destinations": [{"type": "s3", "uri": f"s3://everybodys/{tenant}/"}]}


def put_default(system: System, key: str, request: dict[str, object]) -> Reply:
    """Have the request's destinations be the default of the tenant whose key it is."""
    body = json.dumps({"destinations": request["destinations"]})
    return system.call("PUT", "/destinations", body, key=key)


def stored(system: System, job_id: str) -> list[Delivery]:
    """The deliveries of the job, stored as the outbox stores them."""
    return [system.deliveries.add(each) for each in due(system.job(job_id))]


def test_a_job_keeps_where_it_is_told_of_and_shows_it(system: System) -> None:
    job_id = system.submitted({"payload": 1, "destinations": [HOOK, TOPIC]})

    shown = system.call("GET", f"/jobs/{job_id}").body
    assert shown["destinations"] == [HOOK, TOPIC]
    assert shown["deliveries"] == []
    [listed] = system.call("GET", "/jobs").body["jobs"]
    assert listed["destinations"] == [HOOK, TOPIC]
    assert "deliveries" not in listed


def test_a_job_that_is_told_of_nowhere_does_not_speak_of_it(system: System) -> None:
    for request in {"payload": 1}, {"payload": 1, "destinations": []}:
        job_id = system.submitted(request)
        system.succeed(job_id, "1")

        assert {"destinations", "deliveries"}.isdisjoint(system.call("GET", f"/jobs/{job_id}").body)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"destination": OWN}, "#/destination/queueArn"),
        ({"destinations": [HOOK, TOPIC, OWN]}, "#/destinations/2/queueArn"),
        (
            {"destination": {**TOPIC, "topicArn": "arn:aws:sns:eu-central-1:123456789012:other"}},
            "#/destination/topicArn",
        ),
        ({"destination": {"type": "s3", "uri": "s3://bucket/"}}, "#/destination/uri"),
    ],
)
def test_what_the_operator_has_not_allowed_is_a_403_that_names_the_field(
    system: System, fields: dict[str, object], pointer: str
) -> None:
    reply = system.submit({"payload": "x" * 10_000, **fields})

    assert reply.status == 403
    assert reply.body["type"] == "https://spillway.dev/problems/destination-not-allowed"
    assert [fault["pointer"] for fault in reply.body["errors"]] == [pointer]
    assert reply.body["detail"].startswith(pointer.removeprefix("#/"))
    system.assert_untouched()


def test_a_tenant_may_name_its_own_folder_and_no_other_tenants(system: System) -> None:
    for key, theirs in (KEY, "globex"), (OTHER_KEY, "acme"):
        own = "globex" if theirs == "acme" else "acme"
        for call in (partial(system.submit, key=key), partial(put_default, system, key)):
            assert call(folder_of(own)).status in (200, 202)
            reply = call(folder_of(theirs))
            assert reply.status == 403
            assert (
                f"s3://everybodys/{theirs}/ (arn:aws:s3:::everybodys/{theirs}/) is not among"
                in (reply.body["detail"])
            )


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0xa9fea9fe/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://[fd00:ec2::254]/",
        "http://127.0.0.1:4566/_receiver/hook",
    ],
)
def test_a_webhook_to_where_nobody_else_is_is_a_422(system: System, url: str) -> None:
    reply = system.submit({"payload": 1, "destination": {"type": "webhook", "url": url}})

    assert reply.status == 422
    assert [fault["pointer"] for fault in reply.body["errors"]] == ["#/destination/url"]
    system.assert_untouched()


def test_the_tenants_default_holds_for_its_own_jobs_that_say_nothing(system: System) -> None:
    system.defaults.set("acme", [Destination("webhook", HOOK["url"])])

    silent = system.submitted()
    nowhere = system.submitted({"payload": 1, "destinations": []})
    other = system.submitted(key=OTHER_KEY)

    assert system.call("GET", f"/jobs/{silent}").body["destinations"] == [HOOK]
    assert system.job(nowhere).destinations is None
    assert system.job(other, "globex").destinations is None


def test_a_default_that_cannot_be_read_is_a_503_and_nothing_is_stored(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise Unavailable("dependency-unavailable", "DynamoDB did not answer", retry_after_s=5)

    monkeypatch.setattr(system.defaults, "get", away)

    reply = system.submit({"payload": "x" * 10_000})

    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    system.assert_untouched()


def test_a_default_that_has_changed_makes_no_other_request_of_the_same(system: System) -> None:
    first = system.submit(headers={"Idempotency-Key": "k"})
    system.defaults.set("acme", [Destination("webhook", HOOK["url"])])
    system.clock.now_ms += 60_000

    assert system.submit(headers={"Idempotency-Key": "k"}).body == first.body


def test_the_same_request_told_elsewhere_is_another_one(system: System) -> None:
    system.submitted({"payload": 1, "jobId": "mine", "destination": HOOK})

    reply = system.submit({"payload": 1, "jobId": "mine", "destination": TOPIC})

    assert (reply.status, reply.body["type"].rpartition("/")[2]) == (422, "key-reused")


def test_a_finished_job_lists_its_deliveries_as_they_stand(system: System) -> None:
    job_id = system.submitted({"payload": 1, "destinations": [HOOK, TOPIC]})
    system.succeed(job_id, "1")
    path = f"/jobs/{job_id}"

    assert [each["status"] for each in system.call("GET", path).body["deliveries"]] == [
        "PENDING",
        "PENDING",
    ]

    hook, topic = stored(system, job_id)
    now_ms = system.clock()
    system.deliveries.replace(delivery.delivered(topic, at_ms=now_ms, took_ms=40))
    system.deliveries.replace(
        delivery.failed(
            hook, at_ms=now_ms, took_ms=9, error="answered 500", next_attempt_at_ms=now_ms + 5_000
        )
    )

    assert system.call("GET", path).body["deliveries"] == [
        {
            "id": hook.delivery_id,
            "event": "job.succeeded",
            "destination": HOOK,
            "status": "RETRYING",
            "attempts": 1,
            "lastError": "answered 500",
            "nextAttemptAt": "2027-01-15T08:00:05.000Z",
        },
        {
            "id": topic.delivery_id,
            "event": "job.succeeded",
            "destination": TOPIC,
            "status": "DELIVERED",
            "attempts": 1,
        },
    ]


def test_a_job_is_shown_though_its_deliveries_cannot_be_read(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(keys: Sequence[DeliveryKey]) -> None:
        raise Unavailable("dependency-unavailable", f"{len(keys)} not read", retry_after_s=5)

    job_id = system.submitted({"payload": 1, "destination": HOOK})
    system.succeed(job_id, "1")
    monkeypatch.setattr(system.deliveries, "get_many", away)

    reply = system.call("GET", f"/jobs/{job_id}")

    assert reply.status == 200
    assert reply.body["destinations"] == [HOOK]
    assert "deliveries" not in reply.body


class TestAJobThatIsTriedAgain:
    def again(self, system: System, request: dict[str, object]) -> Job:
        """The job that runs one again which failed."""
        job_id = system.submitted(request)
        system.fail(job_id)
        reply = system.call("POST", f"/jobs/{job_id}/retry")
        assert reply.status == 202
        return system.job(reply.body["jobId"])

    def test_is_told_of_at_the_same_places_in_deliveries_of_its_own(self, system: System) -> None:
        request = {"payload": 1, "destinations": [HOOK, {**TOPIC, "events": ["job.failed"]}]}

        job = self.again(system, request)

        assert job.retry_of is not None
        assert job.destinations == system.job(job.retry_of).destinations
        first = {each.delivery_id for each in due(system.job(job.retry_of))}
        assert first.isdisjoint(each.delivery_id for each in due(system.fail(job.job_id)))

    def test_tells_of_its_start_as_the_first_did(self, system: System) -> None:
        starts = {**HOOK, "events": ["job.started", "job.failed"]}

        assert self.again(system, {"payload": 1, "destination": starts}).tells_start
        assert not self.again(system, {"payload": 1, "destination": HOOK}).tells_start

    def test_is_told_of_nowhere_if_it_was_whatever_its_tenant_says_now(
        self, system: System
    ) -> None:
        system.defaults.set("acme", [Destination("webhook", HOOK["url"])])

        assert self.again(system, {"payload": 1, "destinations": []}).destinations is None


def test_an_answer_that_was_waited_for_says_where_the_job_is_told_of(system: System) -> None:
    system.clock.meanwhile = lambda: system.succeed("j", "42")

    reply = system.submit(
        {"payload": 1, "jobId": "j", "destination": HOOK}, headers={"Prefer": "wait=10"}
    )

    assert reply.status == 200
    assert reply.body["destinations"] == [HOOK]
