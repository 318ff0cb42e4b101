"""What a destination on AWS failed with, as the job's caller is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from delivery.senders.eventbridge import EventBridge
from delivery.senders.regional import MOST, Regional
from delivery.senders.s3 import S3
from delivery.senders.sns import Sns
from delivery.senders.sqs import Sqs
from spillway.deliveries.announcement import text_of
from spillway.deliveries.delivery import due
from spillway.destinations.destination import Destination
from spillway.errors import DeliveryRefused, Undelivered
from spillway.event import EventType
from tests.unit.delivery.world import succeeded

if TYPE_CHECKING:
    from delivery.deliverer import Sender

ARN = "arn:aws:{}:eu-west-1:123456789012:results"
SERVICES: dict[Any, tuple[str, str, str]] = {
    "sns": ("sns", "publish", ARN.format("sns")),
    "sqs": ("sqs", "send_message", ARN.format("sqs")),
    "eventbridge": ("events", "put_events", "arn:aws:events:eu-west-1:123456789012:event-bus/b"),
    "s3": ("s3", "copy_object", "s3://caller-bucket/prefix/"),
}


def client(service: str) -> Any:
    made: Any = boto3.Session(aws_access_key_id="k", aws_secret_access_key="s")
    return made.client(
        service, region_name="eu-west-1", config=Config(retries={"total_max_attempts": 1})
    )


def sender(kind: str, made: Any) -> Sender:
    of_region: Regional[Any] = Regional(lambda _region: made)
    senders: dict[str, Sender] = {
        "sns": Sns(of_region, stack="spillway", region="eu-west-1"),
        "sqs": Sqs(of_region, stack="spillway"),
        "eventbridge": EventBridge(of_region, stack="spillway"),
        "s3": S3(made, result_bucket="results"),
    }
    return senders[kind]


def send(kind: Any, made: Any) -> None:
    job = succeeded(Destination(kind, SERVICES[kind][2]))
    [delivery] = due(job)
    sender(kind, made).send(delivery, text_of(job, EventType.SUCCEEDED))


@pytest.mark.parametrize("kind", SERVICES)
def test_a_refusal_is_told_by_its_code_alone(kind: str) -> None:
    # Given a service that names its role in what it says
    service, operation, _ = SERVICES[kind]
    made = client(service)
    with Stubber(made) as stub:
        stub.add_client_error(
            operation,
            service_error_code="AccessDenied",
            service_message="arn:aws:sts::123456789012:assumed-role/operators-own is not allowed",
            http_status_code=403,
        )
        with pytest.raises(Undelivered) as raised:
            send(kind, made)

    assert str(raised.value).endswith(" answered AccessDenied")
    assert raised.value.answered == "AccessDenied"
    assert not isinstance(raised.value, DeliveryRefused)


@pytest.mark.parametrize("kind", SERVICES)
def test_a_connection_that_fails_is_told_by_its_kind(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(Undelivered) as raised:
        send(kind, client(SERVICES[kind][0]))

    assert str(raised.value).endswith(" did not answer (EndpointConnectionError)")


def test_an_entry_that_eventbridge_did_not_take_is_undelivered() -> None:
    made = client("events")
    entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slower"}
    with Stubber(made) as stub:
        stub.add_response("put_events", {"FailedEntryCount": 1, "Entries": [entry]})
        with pytest.raises(Undelivered, match="EventBridge answered ThrottlingException"):
            send("eventbridge", made)


def test_a_result_past_its_retention_is_not_tried_again() -> None:
    made = client("s3")
    with Stubber(made) as stub:
        stub.add_client_error("copy_object", service_error_code="NoSuchKey", http_status_code=404)
        with pytest.raises(DeliveryRefused, match="passed its retention"):
            send("s3", made)


def test_a_result_that_is_not_spillways_is_never_copied() -> None:
    job = succeeded(Destination("s3", "s3://caller-bucket/"), result_uri="s3://others/secret")
    [delivery] = due(job)

    with pytest.raises(DeliveryRefused, match="bucket of results"):
        sender("s3", client("s3")).send(delivery, text_of(job, EventType.SUCCEEDED))


def test_a_queue_is_addressed_by_its_arn_without_being_looked_up() -> None:
    made = client("sqs")
    with Stubber(made) as stub:  # which would refuse any other call
        stub.add_response("send_message", {"MessageId": "m1"})
        url: list[str] = []
        made.meta.events.register(
            "provide-client-params.sqs.SendMessage",
            lambda params, **_: url.append(params["QueueUrl"]),
        )
        send("sqs", made)

    assert url == ["https://sqs.eu-west-1.amazonaws.com/123456789012/results"]


def test_each_region_has_one_client() -> None:
    made: list[str] = []
    clients = Regional(lambda region: made.append(region) or region)  # type: ignore[func-returns-value]

    for region in ("eu-west-1", "us-east-1", "eu-west-1"):
        assert clients.of(f"arn:aws:sns:{region}:123456789012:results") == region

    assert made == ["eu-west-1", "us-east-1"]


def test_made_up_regions_cost_no_more_than_a_few_clients() -> None:
    # Given a region that is used all the time
    made: list[str] = []
    clients = Regional(lambda region: made.append(region) or region)  # type: ignore[func-returns-value]

    for number in range(100):
        for region in (f"xx-nowhere-{number}", "eu-west-1"):
            clients.of(f"arn:aws:sns:{region}:123456789012:results")

    assert len(clients._made) == MOST
    assert made.count("eu-west-1") == 1
