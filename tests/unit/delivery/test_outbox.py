"""The function that turns changes of jobs into deliveries."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from delivery import outbox
from spillway.aws.attributes import to_item
from spillway.deliveries.announcement import text_of
from spillway.deliveries.delivery import DeliveryStatus, again, due
from spillway.deliveries.message import decode
from spillway.destinations.destination import Destination, to_text
from spillway.errors import Unavailable
from spillway.event import JOB_EVENTS, EventType
from spillway.job import Job, Status
from spillway.record import partition_key, to_record
from tests.unit.core.jobs import NOW_MS, job
from tests.unit.delivery.world import TOPIC, WEBHOOK, World, away, down, succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.deliveries.message import DeliveryMessage

EVERYTHING = replace(WEBHOOK, events=JOB_EVENTS)


class Context:
    """Lambda's context."""

    aws_request_id = "invocation-1"


def change(after: Job, before: Job | None = None) -> dict[str, Any]:
    """The stream's record of a change; without `before`, of a job that ran."""
    before = before or replace(after, status=Status.RUNNING)
    images = {"OldImage": before, "NewImage": after}
    return {
        "eventName": "MODIFY",
        "dynamodb": {
            "Keys": {"pk": {"S": partition_key(after.key)}},
            **{name: to_item(to_record(image)) for name, image in images.items()},
        },
    }


def told(
    world: World, monkeypatch: pytest.MonkeyPatch, *records: Mapping[str, Any]
) -> Mapping[str, int]:
    """The function's answer to these records."""
    monkeypatch.setattr(outbox, "_outbox", lambda: world.outbox)
    return outbox.handler({"Records": list(records)}, Context())


def messages(world: World) -> list[DeliveryMessage]:
    return [decode(body) for _, body in world.queue.sent]


def test_a_job_that_ended_is_one_delivery_for_each_destination(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a job with two destinations
    ended = succeeded(WEBHOOK, TOPIC)

    # When the stream tells of its end
    answer = told(world, monkeypatch, change(ended))

    # Then both wait in the table, and in the queue, with the text to be sent
    assert answer == {"deliveries": 2}
    assert list(world.deliveries.held.values()) == list(due(ended))
    assert world.statuses() == [DeliveryStatus.PENDING] * 2
    assert [message.key for message in messages(world)] == list(world.deliveries.held)
    assert {message.text for message in messages(world)} == {text_of(ended, EventType.SUCCEEDED)}
    assert {tenant for tenant, _ in world.queue.sent} == {"acme"}


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (Status.SUCCEEDED, EventType.SUCCEEDED),
        (Status.FAILED, EventType.FAILED),
        (Status.CANCELLED, EventType.CANCELLED),
        (Status.EXPIRED, EventType.EXPIRED),
    ],
)
def test_each_end_is_told_by_its_name(
    world: World, monkeypatch: pytest.MonkeyPatch, status: Status, event: EventType
) -> None:
    told(world, monkeypatch, change(succeeded(status=status)))

    assert world.one.event is event
    assert json.loads(messages(world)[0].text)["type"] == event


def test_a_destination_is_told_of_the_events_it_names_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = replace(WEBHOOK, events=(EventType.FAILED,))

    assert told(world, monkeypatch, change(succeeded(failures))) == {"deliveries": 0}
    assert world.queue.sent == []


def running(**changes: Any) -> Job:
    values: dict[str, Any] = {"status": Status.RUNNING, "attempts": 1, "started_at_ms": NOW_MS}
    return job(**{**values, "destinations": to_text([EVERYTHING]), **changes})


def test_a_start_is_told_to_who_asked_for_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    started = running()

    told(world, monkeypatch, change(started, job(destinations=started.destinations)))

    assert world.one.event is EventType.STARTED


def test_a_start_and_an_end_in_one_batch_are_two_deliveries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = change(running(), job())
    ended = change(succeeded(EVERYTHING, started_at_ms=NOW_MS))

    assert told(world, monkeypatch, started, ended) == {"deliveries": 2}
    events = [delivery.event for delivery in world.deliveries.held.values()]
    assert events == [EventType.STARTED, EventType.SUCCEEDED]


def test_a_job_that_starts_again_is_told_of_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a job that a worker gave back, so that it starts for a second time
    first, second = running(), running(attempts=2, started_at_ms=NOW_MS + 5000)
    waiting = job()

    told(world, monkeypatch, change(first, waiting))
    told(world, monkeypatch, change(second, waiting))

    [message] = messages(world)
    assert message.text == text_of(first, EventType.STARTED)


