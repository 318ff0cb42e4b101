"""Which addresses are dialled, and how much is read from whoever takes the call."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpcore
import pytest

from delivery.senders.webhook.limits import Limits
from delivery.senders.webhook.network import CheckedNetwork, CheckedStream, is_loopback
from spillway.destinations.public_address import is_public
from spillway.errors import DeliveryRefused, Undelivered

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = "hooks.example.com"
PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
PRIVATE = "10.0.0.7"


@dataclass
class Names:
    """A resolver of one host; each look-up is counted."""

    addresses: Sequence[str] | OSError
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if isinstance(self.addresses, OSError):
            raise self.addresses
        return self.addresses


@dataclass
class Wire(httpcore.AsyncNetworkStream):
    """A connection: who is at its other end, and what comes from there."""

    peer: tuple[Any, ...] | None
    incoming: list[bytes | Exception] = field(default_factory=list)
    written: bytes = b""
    asked_bytes: int = 0
    is_closed: bool = False
    write_error: Exception | None = None

    async def read(self, max_bytes: int, *_: Any, **__: Any) -> bytes:
        self.asked_bytes = max_bytes
        data = self.incoming.pop(0) if self.incoming else b""
        if isinstance(data, Exception):
            raise data
        return data[:max_bytes]

    async def write(self, buffer: bytes, *_: Any, **__: Any) -> None:
        if self.write_error:
            raise self.write_error
        self.written += buffer

    async def aclose(self) -> None:
        self.is_closed = True

    def get_extra_info(self, info: str) -> Any:
        return self.peer if info == "server_addr" else None


@dataclass
class Lines(httpcore.AsyncNetworkBackend):
    """What happens when an address is dialled; unless told, whoever is dialled answers."""

    outcomes: dict[str, Wire | Exception] = field(default_factory=dict)
    dialled: list[str] = field(default_factory=list)

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> Wire:
        self.dialled.append(host)
        outcome = self.outcomes.setdefault(host, Wire((host, port)))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def connect(names: Names, lines: Lines, limits: Limits | None = None) -> CheckedNetwork:
    network = CheckedNetwork(lines, names, is_public, limits or Limits())
    asyncio.run(network.connect_tcp(HOST, 443))
    return network


def test_a_name_is_looked_up_once_and_its_address_is_dialled() -> None:
    names, lines = Names([PUBLIC, OTHER]), Lines()

    connect(names, lines)

    assert names.asked == [HOST]
    assert lines.dialled == [PUBLIC]


@pytest.mark.parametrize(
    "addresses", [[PRIVATE], [PUBLIC, PRIVATE], [PRIVATE, PUBLIC], [PUBLIC] * 9 + [PRIVATE]]
)
def test_one_address_that_is_not_public_keeps_all_from_being_dialled(
    addresses: Sequence[str],
) -> None:
    lines = Lines()

    with pytest.raises(DeliveryRefused, match="not public: nothing was sent") as caught:
        connect(Names(addresses), lines)

    assert not lines.dialled
    assert PRIVATE not in str(caught.value)


@pytest.mark.parametrize("addresses", [[], OSError("no such name")])
def test_a_name_without_an_address_may_have_one_later(addresses: Sequence[str] | OSError) -> None:
    with pytest.raises(Undelivered, match=HOST) as caught:
        connect(Names(addresses), Lines())

    assert not isinstance(caught.value, DeliveryRefused)


@pytest.mark.parametrize(
    "failure", [httpcore.ConnectTimeout(), httpcore.ConnectError(), Wire(peer=None)]
)
def test_the_next_address_is_dialled_where_one_does_not_connect(failure: Wire | Exception) -> None:
    lines = Lines({PUBLIC: failure})

    connect(Names([PUBLIC, OTHER]), lines)

    assert lines.dialled == [PUBLIC, OTHER]
    assert not isinstance(failure, Wire) or failure.is_closed


@pytest.mark.parametrize(
    ("failure", "told"),
    [(httpcore.ConnectTimeout(), "within 3 s"), (httpcore.ConnectError(), "refused, or no route")],
)
def test_no_more_addresses_are_dialled_than_the_limit(failure: Exception, told: str) -> None:
    addresses = [f"93.184.215.{last}" for last in range(9)]
    lines = Lines(dict.fromkeys(addresses, failure))

    with pytest.raises(Undelivered, match=told):
        connect(Names(addresses), lines)

    assert lines.dialled == addresses[: Limits().addresses]


@pytest.mark.parametrize("peer", [PRIVATE, "127.0.0.1", "::ffff:169.254.169.254", "fe80::1%eth0"])
def test_whoever_takes_the_call_is_checked_before_a_byte_is_written(peer: str) -> None:
    wire = Wire((peer, 443))

    with pytest.raises(DeliveryRefused, match="not public"):
        connect(Names([PUBLIC, OTHER]), Lines({PUBLIC: wire}))

    assert wire.is_closed
    assert not wire.written


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("8.8.8.8", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104 - not bound to
        ("localhost", False),
    ],
)
def test_this_machine_is_known_by_its_address(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


def test_no_more_is_read_than_the_limit() -> None:
    wire = Wire((PUBLIC, 443), [b"x" * 60, b"x" * 60, b"x" * 60])
    stream = CheckedStream(wire, 100)

    async def read_all() -> int:
        return len(await stream.read(64)) + len(await stream.read(64))

    assert asyncio.run(read_all()) == 100
    assert wire.asked_bytes == 40
    with pytest.raises(Undelivered, match="over 100 bytes"):
        asyncio.run(stream.read(64))


@pytest.mark.parametrize("error", [ssl.SSLError(1, "bad record"), ConnectionResetError()])
def test_a_broken_session_is_a_broken_connection(error: OSError) -> None:
    wire = Wire((PUBLIC, 443), [error], write_error=error)

    with pytest.raises(httpcore.ReadError):
        asyncio.run(CheckedStream(wire, 9).read(9))
    with pytest.raises(httpcore.WriteError):
        asyncio.run(CheckedStream(wire, 9).write(b"x"))


def test_a_session_that_ended_takes_no_more() -> None:
    wire = Wire((PUBLIC, 443), write_error=anyio.EndOfStream())

    with pytest.raises(httpcore.WriteError):
        asyncio.run(CheckedStream(wire, 9).write(b"x"))
