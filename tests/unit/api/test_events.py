"""The events of events/: each is what AWS sends, and is answered as docs/sam-local.md says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventModel

from api import deliveries, enqueue, jobs, reconcile
from spillway.deliveries.delivery import DeliveryKey, due_now, failed
from spillway.deliveries.message import decode
from spillway.destinations.destination import from_text
from spillway.event import EventType
from spillway.memory import MemoryBucket
from tests.event_answers import ANSWERS
from tests.unit.api.system import DOCUMENT, NOW_MS, System
from tests.unit.api.test_reconcile import Context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.deliveries.delivery import Delivery

ROOT = Path(__file__).parents[3]
EVENTS = {
    path.relative_to(ROOT).as_posix(): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "events").rglob("*.json"))
}
REQUESTS = {name: event for name, event in EVENTS.items() if "httpMethod" in event}
JOB = "order-17"
RESULT = '{"embedding": [0.5]}'
HANDLERS = {
    "enqueue": enqueue.handler,
    "api": jobs.handler,
    "deliveries": deliveries.handler,
}


def send(system: System, name: str) -> Any:
    """Hand the event to its folder's handler; return the answer, its body parsed."""
    event = EVENTS[name]
    handler = HANDLERS[name.split("/")[1]]
    answer = json.loads(json.dumps(handler(event, None)))
    headers = answer.get("headers") or {}
    headers |= {k: v[0] for k, v in (answer.get("multiValueHeaders") or {}).items()}
    body = json.loads(answer["body"]) if answer["body"] else None
    method, route = event["httpMethod"], event["resource"]
    DOCUMENT.check(method, route, answer["statusCode"], headers, body)
    return {"status": answer["statusCode"], "headers": headers, "body": body}


def tenant_job(system: System, status: str) -> None:
    """Put JOB of the events' tenant into a status."""
    assert system.submit({"payload": "x", "jobId": JOB}, key="demo.secret").status == 202
    if status == "SUCCEEDED":
        system.succeed(JOB, RESULT, tenant="demo")
    elif status == "FAILED":
        system.fail(JOB, tenant="demo")


def told_job(system: System) -> Delivery:
    """What the outbox makes of the success of enqueue/full.json's job."""
    assert send(system, "events/enqueue/full.json")["status"] == 202
    [due] = due_now(system.succeed(JOB, RESULT, tenant="demo"))
    return system.deliveries.add(due)


