"""Receivers that hold on: an attempt ends within its time and its bytes, whatever they do."""

from __future__ import annotations

import asyncio
import socket
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

from delivery.senders.webhook.limits import Limits
from delivery.senders.webhook.resolver import SystemResolver
from spillway.errors import DeliveryRefused, Undelivered
from tests.contract.delivery.senders.webhook.receivers import HOST, Flood, answer, drip, hold
from tests.contract.delivery.senders.webhook.world import (
    PUBLIC,
    PUBLIC_6,
    TEXT,
    Names,
    Wired,
    delivery,
    webhook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.contract.delivery.senders.webhook.conftest import Receive
    from tests.contract.delivery.senders.webhook.receivers import Authority, Reply

IN_TIME_S = 60
"""Far more than the limits of these tests, and far less than their receivers would hold on."""
TAKEN_BYTES = 32 * 2**20
"""More than two sockets' buffers hold; a reader without bounds takes it in a blink."""
PEAK_BYTES = 8 * 2**20
SOON = Limits(total_s=1.5)
"""For those who give no answer, however long they get."""
ONCE_ANSWERED = Limits(total_s=30, body_s=0.5)
"""Time enough for a request and the beginning of its answer on a busy machine."""
IMPATIENT = Limits(connect_s=0.5, total_s=1.5)
PATIENT = Limits(connect_s=5, total_s=30, body_s=30)
"""With so much time, it is the bytes that end an attempt."""


@contextmanager
def bounded() -> Iterator[None]:
    """Fails if what is done takes long, or takes much memory."""
    tracemalloc.start()
    began_s = time.monotonic()
    try:
        yield
        assert time.monotonic() - began_s < IN_TIME_S
        assert tracemalloc.get_traced_memory()[1] < PEAK_BYTES
    finally:
        tracemalloc.stop()


SILENT: dict[str, Reply] = {
    "silence": hold(),
    "head that drips": drip(b"HTTP/1.1 200 OK\r\nx: ", b"x"),
    "heads that drip": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}
SLOW: dict[str, tuple[Reply, str]] = {
    "body that drips": (
        drip(b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        "answered 500",
    ),
    "body that never comes": (
        hold(b"HTTP/1.1 503 No\r\ncontent-length: 9\r\nretry-after: 7\r\n\r\n"),
        "answered 503",
    ),
}
FLOODS: dict[str, tuple[bytes, bytes, str]] = {
    "one header": (b"HTTP/1.1 200 OK\r\nx: ", b"x", "over 65536 bytes"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"name: value\r\n", "over 65536 bytes"),
    "heads": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "over 65536 bytes"),
    "hints": (b"", b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\n", "over 65536 bytes"),
    "body": (b"HTTP/1.1 500 No\r\n\r\n", b"x", "answered 500: xxx"),
    "body with a length": (
        b"HTTP/1.1 500 No\r\ncontent-length: 99999999999\r\n\r\n",
        b"x",
        "answered 500: xxx",
    ),
    "chunks": (
        b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n",
        b"1\r\nx\r\n",
        "answered 500: xxx",
    ),
    "chunk's extension": (
        b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n1;",
        b"x",
        "answered 500",
    ),
}


@pytest.mark.parametrize("case", SILENT)
def test_who_gives_no_answer_is_tried_again(receive: Receive, trust: Authority, case: str) -> None:
    sender = webhook(Wired(receive(SILENT[case]).port), trust.sender, limits=SOON)

    with bounded(), pytest.raises(Undelivered, match=r"no answer within 1\.5 s") as caught:
        sender.send(delivery(), TEXT)

    assert not isinstance(caught.value, DeliveryRefused)


@pytest.mark.parametrize("case", SLOW)
def test_who_holds_on_is_tried_again_in_time(receive: Receive, trust: Authority, case: str) -> None:
    reply, told = SLOW[case]
    sender = webhook(Wired(receive(reply).port), trust.sender, limits=ONCE_ANSWERED)

    with bounded(), pytest.raises(Undelivered, match=told) as caught:
        sender.send(delivery(), TEXT)

    assert not isinstance(caught.value, DeliveryRefused)


@pytest.mark.parametrize("case", FLOODS)
def test_who_never_ends_is_cut_off(receive: Receive, trust: Authority, case: str) -> None:
    beginning, again, told = FLOODS[case]
    flood = Flood(beginning, again)
    sender = webhook(Wired(receive(flood).port), trust.sender, limits=PATIENT)

    with bounded(), pytest.raises(Undelivered, match=told):
        sender.send(delivery(), TEXT)

    assert flood.sent_bytes < TAKEN_BYTES


@pytest.mark.parametrize(
    "reply",
    [
        drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        hold(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"),
        Flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
)
def test_what_was_taken_is_taken_however_long_its_answer(
    receive: Receive, trust: Authority, reply: Reply
) -> None:
    limits = Limits(total_s=4, body_s=60)

    with bounded():
        webhook(Wired(receive(reply).port), trust.sender, limits=limits).send(delivery(), TEXT)


# --- before the request ---------------------------------------------------------------------------


class Unanswered(httpcore.AsyncNetworkBackend):
    """Addresses that take no connection and refuse none; after those, a receiver's port."""

    def __init__(self, silent: Sequence[str], port: int = 0) -> None:
        self._silent = silent
        self._wired = Wired(port)

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        if host not in self._silent:
            return await self._wired.connect_tcp(host, port, *args, **kwargs)
        await asyncio.sleep(kwargs["timeout"])
        raise httpcore.ConnectTimeout


def test_an_address_that_takes_no_connection_is_given_up_in_time(trust: Authority) -> None:
    with bounded(), pytest.raises(Undelivered, match=r"no connection within 0\.5 s"):
        webhook(Unanswered([PUBLIC]), trust.sender, limits=IMPATIENT).send(delivery(), TEXT)


def test_the_next_address_has_time_left(receive: Receive, trust: Authority) -> None:
    receiver = receive(answer(200))
    network = Unanswered([PUBLIC_6], receiver.port)

    with bounded():
        names = Names([[PUBLIC_6, PUBLIC]])
        webhook(network, trust.sender, resolver=names, limits=Limits(connect_s=1)).send(
            delivery(), TEXT
        )

    assert len(receiver.seen) == 1


def test_all_addresses_together_have_no_more_than_the_whole_time(trust: Authority) -> None:
    addresses = [f"93.184.215.{last}" for last in range(4)]

    with bounded(), pytest.raises(Undelivered, match=r"no connection within 1\.5 s"):
        webhook(
            Unanswered(addresses), trust.sender, resolver=Names([addresses]), limits=IMPATIENT
        ).send(delivery(), TEXT)


def test_a_handshake_that_nobody_answers_is_given_up_in_time(trust: Authority) -> None:
    # Nobody accepts; the system takes the connection all the same.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        with bounded(), pytest.raises(Undelivered, match=r"no TLS session within 0\.5 s"):
            webhook(Wired(port), trust.sender, limits=IMPATIENT).send(delivery(), TEXT)


def test_a_handshake_that_drips_is_given_up_in_time(receive: Receive, trust: Authority) -> None:
    # The beginning of a handshake record of 16 KiB.
    receiver = receive(drip(b"\x16\x03\x03\x40\x00", b"\x02"), plain=True)
    receiver.reads = False

    with bounded(), pytest.raises(Undelivered, match=r"no TLS session within 0\.5 s"):
        webhook(Wired(receiver.port), trust.sender, limits=IMPATIENT).send(delivery(), TEXT)


def test_a_name_that_hangs_is_given_up_in_time(
    trust: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved = Event()
    asked: list[str] = []

    def hang(host: str, *_: Any, **__: Any) -> list[Any]:
        if host == HOST:
            asked.append(host)
            resolved.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    with bounded(), pytest.raises(Undelivered, match=r"no connection within 1\.5 s"):
        webhook(
            httpcore.AnyIOBackend(), trust.sender, resolver=SystemResolver(), limits=IMPATIENT
        ).send(delivery(), TEXT)

    assert asked == [HOST]
    resolved.set()


def test_one_sender_serves_several_threads(receive: Receive, trust: Authority) -> None:
    receiver = receive(answer(200))
    sender = webhook(Wired(receiver.port), trust.sender, limits=PATIENT)
    urls = [f"https://{HOST}/{number}" for number in range(20)]

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda url: sender.send(delivery(url), TEXT), urls))

    assert {seen.line for seen in receiver.seen} == {
        f"POST /{number} HTTP/1.1" for number in range(20)
    }
