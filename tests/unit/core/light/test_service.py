"""Sending a request: what is sent again, what is told at once, what a broken connection does."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from spillway.aws.light.connection import Timeout
from spillway.aws.light.environment import Environment, read
from spillway.aws.light.response import Reply
from spillway.aws.light.service import Service
from spillway.aws.timeouts import ATTEMPTS
from spillway.aws.wire.request import Request
from tests.unit.core.light.server import CLOSED, HANG, reply, serving

if TYPE_CHECKING:
    from tests.unit.core.light.server import Server

REQUEST = Request("PutItem", "POST", "/", {"x-amz-target": "DynamoDB_20120810.PutItem"}, b'{"a":1}')
THROTTLED = reply(400, b'{"__type": "com.amazonaws#ThrottlingException", "message": "slower"}')
REFUSED = reply(
    400,
    b'{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",'
    b' "message": "no", "Item": {"pk": {"S": "JOB#1"}}}',
)
BROKEN = reply(503, b"<html>")
TIMEOUT = Timeout(connect_s=0.3, read_s=0.3)


@pytest.fixture
def pauses() -> list[float]:
    return []


def service(url: str, pauses: list[float]) -> Service:
    return Service("dynamodb", url, environment(), TIMEOUT, sleep=pauses.append)


def environment() -> Environment:
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    found = read({**keys, "AWS_REGION": "us-east-1"})
    assert found is not None
    return found


def test_a_request_arrives_whole_and_signed(pauses: list[float]) -> None:
    with serving(reply(200, b'{"b": 2}')) as server:
        answered = sent(server, pauses)

    assert answered == Reply(200, b'{"b": 2}')
    (asked,) = server.asked
    assert asked.line == "POST / HTTP/1.1"
    assert asked.body == b'{"a":1}'
    assert asked.headers["host"] == server.url.removeprefix("http://")
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


def test_one_connection_serves_many_requests(pauses: list[float]) -> None:
    with serving(*[reply(200)] * 3) as server:
        one = service(server.url, pauses)
        for _ in range(3):
            one.send(REQUEST)
        one.close()

    assert [asked.connection for asked in server.asked] == [1, 1, 1]


def test_a_connection_that_was_closed_while_idle_costs_no_attempt(pauses: list[float]) -> None:
    with serving(reply(200), CLOSED, reply(200)) as server:
        one = service(server.url, pauses)
        one.send(REQUEST)
        server.wait_until_closed()

        one.send(REQUEST)
        one.close()

    assert [asked.connection for asked in server.asked] == [1, 2]
    assert pauses == []


def test_a_connection_that_the_other_side_will_close_is_not_used_again(
    pauses: list[float],
) -> None:
    with serving(reply(200, b"{}", "connection: close"), reply(200)) as server:
        one = service(server.url, pauses)
        one.send(REQUEST)
        one.send(REQUEST)
        one.close()

    assert [asked.connection for asked in server.asked] == [1, 2]


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN, reply(500), reply(429), None])
def test_what_may_pass_is_sent_again(fault: bytes | None, pauses: list[float]) -> None:
    with serving(fault, fault, reply(200)) as server:
        answered = sent(server, pauses)

    assert answered.status == 200
    assert len(server.asked) == 3
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("fault", "code"), [(THROTTLED, "ThrottlingException"), (BROKEN, "503"), (reply(429), "429")]
)
def test_what_does_not_pass_is_told(fault: bytes, code: str, pauses: list[float]) -> None:
    with serving(*[fault] * ATTEMPTS) as server, pytest.raises(ClientError) as raised:
        sent(server, pauses)

    assert raised.value.response["Error"]["Code"] == code
    assert len(server.asked) == ATTEMPTS


def test_a_refusal_is_told_at_once_with_what_came_along(pauses: list[float]) -> None:
    with serving(REFUSED) as server, pytest.raises(ClientError) as raised:
        sent(server, pauses)

    assert raised.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert raised.value.response["Item"] == {"pk": {"S": "JOB#1"}}  # type: ignore[typeddict-item]
    assert raised.value.operation_name == "PutItem"
    assert pauses == []


def test_a_service_that_cuts_each_connection_is_told_as_such(pauses: list[float]) -> None:
    with serving(*[None] * ATTEMPTS) as server, pytest.raises(ConnectionClosedError):
        sent(server, pauses)

    assert len(server.asked) == ATTEMPTS


def test_a_service_that_hangs_is_left_after_its_timeout(pauses: list[float]) -> None:
    with serving(*[HANG] * ATTEMPTS) as server, pytest.raises(ReadTimeoutError):
        sent(server, pauses)


def test_a_service_that_is_not_there_is_told_after_as_many_attempts(pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(EndpointConnectionError):
        service(url, pauses).send(REQUEST)

    assert len(pauses) == ATTEMPTS - 1


def test_after_a_broken_answer_the_next_one_is_read_from_its_beginning(
    pauses: list[float],
) -> None:
    half = reply(200, b"x" * 100)[:-50] + b""
    with serving(half, reply(200, b'{"whole": 1}')) as server:
        one = service(server.url, pauses)
        answered = one.send(REQUEST)
        one.close()

    assert answered.body == b'{"whole": 1}'


def test_threads_that_share_a_service_take_turns(pauses: list[float]) -> None:
    answers = [reply(200, str(number).encode()) for number in range(40)]
    with serving(*answers) as server:
        one = service(server.url, pauses)
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: one.send(REQUEST), range(40)))
        one.close()

    assert sorted(int(answered.body) for answered in replies) == list(range(40))
    assert server.connections == 1
    assert pauses == []


def sent(server: Server, pauses: list[float]) -> Reply:
    one = service(server.url, pauses)
    try:
        return one.send(REQUEST)
    finally:
        one.close()
