"""Each destination on AWS has what it is sent, in the form that its ecosystem knows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from delivery.senders.eventbridge import EventBridge
from delivery.senders.regional import Regional
from delivery.senders.s3 import S3
from delivery.senders.sns import Sns
from delivery.senders.sqs import Sqs
from spillway.deliveries.announcement import text_of
from spillway.deliveries.delivery import Delivery, again, due
from spillway.destinations.destination import Destination, to_text
from spillway.errors import DeliveryRefused, Undelivered
from spillway.job import Job, JobError, Status
from tests.contract.ports.implementations import unfit
from tests.contract.ports.samples import KEY, NOW_MS, ended

if TYPE_CHECKING:
    from tests.contract.delivery.account import Account

RESULT = '{"label":"Kätzchen 🐈"}'
SPILLWAY_EVENTS = {"source": ["spillway"], "detail-type": ["job.succeeded"]}


def succeeded(destination: Destination, bucket: str = "results") -> Job:
    return ended(
        Status.SUCCEEDED,
        destinations=to_text([destination]),
        error=None,
        result=RESULT,
        result_uri=f"s3://{bucket}/results/acme/{KEY.job_id}/2.json",
    )


def failed(destination: Destination) -> Job:
    error = JobError("timeout", "the attempt ran too long", retryable=True)
    return ended(Status.FAILED, destinations=to_text([destination]), error=error)


def of(job: Job) -> tuple[Delivery, str]:
    """The job's one delivery, and the text to be sent."""
    [delivery] = due(job)
    return delivery, text_of(job, delivery.event)


def sns() -> Sns:
    clients = Regional(lambda region: boto3.client("sns", region_name=region))
    return Sns(clients, stack="spillway", region="eu-west-1")


def sqs() -> Sqs:
    return Sqs(Regional(lambda region: boto3.client("sqs", region_name=region)), stack="spillway")


def eventbridge() -> EventBridge:
    clients = Regional(lambda region: boto3.client("events", region_name=region))
    return EventBridge(clients, stack="spillway")


def s3(result_bucket: str) -> S3:
    return S3(boto3.client("s3"), result_bucket=result_bucket)


def assert_tells(event: str | dict[str, Any], delivery: Delivery, text: str) -> None:
    """It is the delivery's CloudEvent, as the project's own library reads and checks it."""
    read = JSONFormat().read(CloudEvent, event if isinstance(event, str) else json.dumps(event))
    assert (read.get_id(), read.get_type()) == (delivery.delivery_id, delivery.event.value)
    assert (read.get_source(), read.get_subject()) == ("/spillway/spillway", KEY.job_id)
    assert read.get_data() == json.loads(text)["data"]


def values(message: dict[str, Any]) -> dict[str, str]:
    """A message's attributes by name."""
    attributes = message.get("MessageAttributes", {})
    return {name: attribute["StringValue"] for name, attribute in attributes.items()}


FILTERS = {"type": "job.succeeded", "model": "default", "status": "SUCCEEDED"}


# --- SQS ------------------------------------------------------------------------------------------


def test_a_queue_has_a_cloud_event_with_attributes_to_filter_by(account: Account) -> None:
    queue = account.queue()
    delivery, text = of(succeeded(Destination("sqs", queue)))

    sqs().send(delivery, text)

    [message] = account.messages(queue)
    assert_tells(message["Body"], delivery, text)
    assert values(message) == FILTERS


def test_a_fifo_queue_has_it_once_though_an_acknowledgement_was_lost(account: Account) -> None:
    queue = account.queue(fifo=True)
    delivery, text = of(succeeded(Destination("sqs", queue)))

    for _ in range(2):
        sqs().send(delivery, text)

    [message] = account.messages(queue)
    assert_tells(message["Body"], delivery, text)
    assert message["Attributes"]["MessageGroupId"] == "acme"


def test_a_fifo_queue_has_a_redelivery_as_well(account: Account) -> None:
    # SQS drops a message within five minutes of one with the same MessageDeduplicationId.
    queue = account.queue(fifo=True)
    delivery, text = of(succeeded(Destination("sqs", queue)))

    sqs().send(delivery, text)
    sqs().send(again(delivery, now_ms=NOW_MS), text)

    messages = account.messages(queue, many=2)
    assert [message["Body"] for message in messages] == [messages[0]["Body"]] * 2


def test_a_queue_that_is_not_there_is_undelivered(account: Account) -> None:
    gone = f"{account.queue()}-gone"
    delivery, text = of(succeeded(Destination("sqs", gone)))

    with pytest.raises(Undelivered, match=r"^SQS answered (NonExistentQueue|QueueDoesNotExist)$"):
        sqs().send(delivery, text)


# --- SNS ------------------------------------------------------------------------------------------


