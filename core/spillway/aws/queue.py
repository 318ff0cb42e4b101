"""The models' queues on SQS."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.faults import bare, code, translated, unavailable
from spillway.errors import UnknownModel
from spillway.ports import Depth, Received

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import BatchResultErrorEntryTypeDef

_MISSING = ("NonExistentQueue", "QueueDoesNotExist")
_GONE_RECEIPT = {"ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight"}
_REASON_LENGTH = 1_000
_NOT_SENDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""SQS refuses what XML 1.0 does."""


class SqsQueue:
    """One model's queue and its DLQ."""

    def __init__(self, sqs: SQSClient, url: str, dead_letter_url: str = "") -> None:
        self._sqs = sqs
        self._url = url
        self._dead_letter_url = dead_letter_url

    def send(self, body: str, *, group: str) -> None:
        """On a standard queue the group turns on fair queues: a tenant's flood delays itself."""
        with _queue_calls():
            self._sqs.send_message(QueueUrl=self._url, MessageBody=body, MessageGroupId=group)

    def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        with _queue_calls():
            received = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=limit,
                WaitTimeSeconds=wait_s,
                VisibilityTimeout=lease_s,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        return [
            Received(
                message_id=message["MessageId"],
                receipt=message["ReceiptHandle"],
                body=message["Body"],
                receives=int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for message in received.get("Messages", [])
        ]

    def delete(self, receipts: Sequence[str]) -> None:
        if not receipts:
            return
        with _queue_calls():
            answer = self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": receipt}
                    for number, receipt in enumerate(receipts)
                ],
            )
        _check_batch(answer.get("Failed", []))

    def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        if not receipts:
            return
        with _queue_calls():
            answer = self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": for_s}
                    for number, receipt in enumerate(receipts)
                ],
            )
        _check_batch(answer.get("Failed", []))

    def bury(self, body: str, *, group: str, reason: str) -> None:
        with _queue_calls():
            self._sqs.send_message(
                QueueUrl=self._dead_letter_url,
                MessageBody=body,
                MessageGroupId=group,
                MessageAttributes={
                    "reason": {"DataType": "String", "StringValue": _sendable(reason)}
                },
            )

    def depth(self) -> Depth:
        with _queue_calls():
            counts = self._sqs.get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )["Attributes"]
        return Depth(
            visible=int(counts["ApproximateNumberOfMessages"]),
            in_flight=int(counts["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(counts["ApproximateNumberOfMessagesDelayed"]),
        )


class SqsQueues:
    """Queues by their names, `<stack>_<model>`: a burst needs no registry, only one cached look."""

    def __init__(self, sqs: SQSClient, stack: str) -> None:
        self._sqs = sqs
        self._stack = stack
        self._found: dict[str, SqsQueue] = {}

    def find(self, model: str) -> SqsQueue:
        if model not in self._found:
            with _queue_calls():
                url = self._sqs.get_queue_url(QueueName=f"{self._stack}_{model}")["QueueUrl"]
            self._found[model] = SqsQueue(self._sqs, url, f"{url}_dlq")
        return self._found[model]


@contextmanager
def _queue_calls() -> Iterator[None]:
    with translated("SQS"):
        try:
            yield
        except ClientError as error:
            if code(error) in _MISSING:
                raise UnknownModel("no such queue") from None
            raise


def _sendable(reason: str) -> str:
    """The reason as SQS takes it: an attribute counts towards the message's size, none is empty."""
    return _NOT_SENDABLE.sub("\ufffd", reason[:_REASON_LENGTH]) or "unknown"


def _check_batch(failed: Sequence[BatchResultErrorEntryTypeDef]) -> None:
    """A receipt that has gone is no fault: the message is deleted, or another worker's by now."""
    reasons = {bare(entry["Code"]) for entry in failed} - _GONE_RECEIPT
    if reasons:
        raise unavailable("SQS", f"{len(failed)} entries: {', '.join(sorted(reasons))}")
