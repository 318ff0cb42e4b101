"""The events of events/outbox and events/deliver, answered as docs/sam-local.md says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.parser.models import DynamoDBStreamModel, SqsModel

from delivery import deliver, outbox
from spillway.aws.attributes import from_item
from spillway.deliveries.delivery import Delivery, DeliveryStatus, due_now
from spillway.deliveries.message import decode
from spillway.destinations.destination import Destination
from spillway.event import EventType
from spillway.record import from_record, to_record
from tests.event_answers import ANSWERS
from tests.unit.core.jobs import NOW_MS

if TYPE_CHECKING:
    from tests.unit.delivery.world import World

ROOT = Path(__file__).parents[3]
STREAM = ("events/outbox/succeeded.json", "events/outbox/heartbeat.json")
QUEUE = ("events/deliver/sample.json", "events/deliver/malformed.json")


class Context:
    """Lambda's context, with all of the function's time left."""

    aws_request_id = "invocation-1"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


def read(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / name).read_text(encoding="utf-8"))
    return event


def sample() -> Delivery:
    """The delivery of the sample's message, before its attempt."""
    [record] = read("events/deliver/sample.json")["Records"]
    key = decode(record["body"]).key
    return Delivery(
        tenant=key.tenant,
        delivery_id=key.delivery_id,
        job_id=None,
        event=EventType.TEST,
        destination=Destination("webhook", "https://shop.example/hooks/spillway"),
        status=DeliveryStatus.PENDING,
        created_at_ms=NOW_MS,
        next_attempt_at_ms=NOW_MS,
        delete_at_s=NOW_MS // 1000 + 86_400,
    )


@pytest.mark.parametrize("name", STREAM)
def test_a_change_is_what_a_table_s_stream_sends(name: str) -> None:
    event = read(name)
    [record] = DynamoDBStreamModel.model_validate(event).Records

    images = event["Records"][0]["dynamodb"]
    assert record.dynamodb.StreamViewType == "NEW_AND_OLD_IMAGES"
    for image in (images["OldImage"], images["NewImage"]):
        stored = from_item(image)
        assert images["Keys"]["pk"] == image["pk"]
        assert to_record(from_record(stored)).keys() == stored.keys()


@pytest.mark.parametrize("name", QUEUE)
def test_a_message_is_what_a_queue_sends(name: str) -> None:
    event = read(name)
    SqsModel.model_validate(event)

    [record] = event["Records"]
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()  # noqa: S324


@pytest.mark.parametrize("name", STREAM)
def test_a_change_is_answered_as_the_page_says(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(outbox, "_outbox", lambda: world.outbox)

    assert json.dumps(dict(outbox.handler(read(name), Context()))) == ANSWERS[name]
    assert len(world.queue.sent) == len(world.deliveries.held)


def test_a_success_is_told_once_however_often_the_stream_tells_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_outbox", lambda: world.outbox)
    event = read("events/outbox/succeeded.json")

    for _ in range(2):
        outbox.handler(event, Context())

    job = from_record(from_item(event["Records"][0]["dynamodb"]["NewImage"]))
    assert list(world.deliveries.held.values()) == list(due_now(job))


@pytest.mark.parametrize("name", QUEUE)
def test_a_message_is_answered_as_the_page_says(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Given the page's walk up to there: the sample's one attempt is over
    monkeypatch.setattr(deliver, "_inbox", lambda: world.inbox)
    world.deliveries.add(replace(sample(), status=DeliveryStatus.FAILED))

    assert json.dumps(dict(deliver.handler(read(name), Context()))) == ANSWERS[name]
    assert world.receiver.got == []


def test_the_sample_s_message_sends_it_while_it_is_pending(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deliveries.add(sample())
    monkeypatch.setattr(deliver, "_inbox", lambda: world.inbox)
    event = read("events/deliver/sample.json")

    assert deliver.handler(event, Context()) == {"batchItemFailures": []}

    [record] = event["Records"]
    assert world.receiver.got == [(sample().delivery_id, decode(record["body"]).text)]
    assert world.deliveries.held[sample().key].status is DeliveryStatus.DELIVERED
