"""A model's queue with what a test needs around it: time that passes, and a look into the DLQ."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from spillway import memory
from spillway.aws.queue import SqsQueues

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from spillway.ports import Queue, Queues

MODEL = "default"
MAX_RECEIVES = 3
MARGIN_S = 0.2


@dataclass(frozen=True)
class DeadLetter:
    """One message of the DLQ; no reason where the queue itself moved it there."""

    body: str
    reason: str | None


class QueueWorld(Protocol):
    """One stack with one model, whose messages are redriven after `MAX_RECEIVES` receives."""

    @property
    def all(self) -> Queues: ...

    @property
    def one(self) -> Queue: ...

    def pass_time(self, seconds: int) -> None:
        """Let what was hidden for so long come back."""

    def dead_letters(self) -> list[DeadLetter]:
        """Read the DLQ."""

    def delete_queue(self) -> None:
        """Take the model's stack away."""


class TwinWorld:
    """On a clock that is moved by hand."""

    def __init__(self) -> None:
        self._now_ms = 1_800_000_000_000
        self._queue = memory.MemoryQueue(lambda: self._now_ms, max_receives=MAX_RECEIVES)
        self.all = memory.MemoryQueues({MODEL: self._queue})

    @property
    def one(self) -> Queue:
        return self.all.find(MODEL)

    def pass_time(self, seconds: int) -> None:
        self._now_ms += seconds * 1000

    def dead_letters(self) -> list[DeadLetter]:
        return [DeadLetter(dead.body, dead.reason) for dead in self._queue.dead_letters]

    def delete_queue(self) -> None:
        self._queue.is_gone = True


class SqsWorld:
    """On the clock of the wall, so a test waits for as few seconds as it can."""

    def __init__(self, sqs: SQSClient, stack: str, queues: Queues | None = None) -> None:
        self._sqs = sqs
        self._dead_letter_url = sqs.create_queue(QueueName=f"{stack}_{MODEL}_dlq")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self._dead_letter_url, AttributeNames=["QueueArn"])
        redrive = {
            "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
            "maxReceiveCount": MAX_RECEIVES,
        }
        self._url = sqs.create_queue(
            QueueName=f"{stack}_{MODEL}", Attributes={"RedrivePolicy": json.dumps(redrive)}
        )["QueueUrl"]
        self.all = queues or SqsQueues(sqs, stack)

    @property
    def one(self) -> Queue:
        return self.all.find(MODEL)

    def pass_time(self, seconds: int) -> None:
        time.sleep(seconds + MARGIN_S)

    def dead_letters(self) -> list[DeadLetter]:
        received = self._sqs.receive_message(
            QueueUrl=self._dead_letter_url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["reason"],
        )
        return [
            DeadLetter(message["Body"], _reason(message))
            for message in received.get("Messages", [])
        ]

    def delete_queue(self) -> None:
        self._sqs.delete_queue(QueueUrl=self._url)


def _reason(message: MessageTypeDef) -> str | None:
    attributes = message.get("MessageAttributes", {})
    return attributes["reason"].get("StringValue") if "reason" in attributes else None
