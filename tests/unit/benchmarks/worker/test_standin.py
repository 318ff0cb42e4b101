"""The benchmark's own commands to the stand-in."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.worker import jobs

if TYPE_CHECKING:
    from benchmarks.worker.standin import StandIn
    from tests.unit.benchmarks.worker.conftest import Clients


def test_a_queue_is_filled_with_a_seed_over_and_over(aws: StandIn) -> None:
    aws.keep("two", [{"body": "a"}, {"body": "b", "group": "acme"}])

    aws.start(latency_ms=0, seed="two", count=5)

    assert [message["body"] for message in aws.messages()] == ["a", "b", "a", "b", "a"]


def test_a_seed_that_is_kept_again_replaces_the_one_before(aws: StandIn) -> None:
    aws.keep("mine", [{"body": "a"}])
    aws.keep("mine", [{"body": "b"}])

    aws.start(latency_ms=0, seed="mine", count=2)

    assert [message["body"] for message in aws.messages()] == ["b", "b"]


def test_what_was_sent_can_be_a_seed(aws: StandIn, client: Clients) -> None:
    reason = {"DataType": "String", "StringValue": "because"}
    client("sqs").send_message(
        QueueUrl=aws.queue_url, MessageBody="sent", MessageAttributes={"reason": reason}
    )

    aws.keep("sent", aws.messages())
    aws.start(latency_ms=0, seed="sent", count=1)

    assert aws.messages() == [{"body": "sent", "attributes": {"reason": reason}}]


def test_a_start_forgets_what_was(aws: StandIn, client: Clients) -> None:
    accepted = jobs.accepted(1)
    aws.keep("jobs", jobs.messages(accepted), jobs.items(accepted))
    aws.start(latency_ms=0, seed="jobs", count=1)
    client("s3").put_object(Bucket="results", Key="a", Body=b"")

    aws.start(latency_ms=0)

    counts = aws.counts()
    assert (counts.calls, counts.objects, aws.messages()) == ({}, 0, [])
    found = client("dynamodb").get_item(TableName="jobs", Key={"pk": jobs.items(accepted)[0]["pk"]})
    assert "Item" not in found


def test_each_call_takes_its_time(aws: StandIn, client: Clients) -> None:
    sqs = client("sqs")
    aws.start(latency_ms=100)
    began_s = time.monotonic()

    sqs.get_queue_url(QueueName="jobs")

    assert time.monotonic() - began_s >= 0.1
    assert aws.counts().calls == {"GetQueueUrl": 1}


def test_waiting_ends_with_the_last_delete(aws: StandIn, client: Clients) -> None:
    aws.keep("one", [{"body": "a"}])
    aws.start(latency_ms=0, seed="one", count=1)
    sqs = client("sqs")
    (message,) = sqs.receive_message(QueueUrl=aws.queue_url)["Messages"]

    def delete() -> None:
        sqs.delete_message(QueueUrl=aws.queue_url, ReceiptHandle=message["ReceiptHandle"])

    threading.Timer(0.1, delete).start()
    began_s = time.monotonic()

    assert aws.wait(deleted=1, timeout_s=30).deleted == 1
    assert time.monotonic() - began_s < 10


def test_waiting_ends_when_its_time_is_up(aws: StandIn) -> None:
    began = aws.counts()

    ended = aws.wait(deleted=1, timeout_s=0.2)

    assert ended.deleted == 0
    assert ended.at_s - began.at_s == pytest.approx(0.2, abs=0.15)
