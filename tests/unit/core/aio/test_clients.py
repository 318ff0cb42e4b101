"""Clients with botocore's calls: what they ask, for how long, and as whom."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import HTTPClientError, NoCredentialsError

from spillway.aws.aio.clients import JsonClient, ObjectClient, clients
from tests.unit.core.light.server import reply, serving

if TYPE_CHECKING:
    from spillway.aws.aio.service import Service
    from spillway.aws.wire.request import Request


class Sent:
    """A service that notes what is sent."""

    def __init__(self, answer: bytes = b"{}") -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.waits_s: list[float] = []

    async def send(self, request: Request, *, wait_s: float = 0, **_: Any) -> bytes:
        self.requests.append(request)
        self.waits_s.append(wait_s)
        return self.answer


def service(sent: Sent) -> Service:
    return sent  # type: ignore[return-value]


def test_what_botocore_takes_as_parameters_is_the_body() -> None:
    sent = Sent(b'{"Item": {}}')
    dynamodb = JsonClient("dynamodb", service(sent))

    answer = asyncio.run(_got(dynamodb.get_item(TableName="jobs", Key={"pk": {"S": "ü"}})))

    assert answer == {"Item": {}}
    (request,) = sent.requests
    assert request.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert json.loads(request.body) == {"TableName": "jobs", "Key": {"pk": {"S": "ü"}}}


def test_a_long_poll_is_no_silence() -> None:
    sent = Sent()
    sqs = JsonClient("sqs", service(sent))

    asyncio.run(_got(sqs.receive_message(QueueUrl="q", WaitTimeSeconds=20)))
    asyncio.run(_got(sqs.delete_message_batch(QueueUrl="q", Entries=[])))

    assert sent.waits_s == [20, 0]


def test_an_answer_that_is_no_json_is_none() -> None:
    with pytest.raises(HTTPClientError):
        asyncio.run(_got(JsonClient("sqs", service(Sent(b"<html>"))).send_message(QueueUrl="q")))


def test_an_object_is_put_and_got_by_its_key() -> None:
    sent = Sent(b"body")
    objects = ObjectClient(service(sent))

    asyncio.run(objects.put("a b", b"{}", media_type="application/json"))
    assert asyncio.run(objects.get("a b", most_bytes=10)) == b"body"

    assert [(one.method, one.path) for one in sent.requests] == [
        ("PUT", "/a%20b"),
        ("GET", "/a%20b"),
    ]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return monkeypatch


def test_without_credentials_nothing_begins(environment: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with clients():
            pytest.fail("nobody to sign as")

    with pytest.raises(NoCredentialsError):
        asyncio.run(scenario())


def test_a_task_signs_as_its_role(environment: pytest.MonkeyPatch) -> None:
    """ECS's agent gives the role's keys to whoever asks at the address in the environment."""
    keys = {
        "AccessKeyId": "ASIAROLE",
        "SecretAccessKey": "secret",
        "Token": "session",
        "Expiration": "2099-01-01T00:00:00Z",
    }

    async def scenario() -> None:
        async with clients() as aws:
            await aws.json("dynamodb").get_item(TableName="jobs")

    told = reply(200, json.dumps(keys).encode(), "connection: close")
    with serving(*[told] * 4) as agent, serving(reply(200)) as dynamodb:
        environment.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{agent.url}/role")
        environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.url)
        asyncio.run(scenario())

    assert agent.asked[0].line.startswith("GET /role")
    headers = dynamodb.asked[0].headers
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=ASIAROLE/")
    assert headers["x-amz-security-token"] == "session"


async def _got(work: Any) -> Any:
    return await work