def test_every_event_is_documented_with_its_answer() -> None:
    assert ANSWERS.keys() == EVENTS.keys()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_what_api_gateway_sends(name: str) -> None:
    event = REQUESTS[name]
    context, identity = event["requestContext"], event["requestContext"]["identity"]
    APIGatewayProxyEventModel.model_validate(event)

    assert (event["httpMethod"], event["resource"]) in {
        (method, route) for method, route, _ in DOCUMENT.operations()
    }
    assert event["path"] == event["resource"].format(**event["pathParameters"] or {})
    assert context["path"] == f"/{context['stage']}{event['path']}"
    assert (context["resourcePath"], context["httpMethod"]) == (
        event["resource"],
        event["httpMethod"],
    )
    assert event["multiValueHeaders"] == _listed(event["headers"])
    assert event["multiValueQueryStringParameters"] == _listed(event["queryStringParameters"])
    assert event["headers"]["Host"] == context["domainName"]
    at = datetime.strptime(context["requestTime"], "%d/%b/%Y:%H:%M:%S %z")
    assert datetime.fromtimestamp(context["requestTimeEpoch"] // 1000, UTC) == at
    assert event["headers"].get("x-api-key") == identity.get("apiKey")


def test_requests_differ_in_what_they_say_and_in_their_ids_alone() -> None:
    keys = {tuple(event) for event in REQUESTS.values()}
    contexts = {tuple(event["requestContext"]) for event in REQUESTS.values()}
    ids = {event["requestContext"]["requestId"] for event in REQUESTS.values()}

    assert (len(keys), len(contexts), len(ids)) == (1, 1, len(REQUESTS))


@pytest.mark.parametrize("name", [n for n in REQUESTS if "iam-caller" not in n])
def test_each_request_is_answered_as_the_page_says(
    system: System, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Given the page's walk up to there: the job of enqueue/full.json has succeeded, as was told,
    # and a sample was sent
    if name.startswith("events/api/"):
        tenant_job(system, "SUCCEEDED")
    if name.startswith("events/deliveries/"):
        told_job(system)
        send(system, "events/deliveries/test-webhook.json")
    if "prefer-wait" in name:
        system.clock.meanwhile = lambda: _succeed_all(system)

    # Then
    assert str(send(system, name)["status"]) == ANSWERS[name]


def test_a_signed_request_is_its_principals(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(monkeypatch, auth_mode="Iam")
    name = "events/enqueue/iam-caller.json"

    reply = send(system, name)

    assert str(reply["status"]) == ANSWERS[name]
    ((key, _),) = system.store._records.items()
    assert key.tenant.startswith("Batch-")


def test_the_full_request_says_all_that_may_be_said(system: System) -> None:
    send(system, "events/enqueue/full.json")

    job = system.job(JOB, tenant="demo")
    assert (job.expires_at_ms - job.created_at_ms, job.timeout_s, job.metadata) == (
        21_600_000,
        900,
        {"order": "17"},
    )
    assert job.destinations is not None
    assert "4bf92f3577b34da6a3ce929d0e0e4736" in system.messages()[0]


def test_a_webhook_is_kept_with_the_job(system: System) -> None:
    job_id = send(system, "events/enqueue/webhook.json")["body"]["jobId"]

    [told] = from_text(system.job(job_id, tenant="demo").destinations or "[]")
    assert (told.address, told.events) == (
        "https://shop.example/hooks/spillway",
        (EventType.SUCCEEDED,),
    )


def test_what_is_not_allowed_is_named(system: System) -> None:
    reply = send(system, "events/enqueue/destination-not-allowed.json")

    assert [fault["pointer"] for fault in reply["body"]["errors"]] == ["#/destinations/1/topicArn"]
    system.assert_untouched()


def test_the_same_key_names_the_same_job(system: System) -> None:
    name = "events/enqueue/idempotency-key.json"

    assert send(system, name)["body"]["jobId"] == send(system, name)["body"]["jobId"]
    assert len(system.store._records) == 1


def test_a_payload_that_was_uploaded_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "events/enqueue/payload-uri.json"
    uri = json.loads(EVENTS[name]["body"])["payloadUri"]
    bucket = MemoryBucket(uri.split("/")[2])
    monkeypatch.setattr("tests.unit.api.system.MemoryBucket", lambda _name: bucket)
    system = System(monkeypatch)
    bucket.put(str(bucket.key(uri)), b'{"text": "long"}')

    assert send(system, name)["status"] == 202


def test_a_job_that_waits_is_cancelled(system: System) -> None:
    tenant_job(system, "QUEUED")

    reply = send(system, "events/api/cancel.json")
    assert (reply["status"], reply["body"]["status"]) == (200, "CANCELLED")


def test_a_job_that_failed_is_tried_again(system: System) -> None:
    tenant_job(system, "FAILED")

    reply = send(system, "events/api/retry.json")
    assert (reply["status"], reply["body"]["status"]) == (202, "QUEUED")


def test_the_list_is_of_what_was_asked_for(system: System) -> None:
    tenant_job(system, "SUCCEEDED")
    system.submit({"payload": "y"}, key="demo.secret")

    assert [job["jobId"] for job in send(system, "events/api/list.json")["body"]["jobs"]] == [JOB]


def test_what_is_retried_is_the_full_requests(system: System) -> None:
    delivery = told_job(system)
    system.deliveries.replace(
        failed(delivery, at_ms=NOW_MS, took_ms=1, error="no", next_attempt_at_ms=NOW_MS + 5_000)
    )

    [listed] = send(system, "events/deliveries/list.json")["body"]["deliveries"]
    assert (listed["id"], listed["jobId"]) == (delivery.delivery_id, JOB)


def test_what_is_asked_for_and_sent_once_more_is_the_sample(system: System) -> None:
    sample = send(system, "events/deliveries/test-webhook.json")["body"]

    got = send(system, "events/deliveries/get.json")["body"]
    again = send(system, "events/deliveries/redeliver.json")["body"]
    assert {each["id"] for each in (sample, got, again)} == {sample["id"]}
    assert (got["round"], again["round"]) == (1, 2)


def test_the_sample_has_the_id_that_its_message_names(system: System) -> None:
    sample = send(system, "events/deliveries/test-webhook.json")["body"]["id"]

    [record] = EVENTS["events/deliver/sample.json"]["Records"]
    assert decode(record["body"]).key == DeliveryKey("demo", sample)


def test_default_destinations_come_and_go(system: System) -> None:
    kept = send(system, "events/deliveries/set-destinations.json")["body"]
    refused = send(system, "events/deliveries/not-allowed.json")

    assert len(kept["destinations"]) == 1
    assert send(system, "events/deliveries/get-destinations.json")["body"] == kept
    assert [at["pointer"] for at in refused["body"]["errors"]] == ["#/destinations/1/topicArn"]
    send(system, "events/deliveries/remove-destinations.json")
    assert system.defaults.get("demo") == ()


def test_each_minutes_event_ends_what_is_overdue(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "events/reconcile/scheduled.json"
    monkeypatch.setattr(reconcile, "_store", lambda: system.store)
    monkeypatch.setattr(reconcile, "now_ms", system.clock)

    assert json.dumps(dict(reconcile.handler(EVENTS[name], Context(55_000)))) == ANSWERS[name]
    system.submit({"payload": "x", "ttlSeconds": 60})
    system.clock.now_ms += 60_000
    assert dict(reconcile.handler(EVENTS[name], Context(55_000))) == {"EXPIRED": 1}


def _listed(single: Mapping[str, str] | None) -> dict[str, list[str]] | None:
    return None if single is None else {name: [value] for name, value in single.items()}


def _succeed_all(system: System) -> None:
    for key in list(system.store._records):
        system.succeed(key.job_id, RESULT, tenant=key.tenant)
