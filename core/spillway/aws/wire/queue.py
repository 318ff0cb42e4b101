"""SQS's calls: their parameters, and what their answers and errors mean."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.faults import bare, code, translated, unavailable
from spillway.errors import UnknownModel
from spillway.ports import Received

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs.type_defs import (
        BatchResultErrorEntryTypeDef,
        ChangeMessageVisibilityBatchRequestTypeDef,
        DeleteMessageBatchRequestTypeDef,
        MessageAttributeValueTypeDef,
        MessageTypeDef,
        ReceiveMessageRequestTypeDef,
        SendMessageBatchRequestTypeDef,
        SendMessageRequestTypeDef,
    )

_MISSING = ("NonExistentQueue", "QueueDoesNotExist")
_GONE_RECEIPT = {"ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight"}
MOST_BYTES = 1_048_576
"""Of a message, its attributes' names, types and values included:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
_REASON_LENGTH = 1_000
_NOT_SENDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""SQS refuses what XML 1.0 does."""


@contextmanager
def queue_calls() -> Iterator[None]:
    """Raise `Unavailable` or `UnknownModel` in the place of SQS's words for them."""
    with translated("SQS"):
        try:
            yield
        except ClientError as error:
            if code(error) in _MISSING:
                raise UnknownModel("no such queue") from None
            raise


def sending(url: str, body: str, *, group: str) -> SendMessageRequestTypeDef:
    """On a standard queue the group turns on fair queues: a tenant's flood delays itself."""
    return {"QueueUrl": url, "MessageBody": body, "MessageGroupId": group}


def sending_batch(url: str, messages: Sequence[tuple[str, str]]) -> SendMessageBatchRequestTypeDef:
    """Up to ten messages, each a tenant and a body; an entry's id is its place among them."""
    return {
        "QueueUrl": url,
        "Entries": [
            {"Id": str(number), "MessageBody": body, "MessageGroupId": tenant}
            for number, (tenant, body) in enumerate(messages)
        ],
    }


def burying(url: str, body: str, *, group: str, reason: str) -> SendMessageRequestTypeDef:
    """A message to the DLQ, with the reason as an attribute where there is room for it."""
    request, told = sending(url, body, group=group), _sendable(reason)
    attribute: MessageAttributeValueTypeDef = {"DataType": "String", "StringValue": told}
    if sum(len(part.encode()) for part in (body, "reason", "String", told)) > MOST_BYTES:
        return request
    return {**request, "MessageAttributes": {"reason": attribute}}


def receiving(url: str, *, limit: int, wait_s: int, lease_s: int) -> ReceiveMessageRequestTypeDef:
    """One receive, which tells how often each message was received."""
    return {
        "QueueUrl": url,
        "MaxNumberOfMessages": limit,
        "WaitTimeSeconds": wait_s,
        "VisibilityTimeout": lease_s,
        "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
    }


def received(messages: Sequence[MessageTypeDef]) -> list[Received]:
    """What a receive gave."""
    return [
        Received(
            message_id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            receives=int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
        )
        for message in messages
    ]


def deleting(url: str, receipts: Sequence[str]) -> DeleteMessageBatchRequestTypeDef:
    """A delete of up to ten messages."""
    entries = [
        {"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(receipts)
    ]
    return {"QueueUrl": url, "Entries": entries}  # type: ignore[typeddict-item]


def hiding(
    url: str, receipts: Sequence[str], *, for_s: int
) -> ChangeMessageVisibilityBatchRequestTypeDef:
    """A change of up to ten messages' visibility."""
    return {
        "QueueUrl": url,
        "Entries": [
            {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": for_s}
            for number, receipt in enumerate(receipts)
        ],
    }


def check_batch(failed: Sequence[BatchResultErrorEntryTypeDef]) -> None:
    """A receipt that has gone is no fault: the message is deleted, or another worker's by now."""
    check_all([entry for entry in failed if bare(entry["Code"]) not in _GONE_RECEIPT])


def check_all(failed: Sequence[BatchResultErrorEntryTypeDef]) -> None:
    """Raise `Unavailable` where any entry of a batch failed."""
    if failed:
        reasons = sorted({bare(entry["Code"]) for entry in failed})
        raise unavailable("SQS", f"{len(failed)} entries: {', '.join(reasons)}")


def _sendable(reason: str) -> str:
    """The reason as SQS takes it: an attribute counts towards the message's size, none is empty."""
    return _NOT_SENDABLE.sub("\ufffd", reason[:_REASON_LENGTH]) or "unknown"
