from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from spillway.message import encode
from spillway_cli.dead_letters import queue
from spillway_cli.dead_letters.queue import DeadLetterQueue
from spillway_cli.exits import CommandFailed
from tests.unit.core.jobs import job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[SQSClient]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(queue, "WAIT_S", 0)
    with mock_aws():
        client = boto3.client("sqs", region_name="us-east-1")
        client.create_queue(QueueName="s_default_dlq")
        yield client


def bury(sqs: SQSClient, *bodies: str, reason: str | None = None) -> None:
    url = sqs.get_queue_url(QueueName="s_default_dlq")["QueueUrl"]
    more: dict[str, Any] = {}
    if reason:
        more["MessageAttributes"] = {"reason": {"DataType": "String", "StringValue": reason}}
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body, **more)


def bodies(queue: DeadLetterQueue) -> list[str]:
    with queue.reading() as batches:
        return [letter.body for letters in batches for letter in letters]


def test_each_letter_is_read_once_and_is_there_afterwards(sqs: SQSClient) -> None:
    sent = [f"body {n}" for n in range(250)]
    bury(sqs, *sent)
    queue = DeadLetterQueue(sqs, "s", "default")

    assert sorted(bodies(queue)) == sorted(sent)
    assert sorted(bodies(queue)) == sorted(sent), "at once, not when the hold is over"
    assert queue.depth() == 250


def test_a_letter_says_why_it_is_there_and_of_which_job_it_is(sqs: SQSClient) -> None:
    bury(sqs, encode(job(), payload="1"), reason="worker_lost")
    bury(sqs, "hello")

    with DeadLetterQueue(sqs, "s", "default").reading() as batches:
        letters = {each.reason: each for some in batches for each in some}

    assert letters["worker_lost"].key == job().key
    assert letters["worker_lost"].receives == 1
    assert letters[None].key is None
    assert letters[None].fault == "not JSON: Expecting value: line 1 column 1 (char 0)"


def test_a_letter_that_is_deleted_is_gone_and_no_other(sqs: SQSClient) -> None:
    bury(sqs, *(f"body {n}" for n in range(25)))
    queue = DeadLetterQueue(sqs, "s", "default")

    with queue.reading() as batches:
        for letters in batches:
            queue.delete(letters[0])

    left = bodies(queue)
    assert len(left) == 22


def test_a_reading_that_is_broken_off_shows_its_letters_again(sqs: SQSClient) -> None:
    bury(sqs, *(f"body {n}" for n in range(25)))
    queue = DeadLetterQueue(sqs, "s", "default")

    with contextlib.suppress(KeyboardInterrupt), queue.reading() as batches:
        next(batches)
        raise KeyboardInterrupt

    assert len(bodies(queue)) == 25


def test_a_letter_that_comes_again_meanwhile_is_not_read_twice(
    sqs: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "HOLD_S", 0)
    bury(sqs, "a", "b")

    assert sorted(bodies(DeadLetterQueue(sqs, "s", "default"))) == ["a", "b"]


def test_a_model_that_is_not_there_is_named(sqs: SQSClient) -> None:
    with pytest.raises(CommandFailed, match="stack s has no model minilm"):
        DeadLetterQueue(sqs, "s", "minilm")
