"""Both functions as Lambda runs them, on the emulator: from a job's end to its receivers."""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from standardwebhooks import Webhook as Verifier

from delivery import deliver, outbox
from spillway.aws.attributes import to_item
from spillway.aws.clients import client
from spillway.aws.deliveries import DynamoDeliveries
from spillway.deliveries.announcement import text_of
from spillway.deliveries.delivery import Delivery, DeliveryStatus, due
from spillway.deliveries.webhook_secret import new_secret, parameter, rotated
from spillway.destinations.destination import Destination, to_text
from spillway.event import EventType
from spillway.job import Job, Status
from spillway.record import to_record
from tests.contract.delivery.account import Account
from tests.contract.ports.samples import KEY, ended, running
from tests.contract.ports.template import deliveries_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.ports.implementations import Implementation

RESULT = '{"label":"cat"}'
LEASE_S = 30
LONGEST_S = 15
RETRY_S = 1
"""Half the lease: a message that was not hidden anew would not come again by then."""


class Context:
    """Lambda's context."""

    aws_request_id = "invocation-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Receiver(HTTPServer):
    """A webhook on this machine, which answers as it is told and keeps what it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status = 200
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Answer(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((dict(self.headers.items()), body))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class System:
    """One stack on the emulator, as far as its deliveries need it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        stack = account.unique
        client("dynamodb").create_table(**deliveries_table(stack))
        self.queue_url = boto3.client("sqs").create_queue(QueueName=f"{stack}-delivery")["QueueUrl"]
        self.results = account.bucket("-results")
        self.secret = new_secret()
        boto3.client("ssm").put_parameter(
            Name=parameter(stack, "acme"),
            Value=rotated(None, self.secret, 0, 0),
            Type="SecureString",
        )

    @property
    def environment(self) -> dict[str, str]:
        return {
            "STACK_NAME": self.account.unique,
            "AWS_REGION": "us-east-1",
            "DELIVERIES_TABLE": self.account.unique,
            "DELIVERY_QUEUE_URL": self.queue_url,
            "RESULT_BUCKET": self.results,
            "ALLOWED_DESTINATION_ARNS": f"arn:aws:*:{self.account.unique}*",
            "OWN_ARNS": f"arn:aws:s3:::{self.results}",
            "DELIVERY_RETRY_SECONDS": str(RETRY_S),
            "SPILLWAY_LOOPBACK_WEBHOOKS": "allow",
        }

    def succeeded(self, *destinations: Destination) -> Job:
        """A job that is over, its result in the bucket."""
        key = f"results/acme/{KEY.job_id}/2.json"
        boto3.client("s3").put_object(Bucket=self.results, Key=key, Body=RESULT.encode())
        return ended(
            Status.SUCCEEDED,
            destinations=to_text(destinations),
            error=None,
            result=RESULT,
            result_uri=f"s3://{self.results}/{key}",
        )

    def tell(self, job: Job) -> Any:
        """Let the stream tell of the job's end."""
        images = {"OldImage": running(destinations=job.destinations), "NewImage": job}
        change = {name: to_item(to_record(image)) for name, image in images.items()}
        return outbox.handler({"Records": [{"dynamodb": change}]}, Context())

    def deliver(self) -> list[str]:
        """Let Lambda hand over what waits; return the ids that are to come again."""
        sqs = boto3.client("sqs")
        answer = sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=LEASE_S
        )
        records = [
            {name[0].lower() + name[1:]: value for name, value in message.items()}
            for message in answer.get("Messages", [])
        ]
        left = deliver.handler({"Records": records}, Context())["batchItemFailures"]
        return [each["itemIdentifier"] for each in left]

    def delivery(self, job: Job, place: int = 0) -> Delivery:
        """One of the job's deliveries as stored."""
        stored = DynamoDeliveries(client("dynamodb"), self.account.unique).get(due(job)[place].key)
        assert stored is not None
        return stored


@pytest.fixture
def system(on_emulator: Implementation, aws_environment: pytest.MonkeyPatch) -> Iterator[System]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    made = System(Account(on_emulator))
    for name, value in made.environment.items():
        aws_environment.setenv(name, value)
    yield made
    outbox._outbox.cache_clear()
    deliver._inbox.cache_clear()
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_a_jobs_end_reaches_every_receiver_it_named(system: System, receiver: Receiver) -> None:
    # Given a job with a webhook, a queue and a bucket
    queue, bucket = system.account.queue(), system.account.bucket()
    job = system.succeeded(
        Destination("webhook", receiver.url),
        Destination("sqs", queue),
        Destination("s3", f"s3://{bucket}/"),
    )

    # When it ends
    assert system.tell(job) == {"deliveries": 3}
    assert system.deliver() == []

    # Then the webhook has its text, signed
    [(headers, body)] = receiver.got
    assert body.decode() == text_of(job, EventType.SUCCEEDED)
    Verifier(system.secret).verify(body, headers)
    assert headers["webhook-id"] == due(job)[0].delivery_id
    # And the queue and the bucket theirs
    [message] = system.account.messages(queue)
    assert json.loads(message["Body"])["id"] == due(job)[1].delivery_id
    assert system.account.objects(bucket) == {f"{KEY.job_id}.json": RESULT.encode()}
    # And the table says so
    assert [system.delivery(job, place).status for place in range(3)] == [
        DeliveryStatus.DELIVERED
    ] * 3


def test_what_fails_waits_hidden_and_is_delivered_when_it_comes_again(
    system: System, receiver: Receiver
) -> None:
    # Given a delivery to a receiver that is down
    receiver.status = 503
    job = system.succeeded(Destination("webhook", receiver.url))
    system.tell(job)
    [_left] = system.deliver()
    stored = system.delivery(job)
    assert (stored.status, stored.last_error) == (DeliveryStatus.RETRYING, "answered 503")

    # When the receiver is up again
    receiver.status = 200
    began_s = time.monotonic()
    while system.delivery(job).status is not DeliveryStatus.DELIVERED:
        assert time.monotonic() - began_s < LONGEST_S
        assert system.deliver() == []
        time.sleep(0.2)

    # Then it has the same again, when that was due, long before the message's own time is up
    failure, success = system.delivery(job).history
    assert success.at_ms - failure.at_ms >= RETRY_S * 1000
    (first, first_body), (second, second_body) = receiver.got
    assert first_body == second_body
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) >= RETRY_S


def test_a_result_too_large_to_be_told_is_a_link_that_works(
    system: System, receiver: Receiver
) -> None:
    job = system.succeeded(Destination("webhook", receiver.url))
    without = ended(
        Status.SUCCEEDED,
        destinations=job.destinations,
        error=None,
        result=None,
        result_uri=job.result_uri,
    )
    system.tell(without)

    assert system.deliver() == []

    [(_, body)] = receiver.got
    link = json.loads(body)["data"]["result"]["link"]
    assert fetched(link) == RESULT.encode()


def test_a_destination_that_is_not_allowed_is_not_told(system: System) -> None:
    job = system.succeeded(Destination("sns", "arn:aws:sns:us-east-1:123456789012:another"))
    system.tell(job)

    assert system.deliver() == []

    stored = system.delivery(job)
    assert stored.status is DeliveryStatus.FAILED
    assert "AllowedDestinationArns" in (stored.last_error or "")


def fetched(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=5) as answer:
        body: bytes = answer.read()
        return body
