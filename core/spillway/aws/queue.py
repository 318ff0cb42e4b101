"""The models' queues on SQS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.wire.queue import (
    burying,
    check_batch,
    deleting,
    hiding,
    queue_calls,
    received,
    receiving,
    sending,
)
from spillway.ports import Depth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient

    from spillway.ports import Received


class SqsQueue:
    """One model's queue and its DLQ."""

    def __init__(self, sqs: SQSClient, url: str, dead_letter_url: str = "") -> None:
        self._sqs = sqs
        self.url = url
        self._dead_letter_url = dead_letter_url

    def send(self, body: str, *, group: str) -> None:
        with queue_calls():
            self._sqs.send_message(**sending(self.url, body, group=group))

    def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        request = receiving(self.url, limit=limit, wait_s=wait_s, lease_s=lease_s)
        with queue_calls():
            answer = self._sqs.receive_message(**request)
        return received(answer.get("Messages", []))

    def delete(self, receipts: Sequence[str]) -> None:
        if not receipts:
            return
        with queue_calls():
            answer = self._sqs.delete_message_batch(**deleting(self.url, receipts))
        check_batch(answer.get("Failed", []))

    def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        if not receipts:
            return
        request = hiding(self.url, receipts, for_s=for_s)
        with queue_calls():
            answer = self._sqs.change_message_visibility_batch(**request)
        check_batch(answer.get("Failed", []))

    def bury(self, body: str, *, group: str, reason: str) -> None:
        request = burying(self._dead_letter_url, body, group=group, reason=reason)
        with queue_calls():
            self._sqs.send_message(**request)

    def depth(self) -> Depth:
        with queue_calls():
            counts = self._sqs.get_queue_attributes(
                QueueUrl=self.url,
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
            with queue_calls():
                url = self._sqs.get_queue_url(QueueName=f"{self._stack}_{model}")["QueueUrl"]
            self._found[model] = SqsQueue(self._sqs, url, f"{url}_dlq")
        return self._found[model]
