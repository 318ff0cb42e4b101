"""The light clients' calls, and what they leave to botocore."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from spillway.aws import light
from spillway.aws.bucket import S3Bucket
from spillway.aws.light import clients
from spillway.aws.light.connection import Timeout
from spillway.aws.queue import SqsQueues
from spillway.aws.timeouts import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, WAKE_ATTEMPTS
from spillway.aws.waker import LambdaWaker
from spillway.errors import Unavailable
from tests.unit.core.light.server import reply, serving
from tests.unit.core.light.test_signature import INSTANT, botocores

LOADS = "import sys; import api.enqueue; print({'boto3', 'botocore.session'} & set(sys.modules))"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return monkeypatch


def test_an_operation_goes_by_botocores_name(environment: pytest.MonkeyPatch) -> None:
    with serving(reply(200, b'{"QueueUrl": "http://q"}')) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        sqs = light.client("sqs")
        answered = sqs.get_queue_url(QueueName="spillway_default")
        sqs.close()

    assert answered == {"QueueUrl": "http://q"}
    assert server.asked[0].headers["x-amz-target"] == "AmazonSQS.GetQueueUrl"
    assert json.loads(server.asked[0].body) == {"QueueName": "spillway_default"}


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"\xff"])
def test_an_answer_that_is_no_json_is_no_answer(
    body: bytes, environment: pytest.MonkeyPatch
) -> None:
    with serving(reply(200, body)) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        sqs = light.client("sqs")
        with pytest.raises(Unavailable):
            SqsQueues(sqs, "spillway").find("default")
        sqs.close()


def test_text_beyond_ascii_arrives(environment: pytest.MonkeyPatch) -> None:
    with serving(reply(200)) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        sqs = light.client("sqs")
        sqs.send_message(QueueUrl="http://q", MessageBody="żółć 漢字 😀")
        sqs.close()

    assert json.loads(server.asked[0].body)["MessageBody"] == "żółć 漢字 😀"


def test_an_object_is_put_where_its_key_says(environment: pytest.MonkeyPatch) -> None:
    with serving(reply(200, b"")) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        s3 = light.client("s3")
        S3Bucket(s3, "inputs").put("payloads/acme/a b.json", b"[1]")
        s3.close()

    (asked,) = server.asked
    assert asked.line == "PUT /inputs/payloads/acme/a%20b.json HTTP/1.1"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["x-amz-content-sha256"] == hashlib.sha256(b"[1]").hexdigest()
    assert asked.body == b"[1]"


def test_objects_of_one_bucket_share_a_connection(environment: pytest.MonkeyPatch) -> None:
    with serving(reply(200, b""), reply(200, b"")) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        s3 = light.client("s3")
        for key in ("a", "b"):
            S3Bucket(s3, "inputs").put(key, b"[1]")
        s3.close()

    assert [asked.connection for asked in server.asked] == [1, 1]


def test_a_function_is_invoked_without_waiting_for_it(environment: pytest.MonkeyPatch) -> None:
    with serving(reply(202, b"")) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        functions = light.client("lambda")
        LambdaWaker(functions, "spillway-Waker").wake("default")
        functions.close()

    (asked,) = server.asked
    assert asked.line == "POST /2015-03-31/functions/spillway-Waker/invocations HTTP/1.1"
    assert asked.headers["x-amz-invocation-type"] == "Event"
    assert json.loads(asked.body) == {"wake": "default"}


def test_a_function_is_invoked_by_its_arn_and_signed_as_botocore_signs_it(
    environment: pytest.MonkeyPatch,
) -> None:
    function = "arn:aws:lambda:us-east-1:123456789012:function:waker:ready"
    environment.setattr(time, "strftime", lambda *_: INSTANT)
    with serving(reply(202, b"")) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        functions = light.client("lambda")
        functions.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
        functions.close()

    (asked,) = server.asked
    url = server.url + asked.line.split()[1]
    headers = {name: asked.headers[name] for name in ("host", "x-amz-invocation-type")}
    auth = SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1")
    assert "/arn%3Aaws%3Alambda%3A" in url
    assert asked.headers["authorization"] == botocores(
        auth, AWSRequest("POST", url, headers, b"{}")
    )


def test_a_wake_that_is_not_answered_keeps_a_caller_a_moment_only(
    environment: pytest.MonkeyPatch,
) -> None:
    with serving(*[reply(429)] * WAKE_ATTEMPTS) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        functions = light.client("lambda")
        with pytest.raises(Unavailable, match="429"):
            LambdaWaker(functions, "waker").wake("default")
        functions.close()

    assert len(server.asked) == WAKE_ATTEMPTS
    assert (READ_TIMEOUT_S["lambda"] + CONNECT_TIMEOUT_S) * WAKE_ATTEMPTS <= 6


@pytest.mark.parametrize("service", ["dynamodb", "sqs"])
def test_a_client_waits_as_long_as_botocores(service: str, environment: pytest.MonkeyPatch) -> None:
    made: list[Timeout] = []
    environment.setattr(clients, "Service", lambda *given: made.append(given[-1]))

    light.client(service)

    assert made == [Timeout(CONNECT_TIMEOUT_S, READ_TIMEOUT_S[service])]


def test_s3_that_does_not_answer_is_unavailable(environment: pytest.MonkeyPatch) -> None:
    with serving(*[reply(503, b"<Error><Code>SlowDown</Code></Error>")] * 4) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        s3 = light.client("s3")
        with pytest.raises(Unavailable, match="SlowDown"):
            S3Bucket(s3, "inputs").put("key", b"[1]")
        s3.close()


def test_any_other_call_to_s3_is_botocores(environment: pytest.MonkeyPatch) -> None:
    url = S3Bucket(light.client("s3"), "results").presign_get("key", expires_s=60)

    assert url.startswith("https://results.s3.amazonaws.com/key?")


@pytest.mark.parametrize("service", ["dynamodb", "lambda", "s3", "sqs"])
def test_where_a_light_client_will_not_do_botocores_is_given(
    service: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("AWS_USE_FIPS_ENDPOINT", "true")

    made = light.client(service)

    assert "fips" in made.meta.endpoint_url


def test_what_is_no_operation_is_no_attribute() -> None:
    assert not hasattr(light.client("sqs"), "__wrapped__")
    assert not hasattr(light.client("s3"), "_missing")


def test_the_enqueue_function_starts_without_boto3() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", LOADS], capture_output=True, text=True, check=True
    ).stdout

    assert loaded.strip() == "set()"
