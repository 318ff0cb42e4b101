"""A caller's account: what Spillway delivers to, and a look into it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from tests.contract.ports.implementations import Implementation

WAIT_S = 10
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
    ],
}
"""What the owner of a queue grants topics and buses."""


class Account:
    """Topics, queues, buses and buckets of one test, by names that no other has."""

    def __init__(self, implementation: Implementation) -> None:
        self.implementation = implementation
        self.unique = implementation.unique

    def queue(self, *, fifo: bool = False) -> str:
        """Make a queue that topics and rules may send to, and return its ARN."""
        sqs = boto3.client("sqs")
        name = f"{self.unique}{'.fifo' if fifo else ''}"
        attributes: Any = {"Policy": json.dumps(POLICY)} | ({"FifoQueue": "true"} if fifo else {})
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return told["Attributes"]["QueueArn"]

    def topic(self, queue_arn: str, *, fifo: bool = False) -> str:
        """Make a topic that forwards to a queue as it is, and return its ARN."""
        sns = boto3.client("sns")
        name = f"{self.unique}{'.fifo' if fifo else ''}"
        attributes = {"FifoTopic": "true"} if fifo else {}
        arn = sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
        sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=queue_arn,
            Attributes={"RawMessageDelivery": "true"},
        )
        return arn

    def bus(self, queue_arn: str, pattern: dict[str, Any]) -> str:
        """Make a bus that forwards what fits the pattern to a queue, and return its ARN."""
        events = boto3.client("events")
        arn = events.create_event_bus(Name=self.unique)["EventBusArn"]
        events.put_rule(
            Name=self.unique, EventBusName=self.unique, EventPattern=json.dumps(pattern)
        )
        events.put_targets(
            Rule=self.unique, EventBusName=self.unique, Targets=[{"Id": "q", "Arn": queue_arn}]
        )
        return arn

    def bucket(self, suffix: str = "") -> str:
        """Make a bucket and return its name."""
        name = f"{self.unique}{suffix}"
        boto3.client("s3").create_bucket(Bucket=name)
        return name

    def messages(self, queue_arn: str, *, many: int = 1) -> list[dict[str, Any]]:
        """So many messages of a queue, once they have come; whatever there is by then."""
        url, got = self._url(queue_arn), list[dict[str, Any]]()
        until = time.monotonic() + WAIT_S
        while len(got) < many and time.monotonic() < until:
            got += self._received(url)
        return got + self._received(url)

    def objects(self, bucket: str) -> dict[str, bytes]:
        """What a bucket has, by key."""
        s3 = boto3.client("s3")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def _received(self, url: str) -> list[dict[str, Any]]:
        answer: Any = boto3.client("sqs").receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=0,
            VisibilityTimeout=60,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _url(self, arn: str) -> str:
        return boto3.client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
