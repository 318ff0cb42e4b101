"""Sending side by side: what is sent again, what is told at once, what a broken connection does."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from spillway.aws.aio import service
from spillway.aws.aio.endpoints import Endpoint
from spillway.aws.aio.keys import Keys
from spillway.aws.aio.service import Service, TooLarge
from spillway.aws.light.connection import Timeout
from spillway.aws.timeouts import ATTEMPTS
from spillway.aws.wire.checksum import CHECKSUM, checksum
from spillway.aws.wire.request import Request, get_request, put_request
from tests.unit.core.light.server import CLOSED, HANG, reply, serving
from tests.unit.core.light.test_service import BROKEN, REFUSED, REQUEST, THROTTLED, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.unit.core.light.server import Server


class Pauses(list[float]):
    """Pauses that are noted, not made."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def endpoint(url: str, *, name: str = "dynamodb", prefix: str = "") -> Endpoint:
    return Endpoint(name, "us-east-1", url, prefix, proxy=None)


def within[T](
    to: Endpoint,
    pauses: Pauses,
    use: Callable[[Service], Awaitable[T]],
    timeout: Timeout = TIMEOUT,
) -> T:
    """What is got by using a service for this endpoint, which is closed thereafter."""

    async def scenario() -> T:
        keys = Keys(Credentials("AKIDEXAMPLE", "secret"))
        one = Service(to, keys, timeout, sleep=pauses.sleep)
        try:
            return await use(one)
        finally:
            await one.close()

    return asyncio.run(scenario())


def sent(server: Server, pauses: Pauses, request: Request = REQUEST) -> bytes:
    return within(endpoint(server.url), pauses, lambda one: one.send(request))


def test_a_request_arrives_whole_and_signed(pauses: Pauses) -> None:
    with serving(reply(200, b'{"b": 2}')) as server:
        answered = sent(server, pauses)

    assert answered == b'{"b": 2}'
    (asked,) = server.asked
    assert asked.line == "POST / HTTP/1.1"
    assert asked.body == b'{"a":1}'
    assert asked.headers["host"] == server.url.removeprefix("http://")
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert {"accept", "accept-encoding", "user-agent"}.isdisjoint(asked.headers)


def test_a_path_is_sent_as_it_was_signed(pauses: Pauses) -> None:
    request = put_request("", "a//b/../ü~+%2F", b"x", media_type="text/plain")
    with serving(reply(200)) as server:
        to = endpoint(server.url, name="s3", prefix="/bucket")
        within(to, pauses, lambda one: one.send(request))

    assert server.asked[0].line == "PUT /bucket/a//b/../%C3%BC~%2B%252F HTTP/1.1"


def test_one_connection_serves_many_requests(pauses: Pauses) -> None:
    async def thrice(one: Service) -> None:
        for _ in range(3):
            await one.send(REQUEST)

    with serving(*[reply(200)] * 3) as server:
        within(endpoint(server.url), pauses, thrice)

    assert [asked.connection for asked in server.asked] == [1, 1, 1]


def test_a_connection_that_was_closed_while_idle_costs_no_attempt(pauses: Pauses) -> None:
    async def with_a_rest(one: Service) -> None:
        await one.send(REQUEST)
        await asyncio.to_thread(server.wait_until_closed)
        await asyncio.sleep(0.01)
        await one.send(REQUEST)

    with serving(reply(200), CLOSED, reply(200)) as server:
        within(endpoint(server.url), pauses, with_a_rest)

    assert [asked.connection for asked in server.asked] == [1, 2]
    assert pauses == []


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN, reply(500), reply(429), None])
def test_what_may_pass_is_sent_again(fault: bytes | None, pauses: Pauses) -> None:
    with serving(fault, fault, reply(200)) as server:
        assert sent(server, pauses) == b"{}"

    assert len(server.asked) == 3
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("fault", "code"), [(THROTTLED, "ThrottlingException"), (BROKEN, "503"), (reply(429), "429")]
)
def test_what_does_not_pass_is_told(fault: bytes, code: str, pauses: Pauses) -> None:
    with serving(*[fault] * ATTEMPTS) as server, pytest.raises(ClientError) as raised:
        sent(server, pauses)

    assert raised.value.response["Error"]["Code"] == code
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize("fault", [REFUSED, reply(307, b"", "location: /elsewhere")])
def test_a_refusal_is_told_at_once(fault: bytes, pauses: Pauses) -> None:
    with serving(fault) as server, pytest.raises(ClientError) as raised:
        sent(server, pauses)

    assert raised.value.operation_name == "PutItem"
    assert len(server.asked) == 1
    assert pauses == []


