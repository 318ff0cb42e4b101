"""SQS queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery.formats.cloudevents import cloud_event
from delivery.senders.attributes import attributes, order
from delivery.senders.regional import Regional, answering
from spillway.strict_json import json_text

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from spillway.deliveries.delivery import Delivery


class Sqs:
    """Sends to queues. A message is a tenth of the 256 KiB that any queue takes."""

    def __init__(self, clients: Regional[SQSClient], *, stack: str) -> None:
        self._clients = clients
        self._stack = stack

    def send(self, delivery: Delivery, text: str) -> None:
        """Send the event as a CloudEvent."""
        message = json_text(cloud_event(delivery, text, stack=self._stack))
        with answering("SQS"):
            sqs = self._clients.of(delivery.destination.address)
            sqs.send_message(
                QueueUrl=_url(sqs, delivery.destination.address),
                MessageBody=message,
                MessageAttributes=attributes(text),
                **order(delivery),
            )


def _url(sqs: SQSClient, arn: str) -> str:
    """The queue's URL. To ask for it would take a permission more, from its owner's policy too."""
    account, name = arn.split(":")[4:6]
    return f"{sqs.meta.endpoint_url}/{account}/{name}"