def test_a_renewed_lease_is_no_news(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = running(lease_until_ms=NOW_MS + 9)

    assert told(world, monkeypatch, change(renewed, running())) == {"deliveries": 0}


# --- repeats --------------------------------------------------------------------------------------


def test_a_change_that_is_told_twice_is_stored_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        told(world, monkeypatch, change(succeeded()))

    assert len(world.deliveries.held) == 1
    assert len({body for _, body in world.queue.sent}) == 1


def test_what_is_delivered_already_is_not_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(world, monkeypatch, change(succeeded()))
    world.run()

    assert told(world, monkeypatch, change(succeeded())) == {"deliveries": 0}


def test_what_is_being_retried_is_left_to_the_message_it_has(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a delivery that failed once, whose message is hidden until the next attempt
    world.receiver.answers = [down()]
    told(world, monkeypatch, change(succeeded()))
    world.lambda_runs()
    assert world.one.status is DeliveryStatus.RETRYING

    # When the stream tells of the job's end once more
    assert told(world, monkeypatch, change(succeeded())) == {"deliveries": 0}

    assert world.messages == 1


def test_what_was_redelivered_meanwhile_is_left_to_its_own_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(world, monkeypatch, change(succeeded()))
    world.deliveries.replace(again(world.one, now_ms=NOW_MS))

    assert told(world, monkeypatch, change(succeeded())) == {"deliveries": 0}


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_table_that_is_away_fails_the_batch_which_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a table that refuses one of two
    world.deliveries.faults["add"] = [away()]
    record = change(succeeded(WEBHOOK, TOPIC))
    with pytest.raises(Unavailable):
        told(world, monkeypatch, record)

    # When the batch comes again
    told(world, monkeypatch, record)
    world.run()

    # Then each is delivered
    assert world.statuses() == [DeliveryStatus.DELIVERED] * 2


def test_a_queue_that_is_away_fails_the_batch_which_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.queue.is_away = True
    with pytest.raises(Unavailable):
        told(world, monkeypatch, change(succeeded()))

    world.queue.is_away = False
    told(world, monkeypatch, change(succeeded()))
    world.run()

    assert world.one.status is DeliveryStatus.DELIVERED


@pytest.mark.parametrize(
    "spoilt",
    [
        {"destinations": {"S": "not JSON"}},
        {"status": {"S": "VANISHED"}},
        {"createdAt": {"NULL": True}},
        {"result": {"S": "{"}},
    ],
    ids=str,
)
def test_a_change_that_cannot_be_read_keeps_no_other_back(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    spoilt: dict[str, Any],
) -> None:
    bad = change(succeeded(job_id="bad"))
    bad["dynamodb"]["NewImage"] |= spoilt

    assert told(world, monkeypatch, bad, change(succeeded())) == {"deliveries": 1}

    [line] = [vars(record) for record in caplog.records if record.levelno == logging.ERROR]
    assert line["keys"] == {"pk": {"S": "JOB#acme#bad"}}


@pytest.mark.parametrize(
    "newer",
    [
        {"type": "carrier-pigeon", "loft": "north"},
        {"type": "webhook", "url": "https://receiver.example/", "events": ["job.paused"]},
        {"url": "https://receiver.example/"},
        "a name",
    ],
    ids=str,
)
def test_a_destination_of_a_newer_release_keeps_no_other_back(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, newer: Any
) -> None:
    # Given a job that was taken by a release that knows more destinations than this one
    destinations = json.dumps([newer, WEBHOOK.document()])

    assert told(world, monkeypatch, change(succeeded(destinations=destinations))) == {
        "deliveries": 1
    }

    assert world.one.destination == WEBHOOK
    [line] = [vars(record) for record in caplog.records if record.levelno == logging.ERROR]
    assert (line["msg"], line["jobId"], line["count"]) == ("destinations not read", "j1", 1)


def test_a_job_whose_id_was_used_before_is_told_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a job that has passed its retention, before its delivery has
    told(world, monkeypatch, change(succeeded()))
    world.run()

    # When another one has its id
    later_ms = NOW_MS + 30 * 86_400_000
    later = succeeded(created_at_ms=later_ms, completed_at_ms=later_ms + 1)
    assert told(world, monkeypatch, change(later)) == {"deliveries": 1}

    world.run()
    assert world.statuses() == [DeliveryStatus.DELIVERED] * 2


def test_a_record_that_is_no_change_of_a_job_keeps_no_other_back(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    removed = {"eventName": "REMOVE", "dynamodb": {"Keys": {"pk": {"S": "JOB#acme#old"}}}}

    assert told(world, monkeypatch, {}, removed, change(succeeded())) == {"deliveries": 1}
    lines = [vars(record) for record in caplog.records if record.levelno == logging.ERROR]
    assert [line["keys"] for line in lines] == [None, {"pk": {"S": "JOB#acme#old"}}]


def test_a_job_of_nowhere_is_no_delivery(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = replace(succeeded(), destinations=None)

    assert told(world, monkeypatch, change(nowhere)) == {"deliveries": 0}


def test_many_destinations_are_all_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [Destination("webhook", f"https://receiver.example/{number}") for number in range(5)]
    records = [change(succeeded(*urls, job_id=f"j{number}")) for number in range(20)]

    assert told(world, monkeypatch, *records) == {"deliveries": 100}
    assert len(world.deliveries.held) == 100
