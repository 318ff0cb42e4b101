"""What passes by itself becomes `Unavailable`, which says when to try again; bugs stay bugs."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    IncompleteReadError,
    ParamValidationError,
)

from spillway import transitions
from spillway.aws.bucket import S3Bucket
from spillway.aws.clients import client
from spillway.aws.deliveries import DynamoDeliveries
from spillway.aws.delivery_queue import SqsDeliveryQueue
from spillway.aws.disabled_webhooks import DynamoDisabledWebhooks
from spillway.aws.faults import RETRY_AFTER_S, translated
from spillway.aws.queue import SqsQueue, SqsQueues
from spillway.aws.registry import SsmRegistry
from spillway.aws.store import DynamoStore
from spillway.aws.tenant_destinations import DynamoTenantDestinations
from spillway.aws.timeouts import ATTEMPTS, CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from spillway.aws.webhook_secrets import SsmWebhookSecrets
from spillway.errors import Unavailable
from tests.contract.ports.delivery_samples import HOOK, done, pending
from tests.contract.ports.samples import KEY, NOW_MS, queued

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

API_GATEWAY_WAITS_S = 29


def _client_error(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("RequestLimitExceeded", 400),
        ("ThrottlingException", 400),
        ("Throttling", 400),
        ("InternalServerError", 500),
        ("AWS.SimpleQueueService.OverLimit", 403),
        ("OverLimit", 403),
        ("RequestThrottled", 403),
        ("KmsThrottled", 400),
        ("KMS.ThrottlingException", 400),
        ("SlowDown", 503),
        ("ServiceUnavailable", 503),
        ("RequestTimeout", 400),
        ("InternalError", 500),
        ("TooManyRequestsException", 429),
        ("429", 429),
        ("502", 502),
        ("", 504),
    ],
)
def test_throttles_and_failures_of_the_service_are_unavailable(code: str, status: int) -> None:
    with pytest.raises(Unavailable) as unavailable, translated("SQS"):
        raise _client_error(code, status)

    assert unavailable.value.retry_after_s == RETRY_AFTER_S
    assert unavailable.value.detail.startswith("SQS did not answer (")
    assert unavailable.value.status == 503


@pytest.mark.parametrize(
    "error",
    [
        CredentialRetrievalError(provider="container-role", error_msg="timed out"),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_breaks_on_the_way_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable), translated("S3"):
        raise error


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", 403),
        ("AccessDeniedException", 400),
        ("403", 403),
        ("ConditionalCheckFailedException", 400),
        ("ExpiredTokenException", 403),
        ("InvalidParameterValue", 400),
        ("NoSuchBucket", 404),
        ("ResourceNotFoundException", 400),
        ("SignatureDoesNotMatch", 403),
        ("ValidationException", 400),
    ],
)
def test_what_no_time_will_mend_stays_as_it_is(code: str, status: int) -> None:
    error = _client_error(code, status)
    with pytest.raises(ClientError) as raised, translated("S3"):
        raise error

    assert raised.value is error


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(ParamValidationError), translated("S3"):
        raise ParamValidationError(report="no key")


# --- each method, on a service that does not answer -----------------------------------------------


def _once() -> Config:
    """One try, on a client that is out of patience soon."""
    return Config(
        connect_timeout=0.3,
        read_timeout=0.3,
        retries={"mode": "standard", "total_max_attempts": 1},
    )


def _calls() -> dict[str, Callable[[], object]]:
    dynamodb, sqs = boto3.client("dynamodb", config=_once()), boto3.client("sqs", config=_once())
    s3, ssm = boto3.client("s3", config=_once()), boto3.client("ssm", config=_once())
    store, bucket = DynamoStore(dynamodb, "jobs"), S3Bucket(s3, "results")
    queue = SqsQueue(sqs, "http://127.0.0.1/0/q", "http://127.0.0.1/0/q_dlq")
    return {
        "put": lambda: store.put(queued()),
        "get": lambda: store.get(KEY),
        "get_many": lambda: store.get_many([KEY]),
        "apply": lambda: store.apply(transitions.cancel(KEY, now_ms=NOW_MS)),
        "forget": lambda: store.forget(KEY),
        "page": lambda: store.page("acme", before=None, limit=1),
        "due": lambda: store.due("0", now_ms=NOW_MS, limit=1),
        "find": lambda: SqsQueues(sqs, "spillway").find("default"),
        "send": lambda: queue.send("{}", group="acme"),
        "receive": lambda: queue.receive(limit=1, wait_s=0, lease_s=30),
        "delete": lambda: queue.delete(["receipt"]),
        "hide": lambda: queue.hide(["receipt"], for_s=0),
        "bury": lambda: queue.bury("{}", group="acme", reason="lost"),
        "depth": queue.depth,
        "put object": lambda: bucket.put("key", b"{}"),
        "get object": lambda: bucket.get("key"),
        "size": lambda: bucket.size("key"),
        "models": lambda: SsmRegistry(ssm, "spillway").models(),
        **_delivery_calls(dynamodb, sqs, ssm),
    }


def _delivery_calls(
    dynamodb: DynamoDBClient, sqs: SQSClient, ssm: SSMClient
) -> dict[str, Callable[[], object]]:
    store, queue = DynamoDeliveries(dynamodb, "d"), SqsDeliveryQueue(sqs, "http://127.0.0.1/0/d")
    disabled = DynamoDisabledWebhooks(dynamodb, "d")
    defaults = DynamoTenantDestinations(dynamodb, "d")
    return {
        "add delivery": lambda: store.add(pending()),
        "get delivery": lambda: store.get(pending().key),
        "get deliveries": lambda: store.get_many([pending().key]),
        "replace delivery": lambda: store.replace(done(pending())),
        "page of deliveries": lambda: store.page("acme", status=None, before=None, limit=1),
        "send deliveries": lambda: queue.send([("acme", "{}")]),
        "hide delivery": lambda: queue.hide("receipt", for_s=0),
        "is disabled": lambda: disabled.is_disabled("acme", HOOK.address),
        "disable": lambda: disabled.disable("acme", HOOK.address, now_ms=NOW_MS),
        "enable": lambda: disabled.enable("acme", HOOK.address),
        "get defaults": lambda: defaults.get("acme"),
        "set defaults": lambda: defaults.set("acme", [HOOK]),
        "secrets": lambda: SsmWebhookSecrets(ssm, "spillway", lambda: NOW_MS).of("acme"),
    }


CALLS = ("put", "get", "get_many", "apply", "forget", "page", "due", "find", "send", "receive",
         "delete", "hide", "bury", "depth", "put object", "get object", "size",
         "models", "add delivery", "get delivery", "get deliveries", "replace delivery",
         "page of deliveries", "send deliveries", "hide delivery", "is disabled", "disable",
         "enable", "get defaults", "set defaults", "secrets")  # fmt: skip
REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
CUT_SHORT = b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{"cut":'


def test_the_table_of_calls_is_whole(aws_environment: pytest.MonkeyPatch) -> None:
    assert tuple(_calls()) == CALLS


@pytest.mark.parametrize("call", CALLS)
def test_nobody_at_the_port_is_unavailable(aws_environment: pytest.MonkeyPatch, call: str) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        aws_environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused.getsockname()[1]}")

        with pytest.raises(Unavailable):
            _calls()[call]()


@pytest.mark.parametrize("call", CALLS)
def test_a_service_that_is_down_is_unavailable(
    aws_environment: pytest.MonkeyPatch, call: str
) -> None:
    with _server(REFUSED) as url:
        aws_environment.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(Unavailable):
            _calls()[call]()


@pytest.mark.parametrize("answer", [b"", CUT_SHORT, None], ids=["closed", "cut short", "silent"])
@pytest.mark.parametrize("call", ["get", "receive", "get object", "models"])
def test_an_answer_that_breaks_off_is_unavailable(
    aws_environment: pytest.MonkeyPatch, call: str, answer: bytes | None
) -> None:
    with _server(answer) as url:
        aws_environment.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(Unavailable):
            _calls()[call]()


def test_a_batch_that_the_queue_took_in_part_is_unavailable(
    aws_environment: pytest.MonkeyPatch,
) -> None:
    failed = b'{"Successful":[],"Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(failed)
    with _server(head + failed) as url:
        aws_environment.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(Unavailable, match="InternalError"):
            _calls()["delete"]()


# --- the clients ----------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "ssm"])
def test_all_attempts_end_while_api_gateway_waits(service: str) -> None:
    backoff_s = sum(2**attempt for attempt in range(ATTEMPTS - 1))  # at most, in standard mode

    assert READ_TIMEOUT_S[service] * ATTEMPTS + backoff_s <= API_GATEWAY_WAITS_S
    assert CONNECT_TIMEOUT_S * ATTEMPTS + backoff_s <= API_GATEWAY_WAITS_S


def test_a_client_is_of_the_region_that_is_named_or_the_environments(
    aws_environment: pytest.MonkeyPatch,
) -> None:
    assert client("sns", region_name="eu-west-1").meta.region_name == "eu-west-1"
    assert client("events").meta.region_name == "us-east-1"


@contextmanager
def _server(answer: bytes | None) -> Iterator[str]:
    """Give each request this answer and close; None holds it without one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []
        thread = threading.Thread(target=_serve, args=(listener, answer, held), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in held:
            connection.close()


def _serve(listener: socket.socket, answer: bytes | None, held: list[socket.socket]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            held.append(connection)
            if answer is None:
                continue
            _read_request(connection)
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)


def _read_request(connection: socket.socket) -> None:
    """Take what has come, so that closing tears nothing down that was sent."""
    connection.settimeout(0.05)
    with suppress(TimeoutError):
        while connection.recv(65_536):
            pass
