"""Server-side request forgery: whatever a URL or a name says, nothing reaches what is not public.

The network of these tests leads every address to one listener, the canary: a single connection to
any address at all would be counted.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

from delivery.senders.webhook import sender
from delivery.senders.webhook.limits import Limits
from delivery.senders.webhook.resolver import SystemResolver
from delivery.senders.webhook.transport import Transport
from spillway.destinations.public_address import is_public
from spillway.errors import DeliveryRefused, Undelivered
from tests.contract.delivery.senders.webhook.receivers import HOST, answer
from tests.contract.delivery.senders.webhook.world import (
    PUBLIC,
    TEXT,
    Names,
    Wired,
    delivery,
    webhook,
)

if TYPE_CHECKING:
    from tests.contract.delivery.senders.webhook.conftest import Receive
    from tests.contract.delivery.senders.webhook.receivers import Authority, Canary

FORBIDDEN = (
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",  # noqa: S104 - not bound to
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:169.254.170.2",
    "::ffff:169.254.170.23",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::a9fe:a9fe",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1111%eth0",
    "not an address",
    "",
)
"""What a name may resolve to; the last are no resolver's, and refused all the same."""

DISGUISED = (
    "2130706433",
    "0177.0.0.1",
    "127.1",
    "0x7f.1",
    "0xa9fea9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "2852039166",
    "0251.0376.0251.0376",
    "017700000001",
    "127.0.0.1.",
    "0",
)
"""What the system's resolver takes for this machine's address, or the metadata service's."""

REFUSED_HOSTS = (
    *DISGUISED,
    "127.0.0.1",
    "169.254.169.254",
    "[::1]",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "[64:ff9b::a9fe:a9fe]",
    "\uff11\uff12\uff17.0.0.1",
    "\u2460\u2461\u2466.0.0.1",
    "127\u30020\u30020\u30021",
    "localhost",
    "localhost.",
    "instance-data.ec2.internal",
    "user@127.0.0.1",
    "hooks.example.com@127.0.0.1",
    "127.0.0.1\\@hooks.example.com",
    "hooks.example.com:22",
    "hooks.example.com#@127.0.0.1",
    "127.0.0.1%00.example.com",
    " 127.0.0.1",
    "127.0.0.1\t",
    "",
)
"""Hosts as a caller might write them."""


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_name_of_such_an_address_gets_nothing_sent(
    canary: Canary, trust: Authority, address: str
) -> None:
    for found in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(DeliveryRefused, match="not public: nothing was sent"):
            webhook(Wired(canary.port), trust.sender, resolver=Names([found])).send(
                delivery(), TEXT
            )

    assert canary.hits() == 0


def test_a_name_that_changes_between_two_looks_is_looked_at_once(
    canary: Canary, trust: Authority
) -> None:
    # Rebinding: the first answer would pass a check, the second be connected to.
    names = Names([[PUBLIC], ["127.0.0.1"]])
    network = Rebound(canary.port)

    for told in ("no connection", "not public"):
        with pytest.raises(Undelivered, match=told):
            webhook(network, trust.sender, resolver=names).send(delivery(), TEXT)

    assert names.asked == [HOST, HOST], "once for each attempt"
    assert network.dialled == [(PUBLIC, 443)]
    assert canary.hits() == 0


