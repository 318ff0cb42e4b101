"""The function that delivers: a batch of messages, and what each says in the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from delivery import deliver
from spillway.deliveries.delivery import DeliveryStatus
from spillway.errors import Undelivered
from tests.unit.core.jobs import NOW_MS
from tests.unit.delivery.world import (
    LEASE_S,
    TOOK_MS,
    URL,
    World,
    away,
    down,
    gone,
    succeeded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.deliveries.delivery import Delivery

TRACEPARENT = "00-5759e988bd862e3fe1be46a994272793-0123456789abcdef-00"


class Context:
    """Lambda's context, with so much time left."""

    aws_request_id = "invocation-1"

    def __init__(self, left_ms: int = 60_000) -> None:
        self._left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._left_ms


def lines(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """What the lines with this message say besides."""
    return [vars(record) for record in caplog.records if record.getMessage() == message]


def answer(world: World, monkeypatch: pytest.MonkeyPatch, *bodies: str) -> Mapping[str, Any]:
    """The function's answer to these messages, whose ids are m0, m1, …"""
    monkeypatch.setattr(deliver, "_inbox", lambda: world.inbox)
    records = [
        {"messageId": f"m{place}", "receiptHandle": f"r{place}", "body": body}
        for place, body in enumerate(bodies)
    ]
    return deliver.handler({"Records": records}, Context())


def bodies(world: World) -> list[str]:
    return [body for _, body in world.queue.sent]


def test_what_is_delivered_is_not_named_as_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.end(succeeded())

    assert answer(world, monkeypatch, *bodies(world)) == {"batchItemFailures": []}
    assert world.one.status is DeliveryStatus.DELIVERED


def test_what_is_to_be_retried_is_named_as_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.receiver.answers = [down()]
    world.end(succeeded())

    left = answer(world, monkeypatch, *bodies(world))

    assert left == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_what_one_message_meets_is_not_the_others_fault(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a message of nobody's, and a table that fails once in a way nobody foresaw
    world.end(succeeded(job_id="j1"))
    world.end(succeeded(job_id="j2"))
    world.deliveries.faults["get"] = [RuntimeError("a bug")]

    left = answer(world, monkeypatch, "not ours", *bodies(world))["batchItemFailures"]

    # Then the third is delivered, and the two are left
    assert len(left) == 2
    assert {"itemIdentifier": "m0"} in left
    assert sorted(world.statuses()) == [DeliveryStatus.DELIVERED, DeliveryStatus.PENDING]
    [malformed] = lines(caplog, "malformed message")
    assert malformed["levelno"] == logging.ERROR
    assert (malformed["messageId"], malformed["why"][:8]) == ("m0", "not JSON")
    assert len(lines(caplog, "delivery interrupted")) == 1


def test_a_malformed_message_is_never_acknowledged(world: World) -> None:
    world.queue.send([("acme", '{"v":2}')])

    for _ in range(5):
        assert world.lambda_runs() == 1
        world.clock.pass_s(LEASE_S)

    assert world.messages == 1


def test_without_time_for_an_attempt_none_is_begun(world: World) -> None:
    world.end(succeeded())

    world.lambda_runs(has_time=False)

    assert world.receiver.got == []
    assert world.messages == 1
    world.run()
    assert world.one.status is DeliveryStatus.DELIVERED


def test_a_table_that_is_away_is_a_warning_with_its_reason(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.end(succeeded())
    world.deliveries.faults["get"] = [away()]

    world.run()

    [line] = lines(caplog, "not delivered yet")
    assert (line["levelno"], line["why"]) == (logging.WARNING, "DynamoDB did not answer")


@pytest.mark.parametrize(
    ("error", "message", "level"),
    [(None, "delivered", "INFO"), (down(), "undelivered", "INFO"), (gone(), "gave up", "WARNING")],
)
def test_each_attempt_is_a_line_that_names_the_delivery(
    world: World,
    caplog: pytest.LogCaptureFixture,
    error: Exception | None,
    message: str,
    level: str,
) -> None:
    caplog.set_level("INFO", logger="spillway.deliver")
    world.receiver.answers = [error]
    world.end(succeeded(traceparent=TRACEPARENT))

    world.lambda_runs()

    [line] = lines(caplog, message)
    assert line["levelname"] == level
    assert line.items() >= told(world.one).items()
    assert line.get("error") == (None if error is None else type(error).__name__)
    assert ("nextAttemptAt" in line) == (message == "undelivered")


def told(delivery: Delivery) -> dict[str, Any]:
    return {
        "tenant": "acme",
        "jobId": "j1",
        "model": "default",
        "traceId": TRACEPARENT[3:35],
        "deliveryId": delivery.delivery_id,
        "type": "webhook",
        "event": "job.succeeded",
        "attempt": 1,
        "tookMs": TOOK_MS,
    }


def test_no_line_has_the_address_of_a_webhook(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    world.receiver.answers = [down()]
    world.end(succeeded())

    world.run()

    assert caplog.records
    assert not any(URL in str(vars(record)) for record in caplog.records)


def test_no_line_has_what_a_receiver_says(world: World, caplog: pytest.LogCaptureFixture) -> None:
    # Given a receiver that answers with what it was told
    caplog.set_level("INFO")
    world.receiver.answers = [Undelivered('answered 500: {"name": "Ada"}', answered="500")]
    world.end(succeeded())

    world.run()

    # Then the log has the status alone, and the delivery all of it
    assert {line["answered"] for line in lines(caplog, "undelivered")} == {"500"}
    assert not any("Ada" in str(vars(record)) for record in caplog.records)
    assert world.one.last_error == 'answered 500: {"name": "Ada"}'


def test_a_batch_is_delivered_side_by_side(world: World) -> None:
    # Given ten receivers, each of which answers once all ten were called
    waiting = world.all_at_once(10)
    for number in range(10):
        world.end(succeeded(job_id=f"j{number}"))

    world.lambda_runs()

    assert not waiting.broken
    assert world.statuses() == [DeliveryStatus.DELIVERED] * 10
    assert world.clock.now_ms > NOW_MS
