"""Reading a model's DLQ without losing anything in it.

SQS has no way to look but to receive: what is read is hidden from others for `HOLD_S` and then
comes back by itself, sooner where the reading ends in order. Each look adds one to a message's
receive count, which moves nothing: a DLQ has no DLQ of its own. Nor does it prolong the 14 days
that a message is kept.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import batched
from typing import TYPE_CHECKING

from spillway.aws.faults import code
from spillway.aws.queue import SqsQueue
from spillway_cli.dead_letters.rules import DeadLetter, read
from spillway_cli.exits import CommandFailed, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HOLD_S = 300
WAIT_S = 1
"""A poll that waits asks all of SQS's servers; one that does not may miss messages."""
RECEIVE = 10
"""SQS's own limit for a receive and for a batch."""
LOOKS = 2
"""So many receives in a row that bring nothing new end a reading."""

_MISSING = ("NonExistentQueue", "QueueDoesNotExist")


class DeadLetterQueue:
    """One model's DLQ."""

    def __init__(self, sqs: SQSClient, stack: str, model: str) -> None:
        self._sqs = sqs
        self.model = model
        self._url = _url(sqs, stack, model)
        self._queue = SqsQueue(sqs, self._url)
        self._held: dict[str, str] = {}

    def depth(self) -> int:
        """How many messages it holds, approximately, those that somebody looks at included."""
        depth = self._queue.depth()
        return depth.visible + depth.in_flight + depth.delayed

    @contextmanager
    def reading(self) -> Iterator[Iterator[Sequence[DeadLetter]]]:
        """Each letter once, ten at most at a time; at the end those that are left are shown again.

        Two who read at once each see what the other has not in hand.
        """
        self._held = {}
        try:
            yield self._batches()
        finally:
            self._show_again()

    def delete(self, letter: DeadLetter) -> None:
        """Remove a letter for good; one that has gone already is no fault."""
        self._queue.delete([letter.receipt])
        self._held.pop(letter.message_id, None)

    def _batches(self) -> Iterator[Sequence[DeadLetter]]:
        seen: set[str] = set()
        fruitless = 0
        while fruitless < LOOKS:
            letters = self._receive()
            self._held |= {letter.message_id: letter.receipt for letter in letters}
            fresh = [letter for letter in letters if letter.message_id not in seen]
            seen |= {letter.message_id for letter in fresh}
            fruitless = 0 if fresh else fruitless + 1
            if fresh:
                yield fresh

    def _receive(self) -> list[DeadLetter]:
        received = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=RECEIVE,
            WaitTimeSeconds=WAIT_S,
            VisibilityTimeout=HOLD_S,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            MessageAttributeNames=["reason"],
        )
        return [_letter(self.model, message) for message in received.get("Messages", [])]

    def _show_again(self) -> None:
        for some in batched(self._held.values(), RECEIVE, strict=False):
            self._queue.hide(some, for_s=0)


def _url(sqs: SQSClient, stack: str, model: str) -> str:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - most commands do without it

    try:
        return sqs.get_queue_url(QueueName=f"{stack}_{model}_dlq")["QueueUrl"]
    except ClientError as error:
        if code(error) in _MISSING:
            text = f"stack {stack} has no model {model}: `spillway models` lists them"
            raise CommandFailed(text, Exit.NOT_FOUND) from None
        raise


def _letter(model: str, received: MessageTypeDef) -> DeadLetter:
    message, fault = read(model, received["Body"])
    attributes = received["Attributes"]
    reason = received.get("MessageAttributes", {}).get("reason")
    return DeadLetter(
        model=model,
        message_id=received["MessageId"],
        receipt=received["ReceiptHandle"],
        body=received["Body"],
        sent_ms=int(attributes["SentTimestamp"]),
        receives=int(attributes["ApproximateReceiveCount"]),
        reason=reason["StringValue"] if reason else None,
        message=message,
        fault=fault,
    )