def test_a_topics_subscribers_have_a_cloud_event_with_attributes_to_filter_by(
    account: Account,
) -> None:
    queue = account.queue()
    delivery, text = of(succeeded(Destination("sns", account.topic(queue))))

    sns().send(delivery, text)

    [message] = account.messages(queue)
    assert_tells(message["Body"], delivery, text)
    assert values(message) == FILTERS


def test_sagemakers_consumers_have_sagemakers_message(account: Account) -> None:
    queue = account.queue()
    topic = Destination("sns", account.topic(queue), format="sagemaker")
    job = replace(succeeded(topic), payload=None, payload_uri="s3://inputs/cat.json")
    delivery, text = of(job)

    sns().send(delivery, text)

    [message] = account.messages(queue)
    told = json.loads(message["Body"])
    assert (told["eventSource"], told["eventName"]) == ("aws:sagemaker", "InferenceResult")
    assert (told["invocationStatus"], told["inferenceId"]) == ("Completed", KEY.job_id)
    assert told["requestParameters"]["inputLocation"] == "s3://inputs/cat.json"
    assert told["responseParameters"]["outputLocation"] == job.result_uri


def test_a_fifo_topic_has_it_once(account: Account) -> None:
    queue = account.queue(fifo=True)
    delivery, text = of(succeeded(Destination("sns", account.topic(queue, fifo=True))))

    for _ in range(2):
        sns().send(delivery, text)

    [message] = account.messages(queue)
    assert_tells(message["Body"], delivery, text)
    assert message["Attributes"]["MessageGroupId"] == "acme"


def test_a_topic_that_is_not_there_is_undelivered(account: Account) -> None:
    gone = f"{account.topic(account.queue())}-gone"
    delivery, text = of(succeeded(Destination("sns", gone)))

    with pytest.raises(Undelivered, match=r"^SNS answered NotFound"):
        sns().send(delivery, text)


# --- EventBridge ----------------------------------------------------------------------------------


def test_a_rule_finds_the_event_by_its_source_and_type(account: Account) -> None:
    unfit(account.implementation, "moto", reason="its rules want a package more")
    queue = account.queue()
    bus = Destination("eventbridge", account.bus(queue, SPILLWAY_EVENTS))
    delivery, text = of(succeeded(bus))

    eventbridge().send(*of(failed(bus)))
    eventbridge().send(delivery, text)

    [message] = account.messages(queue)
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"]) == ("spillway", "job.succeeded")
    assert_tells(event["detail"], delivery, text)


# --- S3 -------------------------------------------------------------------------------------------


def results(account: Account) -> str:
    """Spillway's own bucket, with the job's result."""
    bucket = account.bucket("-results")
    key = f"results/acme/{KEY.job_id}/2.json"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=RESULT.encode())
    return bucket


@pytest.mark.parametrize("prefix", ["", "results/of/today/", "half-a-name-"])
def test_a_prefix_has_the_result_itself(account: Account, prefix: str) -> None:
    bucket, own = account.bucket(), results(account)
    delivery, text = of(succeeded(Destination("s3", f"s3://{bucket}/{prefix}"), own))

    for _ in range(2):
        s3(own).send(delivery, text)

    assert account.objects(bucket) == {f"{prefix}{KEY.job_id}.json": RESULT.encode()}
    head = boto3.client("s3").head_object(Bucket=bucket, Key=f"{prefix}{KEY.job_id}.json")
    assert head["ContentType"] == "application/json"


def test_a_prefix_has_the_event_of_a_job_without_result(account: Account) -> None:
    bucket = account.bucket()
    delivery, text = of(failed(Destination("s3", f"s3://{bucket}/out/")))

    s3("results").send(delivery, text)

    assert account.objects(bucket) == {f"out/{KEY.job_id}.job.failed.json": text.encode()}


def test_a_result_past_its_retention_is_refused(account: Account) -> None:
    bucket, own = account.bucket(), account.bucket("-results")
    delivery, text = of(succeeded(Destination("s3", f"s3://{bucket}/"), own))

    with pytest.raises(DeliveryRefused, match="retention"):
        s3(own).send(delivery, text)


def test_a_bucket_that_is_not_there_is_undelivered(account: Account) -> None:
    own = results(account)
    nowhere = Destination("s3", f"s3://{account.unique}-nowhere/")
    delivery, text = of(succeeded(nowhere, own))

    with pytest.raises(Undelivered, match=r"^S3 answered NoSuchBucket$") as raised:
        s3(own).send(delivery, text)
    assert not isinstance(raised.value, DeliveryRefused)
    with pytest.raises(Undelivered, match=r"^S3 answered NoSuchBucket$"):
        s3(own).send(*of(failed(nowhere)))