class Rebound(httpcore.AnyIOBackend):
    """Here the public address takes no connection, and this machine's own is the canary's."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.dialled: list[tuple[str, int]] = []

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append((host, port))
        if host == PUBLIC:
            raise httpcore.ConnectError
        return await super().connect_tcp(host, self._port, *args, **kwargs)


@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_a_url_that_was_taken_once_is_judged_again(
    canary: Canary, trust: Authority, host: str
) -> None:
    for url in (f"https://{host}/", f"https://{host}:{canary.port}/", f"http://{host}/"):
        with pytest.raises(DeliveryRefused, match="its URL"):
            webhook(Wired(canary.port), trust.sender).send(delivery(url), TEXT)

    assert canary.hits() == 0


@pytest.mark.parametrize("scheme", ["http", "ftp", "file", "gopher", "unix", "HTTP", ""])
def test_no_other_scheme_is_spoken(canary: Canary, trust: Authority, scheme: str) -> None:
    with pytest.raises(DeliveryRefused, match="its URL"):
        webhook(Wired(canary.port), trust.sender).send(delivery(f"{scheme}://{HOST}/"), TEXT)

    assert canary.hits() == 0


@pytest.mark.parametrize("host", [*DISGUISED, "127.0.0.1", "[::1]", "localhost"])
def test_the_address_is_judged_where_the_url_was_not(
    canary: Canary, trust: Authority, host: str
) -> None:
    # What the system itself makes of such a host, with nothing between it and the canary.
    transport = Transport(
        resolver=SystemResolver(),
        network=httpcore.AnyIOBackend(),
        tls=trust.sender,
        rules={"https": is_public},
        limits=Limits(),
    )

    with pytest.raises(Undelivered, match=r"not public|does not resolve"):
        asyncio.run(transport.post(f"https://{host}:{canary.port}/", {}, b""))

    assert canary.hits() == 0


def test_whoever_answers_is_judged_before_a_byte_is_sent(
    receive: Receive, trust: Authority
) -> None:
    # The connection to a public address ends, by whatever table of routes, on this machine.
    receiver = receive(answer(200))

    network = Rerouted(receiver.port)

    with pytest.raises(DeliveryRefused, match="not public: nothing was sent"):
        webhook(network, trust.sender).send(delivery(), TEXT)

    assert network.dialled == [(PUBLIC, 443)]
    assert not receiver.names, "no handshake began"
    assert not receiver.seen


class Rerouted(httpcore.AnyIOBackend):
    """Every address leads to a port of this machine, and is known for it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.dialled: list[tuple[str, int]] = []

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append((host, port))
        return await super().connect_tcp("127.0.0.1", self._port, *args, **kwargs)


@pytest.mark.parametrize("address", [PUBLIC, "10.0.0.1", "169.254.169.254", "fe80::1"])
def test_where_loopback_is_allowed_its_names_lead_nowhere_else(
    canary: Canary, trust: Authority, address: str
) -> None:
    local = webhook(
        Wired(canary.port), trust.sender, resolver=Names([[address]]), loopback_allowed=True
    )

    with pytest.raises(DeliveryRefused):
        local.send(delivery("http://localhost:8080/hook"), TEXT)

    assert canary.hits() == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "http://10.0.0.1/",
        "http://127.0.0.2/",
        "http://2130706433/",
        "http://169.254.169.254/",
        "https://localhost/",
        "https://127.0.0.1/",
    ],
)
def test_where_loopback_is_allowed_nothing_else_is(
    canary: Canary, trust: Authority, url: str
) -> None:
    local = webhook(
        Wired(canary.port), trust.sender, resolver=Names([["127.0.0.1"]]), loopback_allowed=True
    )

    with pytest.raises(DeliveryRefused):
        local.send(delivery(url), TEXT)

    assert canary.hits() == 0


# --- that these tests can fail --------------------------------------------------------------------


@pytest.mark.parametrize("found", [["127.0.0.1"], ["169.254.169.254", PUBLIC]])
def test_without_the_check_the_canary_is_hit(
    canary: Canary, trust: Authority, monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    monkeypatch.setattr(sender, "is_public", lambda _: True)

    with pytest.raises(Undelivered):
        webhook(Wired(canary.port), trust.sender, resolver=Names([found])).send(delivery(), TEXT)

    assert canary.hits() == 1


def test_without_the_check_a_second_look_would_hit_it(
    canary: Canary, trust: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "is_public", lambda _: True)
    network, names = Rebound(canary.port), Names([[PUBLIC], ["127.0.0.1"]])

    for _ in range(2):
        with pytest.raises(Undelivered):
            webhook(network, trust.sender, resolver=names).send(delivery(), TEXT)

    assert canary.hits() == 1
