"""SNS topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery.formats.cloudevents import cloud_event
from delivery.formats.sagemaker import notification
from delivery.senders.attributes import attributes, order
from delivery.senders.regional import Regional, answering
from spillway.strict_json import json_text

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from spillway.deliveries.delivery import Delivery


class Sns:
    """Publishes to topics. A message is a tenth of the 256 KiB that SNS takes."""

    def __init__(self, clients: Regional[SNSClient], *, stack: str, region: str) -> None:
        self._clients = clients
        self._stack = stack
        self._region = region

    def send(self, delivery: Delivery, text: str) -> None:
        """Publish the event in the form that the destination asks for."""
        topic = delivery.destination.address
        message = self._message(delivery, text)
        with answering("SNS"):
            self._clients.of(topic).publish(
                TopicArn=topic,
                Message=message,
                MessageAttributes=attributes(text),
                **order(delivery),
            )

    def _message(self, delivery: Delivery, text: str) -> str:
        if delivery.destination.format == "sagemaker":
            return json_text(notification(text, region=self._region))
        return json_text(cloud_event(delivery, text, stack=self._stack))