def test_a_refusal_brings_along_what_came_with_it(pauses: Pauses) -> None:
    with serving(REFUSED) as server, pytest.raises(ClientError) as raised:
        sent(server, pauses)

    assert raised.value.response["Item"] == {"pk": {"S": "JOB#1"}}  # type: ignore[typeddict-item]


def test_a_service_that_cuts_each_connection_is_told_as_such(pauses: Pauses) -> None:
    with serving(*[None] * ATTEMPTS) as server, pytest.raises(ConnectionClosedError):
        sent(server, pauses)

    assert len(server.asked) == ATTEMPTS


def test_a_service_that_hangs_is_left_after_its_timeout(pauses: Pauses) -> None:
    with serving(*[HANG] * ATTEMPTS) as server, pytest.raises(ReadTimeoutError):
        sent(server, pauses)


def test_a_long_poll_may_be_silent_for_longer(pauses: Pauses) -> None:
    async def polled(one: Service) -> bytes:
        return await one.send(REQUEST, wait_s=5)

    with serving(HANG, reply(200)) as server:
        timeout = Timeout(connect_s=0.3, read_s=0.1)
        with pytest.raises(TimeoutError):
            within(endpoint(server.url), pauses, lambda one: _no_longer(polled(one)), timeout)

    assert len(server.asked) == 1, "it was waited for, not asked again"


async def _no_longer[T](work: Awaitable[T]) -> T:
    async with asyncio.timeout(0.5):
        return await work


def test_a_service_that_is_not_there_is_told_after_as_many_attempts(pauses: Pauses) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(EndpointConnectionError):
        within(endpoint(url), pauses, lambda one: one.send(REQUEST))

    assert len(pauses) == ATTEMPTS - 1


def test_half_an_answer_is_none(pauses: Pauses) -> None:
    half = reply(200, b"x" * 100, "connection: close")[:-50]
    with serving(half, reply(200, b'{"whole": 1}')) as server:
        assert sent(server, pauses) == b'{"whole": 1}'

    assert len(pauses) == 1


def test_an_answer_that_is_not_http_is_none(pauses: Pauses) -> None:
    with serving(b"220 mail.example ESMTP\r\n\r\n", reply(200)) as server:
        assert sent(server, pauses) == b"{}"


def test_an_answer_that_was_corrupted_on_its_way_is_none(pauses: Pauses) -> None:
    told = f"{CHECKSUM}: {checksum(b'whole')}"
    with serving(reply(200, b"whOle", told), reply(200, b"whole", told)) as server:
        assert sent(server, pauses) == b"whole"

    assert len(pauses) == 1


def test_a_service_that_takes_nothing_in_is_left_too(
    pauses: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_LONGEST_S", 0.2)
    large = put_request("", "k", bytes(32 * 1024 * 1024), media_type="application/json")
    deaf = socket.create_server(("127.0.0.1", 0))

    async def sent_in_vain(one: Service) -> None:
        try:
            await one.send(large)
        finally:
            deaf.close()
            await asyncio.sleep(0.05)  # the loop sees what it sent torn down

    with pytest.raises(ReadTimeoutError):
        within(endpoint(f"http://127.0.0.1:{deaf.getsockname()[1]}"), pauses, sent_in_vain)

    assert len(pauses) == ATTEMPTS - 1


def test_an_object_that_is_too_large_is_not_read(pauses: Pauses) -> None:
    with serving(reply(200, b"x" * 11)) as server, pytest.raises(TooLarge, match="11 bytes"):
        within(
            endpoint(server.url, name="s3"),
            pauses,
            lambda one: one.send(get_request("", "k"), most_bytes=10),
        )

    assert pauses == []


def test_a_large_body_arrives_whole_each_time_it_is_sent(pauses: Pauses) -> None:
    body = bytes(3 * 1024 * 1024)
    request = put_request("", "k", body, media_type="application/json")
    with serving(BROKEN, reply(200)) as server:
        sent(server, pauses, request)

    assert [asked.body == body for asked in server.asked] == [True, True]


def test_calls_go_side_by_side(pauses: Pauses) -> None:
    """Ten calls to a server that answers none before all have come."""

    async def scenario() -> int:
        all_came = asyncio.Event()
        asked = 0

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            await reader.readuntil(b'{"a":1}')
            asked += 1
            if asked == 10:
                all_came.set()
            await all_came.wait()
            writer.write(reply(200))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        one = Service(
            endpoint(f"http://127.0.0.1:{port}"), Keys(Credentials("key", "secret")), TIMEOUT
        )
        await asyncio.gather(*(one.send(REQUEST) for _ in range(10)))
        await one.close()
        server.close()
        return asked

    assert asyncio.run(scenario()) == 10
    assert pauses == []
