"""The delivery queue with what a test needs around it: time that passes, and a receive."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from spillway import memory
from spillway.aws.delivery_queue import SqsDeliveryQueue
from spillway.aws.queue import SqsQueue
from tests.contract.ports.queues import MARGIN_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient

    from spillway.ports import DeliveryQueue, Received

LEASE_S = 30


class DeliveryQueueWorld(Protocol):
    """One stack's delivery queue."""

    @property
    def queue(self) -> DeliveryQueue: ...

    def receive(self) -> Sequence[Received]:
        """Do what Lambda does: take up to ten messages, hidden from others for a while."""

    def delete(self, receipt: str) -> None:
        """Do what Lambda does with a message that its function has dealt with."""

    def pass_time(self, seconds: int) -> None:
        """Let what was hidden for so long come back."""


class TwinDeliveryWorld:
    """On a clock that is moved by hand."""

    def __init__(self) -> None:
        self._now_ms = 1_800_000_000_000
        self.queue = memory.MemoryDeliveryQueue(lambda: self._now_ms)

    def receive(self) -> Sequence[Received]:
        return self.queue.receive(lease_s=LEASE_S)

    def delete(self, receipt: str) -> None:
        self.queue.delete(receipt)

    def pass_time(self, seconds: int) -> None:
        self._now_ms += seconds * 1000


class SqsDeliveryWorld:
    """On the clock of the wall, so a test waits for as few seconds as it can."""

    def __init__(self, sqs: SQSClient, stack: str) -> None:
        url = sqs.create_queue(QueueName=f"{stack}-delivery")["QueueUrl"]
        self._lambda = SqsQueue(sqs, url)
        self.queue = SqsDeliveryQueue(sqs, url)

    def receive(self) -> Sequence[Received]:
        return self._lambda.receive(limit=10, wait_s=0, lease_s=LEASE_S)

    def delete(self, receipt: str) -> None:
        self._lambda.delete([receipt])

    def pass_time(self, seconds: int) -> None:
        time.sleep(seconds + MARGIN_S)
