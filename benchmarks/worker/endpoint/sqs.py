"""SQS by its JSON protocol, as far as workers use it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.worker.endpoint.queue import Message, NotInFlight, Queue
from benchmarks.worker.endpoint.service import Document, Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

ACCOUNT = "000000000000"
LIMIT = 10
"""SQS's own, for a receive and for a batch."""
VISIBILITY_S = 30
"""SQS's default."""


class Sqs:
    """Queues by their names."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.queues: dict[str, Queue] = {}
        self._changes: dict[str, asyncio.Event] = {}
        self._operations: Mapping[str, Callable[[Document], Document | Awaitable[Document]]] = {
            "CreateQueue": self._create,
            "GetQueueUrl": self._queue_url,
            "ListQueues": self._list,
            "GetQueueAttributes": self._attributes,
            "SendMessage": self._send,
            "SendMessageBatch": self._send_batch,
            "ReceiveMessage": self._receive,
            "DeleteMessage": self._delete,
            "DeleteMessageBatch": self._delete_batch,
            "ChangeMessageVisibility": self._hide,
            "ChangeMessageVisibilityBatch": self._hide_batch,
        }

    def create(self, name: str) -> Queue:
        """The queue of this name, made where there is none."""
        self._changes.setdefault(name, asyncio.Event())
        return self.queues.setdefault(name, Queue())

    def clear(self) -> None:
        """Forget every queue."""
        self.queues.clear()
        self._changes.clear()

    async def change(self, name: str, until_s: float) -> None:
        """Wait until a message is sent to the queue, given back or deleted, or until then."""
        changed = self._changes[name]
        changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until_s):
                await changed.wait()

    async def call(self, operation: str, asked: Document) -> Document:
        """Carry out an operation."""
        if operation not in self._operations:
            raise Fault("UnsupportedOperation", operation)
        done = self._operations[operation](asked)
        return done if isinstance(done, dict) else await done

    def _create(self, asked: Document) -> Document:
        self.create(asked["QueueName"])
        return self._queue_url(asked)

    def _queue_url(self, asked: Document) -> Document:
        self._check(asked["QueueName"])
        return {"QueueUrl": f"{self.url}/{ACCOUNT}/{asked['QueueName']}"}

    def _list(self, asked: Document) -> Document:
        prefix = asked.get("QueueNamePrefix", "")
        names = [name for name in self.queues if name.startswith(prefix)]
        return {"QueueUrls": [f"{self.url}/{ACCOUNT}/{name}" for name in names]}

    def _attributes(self, asked: Document) -> Document:
        queue = self._queue(asked)
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(queue.depth),
                "ApproximateNumberOfMessagesNotVisible": str(queue.in_flight),
                "ApproximateNumberOfMessagesDelayed": "0",
                "VisibilityTimeout": str(VISIBILITY_S),
                "QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{_name(asked)}",
            }
        }

    def _send(self, asked: Document) -> Document:
        queue = self._queue(asked)
        message = Message(
            asked["MessageBody"], asked.get("MessageAttributes", {}), asked.get("MessageGroupId")
        )
        queue.send(message, now_s=_now_s(), delay_s=asked.get("DelaySeconds", 0))
        self._changes[_name(asked)].set()
        return {"MessageId": message.message_id, "MD5OfMessageBody": message.md5}

    async def _receive(self, asked: Document) -> Document:
        """Answer as soon as there is a message; where none comes in time, without one."""
        queue = self._queue(asked)
        limit = asked.get("MaxNumberOfMessages", 1)
        if not 1 <= limit <= LIMIT:
            raise Fault("InvalidParameterValue", "MaxNumberOfMessages")
        visibility_s = asked.get("VisibilityTimeout", VISIBILITY_S)
        deadline_s = _now_s() + asked.get("WaitTimeSeconds", 0)
        while True:
            now_s = _now_s()
            found = queue.receive(limit, visibility_s=visibility_s, now_s=now_s)
            if found or now_s >= deadline_s:
                return {"Messages": [_told(message, asked) for message in found]} if found else {}
            next_s = queue.next_visible_s(now_s) or deadline_s
            await self.change(_name(asked), min(deadline_s, next_s))

    def _delete(self, asked: Document) -> Document:
        self._queue(asked).delete(asked["ReceiptHandle"])
        self._changes[_name(asked)].set()
        return {}

    def _hide(self, asked: Document) -> Document:
        try:
            self._queue(asked).hide(
                asked["ReceiptHandle"], for_s=asked["VisibilityTimeout"], now_s=_now_s()
            )
        except NotInFlight as error:
            raise Fault("MessageNotInflight", str(error)) from None
        self._changes[_name(asked)].set()
        return {}

    def _send_batch(self, asked: Document) -> Document:
        return _each(asked, self._send)

    def _delete_batch(self, asked: Document) -> Document:
        return _each(asked, self._delete)

    def _hide_batch(self, asked: Document) -> Document:
        return _each(asked, self._hide)

    def _queue(self, asked: Document) -> Queue:
        self._check(_name(asked))
        return self.queues[_name(asked)]

    def _check(self, name: str) -> None:
        if name not in self.queues:
            raise Fault("QueueDoesNotExist", name)


def _name(asked: Document) -> str:
    return urlsplit(asked["QueueUrl"]).path.rpartition("/")[2]


def _each(asked: Document, operation: Callable[[Document], Document]) -> Document:
    """A batch: each entry succeeds or fails by itself."""
    entries = asked["Entries"]
    if not 1 <= len(entries) <= LIMIT:
        raise Fault("TooManyEntriesInBatchRequest" if entries else "EmptyBatchRequest")
    successful: list[Document] = []
    failed: list[Document] = []
    for entry in entries:
        try:
            done = operation({"QueueUrl": asked["QueueUrl"], **entry})
            successful.append({"Id": entry["Id"], **done})
        except Fault as fault:
            code = fault.document["__type"]
            failed.append({"Id": entry["Id"], "Code": code, "SenderFault": True})
    return {"Successful": successful, "Failed": failed}


def _told(message: Message, asked: Document) -> Document:
    """A message as a receive tells it, with what was asked for."""
    told: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": message.md5,
        "Body": message.body,
    }
    if asked.get("MessageSystemAttributeNames") or asked.get("AttributeNames"):
        told["Attributes"] = _system_attributes(message)
    if message.attributes and asked.get("MessageAttributeNames"):
        told["MessageAttributes"] = message.attributes
    return told


def _system_attributes(message: Message) -> dict[str, str]:
    group = {} if message.group is None else {"MessageGroupId": message.group}
    return {
        "ApproximateReceiveCount": str(message.receives),
        "SentTimestamp": str(round(message.sent_s * 1000)),
        **group,
    }


def _now_s() -> float:
    return asyncio.get_running_loop().time()
