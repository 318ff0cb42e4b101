"""The receiver of webhooks as the emulator serves it, and that functions may send to it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from local.settings import STACK
from spillway.deliveries import webhook_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.local.conftest import Host

BODY = '{"type":"job.succeeded","data":{"jobId":"order-17"}}'
SHOW_SWITCH = """
import os
def handler(event, context):
    return [os.environ.get("SPILLWAY_LOOPBACK_WEBHOOKS"), os.environ.get("AWS_ENDPOINT_URL")]
"""


@pytest.fixture
def receiver(host: Host) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.settings.receiver_url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def secret(host: Host) -> str:
    secret = webhook_secret.new_secret()
    host.aws.ssm.put_parameter(
        Name=webhook_secret.parameter(STACK, "demo"),
        Value=webhook_secret.rotated(None, secret, 0, 0),
        Type="SecureString",
    )
    return secret


def send(receiver: httpx.Client, secret: str, path: str = "hook") -> httpx.Response:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "dlv_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("dlv_1", now, BODY),
    }
    return receiver.post(path, content=BODY, headers=headers)


def newest(receiver: httpx.Client) -> dict[str, Any]:
    return dict(receiver.get("deliveries.json").json()["deliveries"][0])


def test_a_webhook_signed_with_a_tenant_s_secret_is_verified(
    receiver: httpx.Client, secret: str
) -> None:
    assert send(receiver, secret).status_code == 200

    told = newest(receiver)
    assert told["signature"] == {"tenant": "demo", "fault": None}
    assert (told["event"], told["jobId"], told["body"]) == ("job.succeeded", "order-17", BODY)


def test_one_signed_with_another_secret_is_not(receiver: httpx.Client, secret: str) -> None:
    send(receiver, webhook_secret.new_secret())

    assert newest(receiver)["signature"]["fault"] == "No matching signature found"


@pytest.mark.parametrize("status", [204, 304, 410, 503])
def test_it_answers_as_the_path_says(receiver: httpx.Client, secret: str, status: int) -> None:
    answer = send(receiver, secret, f"hook/{status}?retry-after=9")

    assert (answer.status_code, answer.headers["retry-after"]) == (status, "9")


def test_the_page_shows_what_came(receiver: httpx.Client, secret: str) -> None:
    send(receiver, secret)

    page = receiver.get("")
    assert page.status_code == 200
    assert "✓ verified, demo" in page.text
    assert "script-src 'sha256-" in page.headers["content-security-policy"]


def test_more_than_any_endpoint_takes_is_refused(receiver: httpx.Client) -> None:
    assert receiver.post("hook", content=b"a" * 10_485_761).status_code == 413


def test_functions_may_send_webhooks_to_this_machine(host: Host) -> None:
    functions, policy = host.aws.functions, json.dumps({"Version": "2012-10-17", "Statement": []})
    role = host.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=policy)["Role"]
    functions.create_function(
        FunctionName="show-switch",
        Runtime="python3.13",
        Handler="index.handler",
        Role=role["Arn"],
        Code={"ZipFile": zipped("index.py", SHOW_SWITCH)},
    )

    answer = functions.invoke(FunctionName="show-switch")

    assert json.loads(answer["Payload"].read()) == ["allow", host.settings.endpoint_url]


def zipped(name: str, text: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, text)
    return archive.getvalue()
