"""SQS as boto3 finds it at the stand-in."""

from __future__ import annotations

import json
import threading
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from benchmarks.worker.standin import StandIn
    from tests.unit.benchmarks.worker.conftest import Clients


@pytest.fixture
def sqs(client: Clients) -> Any:
    return client("sqs")


def test_a_message_travels_with_its_attributes_and_group(sqs: Any, aws: StandIn) -> None:
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    attribute = {"DataType": "String", "StringValue": "because"}
    sqs.send_message(
        QueueUrl=url,
        MessageBody="ä",
        MessageGroupId="acme",
        MessageAttributes={"reason": attribute},
    )

    (message,) = sqs.receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"]
    )["Messages"]

    assert url == aws.queue_url
    assert message["Body"] == "ä"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert message["Attributes"]["MessageGroupId"] == "acme"
    assert message["MessageAttributes"] == {"reason": attribute}


def test_a_long_poll_ends_when_a_message_comes(sqs: Any, aws: StandIn, client: Clients) -> None:
    def send() -> None:
        client("sqs").send_message(QueueUrl=aws.queue_url, MessageBody="late")

    began_s = time.monotonic()
    threading.Timer(0.2, send).start()

    (message,) = sqs.receive_message(QueueUrl=aws.queue_url, WaitTimeSeconds=10)["Messages"]

    assert message["Body"] == "late"
    assert time.monotonic() - began_s < 5


def test_a_long_poll_ends_when_a_message_becomes_visible(sqs: Any, aws: StandIn) -> None:
    sqs.send_message(QueueUrl=aws.queue_url, MessageBody="again")
    sqs.receive_message(QueueUrl=aws.queue_url, VisibilityTimeout=1)

    (message,) = sqs.receive_message(
        QueueUrl=aws.queue_url, WaitTimeSeconds=10, MessageSystemAttributeNames=["All"]
    )["Messages"]

    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    assert aws.counts().redelivered == 1


def test_a_poll_that_finds_nothing_ends_when_its_time_is_up(sqs: Any, aws: StandIn) -> None:
    assert "Messages" not in sqs.receive_message(QueueUrl=aws.queue_url, WaitTimeSeconds=1)


def test_who_hung_up_gets_no_message(sqs: Any, aws: StandIn) -> None:
    poll = HTTPConnection(urlsplit(aws.url).netloc)
    asked = json.dumps({"QueueUrl": aws.queue_url, "WaitTimeSeconds": 10})
    poll.request("POST", "/", asked, {"X-Amz-Target": "AmazonSQS.ReceiveMessage"})
    while not aws.counts().calls:
        time.sleep(0.01)
    poll.close()

    sqs.send_message(QueueUrl=aws.queue_url, MessageBody="mine")

    assert sqs.receive_message(QueueUrl=aws.queue_url, WaitTimeSeconds=1)["Messages"]


def test_a_batch_says_of_each_entry_what_became_of_it(sqs: Any, aws: StandIn) -> None:
    sqs.send_message_batch(
        QueueUrl=aws.queue_url,
        Entries=[{"Id": name, "MessageBody": name} for name in "ab"],
    )
    found = sqs.receive_message(QueueUrl=aws.queue_url, MaxNumberOfMessages=10)["Messages"]
    receipts = [message["ReceiptHandle"] for message in found]

    hidden = sqs.change_message_visibility_batch(
        QueueUrl=aws.queue_url,
        Entries=[
            {"Id": "good", "ReceiptHandle": receipts[0], "VisibilityTimeout": 0},
            {"Id": "bad", "ReceiptHandle": "gone", "VisibilityTimeout": 0},
        ],
    )
    deleted = sqs.delete_message_batch(
        QueueUrl=aws.queue_url,
        Entries=[{"Id": str(place), "ReceiptHandle": each} for place, each in enumerate(receipts)],
    )

    assert [entry["Id"] for entry in hidden["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in hidden["Failed"]] == [
        ("bad", "MessageNotInflight")
    ]
    assert len(deleted["Successful"]) == aws.counts().deleted == 2


def test_eleven_are_too_many(sqs: Any, aws: StandIn) -> None:
    entries = [{"Id": str(number), "ReceiptHandle": "r"} for number in range(11)]

    with pytest.raises(ClientError, match="TooManyEntriesInBatchRequest"):
        sqs.delete_message_batch(QueueUrl=aws.queue_url, Entries=entries)
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        sqs.receive_message(QueueUrl=aws.queue_url, MaxNumberOfMessages=11)


def test_a_queue_that_was_never_made_is_missing(sqs: Any, aws: StandIn) -> None:
    with pytest.raises(ClientError, match="QueueDoesNotExist"):
        sqs.get_queue_url(QueueName="other")


def test_the_depth_counts_what_waits_and_what_is_in_flight(sqs: Any, aws: StandIn) -> None:
    for body in "abc":
        sqs.send_message(QueueUrl=aws.queue_url, MessageBody=body)
    sqs.receive_message(QueueUrl=aws.queue_url)

    counts = sqs.get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=["All"])["Attributes"]

    assert counts["ApproximateNumberOfMessages"] == "2"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"
