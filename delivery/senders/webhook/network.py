"""Connections to checked addresses alone, and what may be read from them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import anyio
import httpcore

from spillway.errors import DeliveryRefused, Undelivered

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Sequence

    from delivery.senders.webhook.limits import Limits
    from delivery.senders.webhook.resolver import Resolver

type Rule = Callable[[str], bool]
"""Whether an address, as text, may be connected to."""


def is_loopback(address: str) -> bool:
    """Whether it is this machine itself."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """The way out for one attempt: a name is looked up once, and what was checked is dialled.

    A second look-up could answer otherwise (DNS rebinding), so nothing below is given the name.
    """

    def __init__(
        self,
        network: httpcore.AsyncNetworkBackend,
        resolver: Resolver,
        may_reach: Rule,
        limits: Limits,
    ) -> None:
        self._network = network
        self._resolver = resolver
        self._may_reach = may_reach
        self._limits = limits
        self.stream: CheckedStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to one of the host's addresses; TLS and the request go by its name.

        Raises:
            DeliveryRefused: an address is not one to send to.
            Undelivered: there is no address, or none takes the connection.

        """
        del timeout, local_address, socket_options
        addresses = await self._addresses(host)
        self.stream = CheckedStream(await self._dial(addresses, port), self._limits.answer_bytes)
        return self.stream

    async def aclose(self) -> None:
        """Close the connection, if there is one: httpcore leaves it open where TLS is cancelled."""
        if self.stream is not None:
            await self.stream.aclose()

    async def _addresses(self, host: str) -> Sequence[str]:
        try:
            addresses = await self._resolver.resolve(host)
        except OSError as error:
            raise Undelivered(f"the name {host} does not resolve") from error
        if not addresses:
            raise Undelivered(f"the name {host} has no address")
        for address in addresses:
            self._check(address)
        return addresses[: self._limits.addresses]

    async def _dial(self, addresses: Sequence[str], port: int) -> httpcore.AsyncNetworkStream:
        reason = ""
        for address in addresses:
            try:
                return await self._connected(address, port)
            except httpcore.ConnectTimeout:
                reason = f"no connection within {self._limits.connect_s:g} s"
            except httpcore.ConnectError:
                reason = "no connection: refused, or no route"
        raise Undelivered(reason)

    async def _connected(self, address: str, port: int) -> httpcore.AsyncNetworkStream:
        stream = await self._network.connect_tcp(address, port, timeout=self._limits.connect_s)
        try:
            self._check(_peer(stream))
        except BaseException:
            await stream.aclose()
            raise
        return stream

    def _check(self, address: str) -> None:
        if not self._may_reach(address):
            # Which one is the receiver's network's own business, and may be the operator's.
            raise DeliveryRefused("the host has an address that is not public: nothing was sent")


def _peer(stream: httpcore.AsyncNetworkStream) -> str:
    """The address at the other end, as the system has it, not as it was asked for."""
    peer = stream.get_extra_info("server_addr")
    if peer is None:
        raise httpcore.ConnectError("closed before it could be asked who it is")
    return str(peer[0])


class CheckedStream(httpcore.AsyncNetworkStream):
    """A connection that gives up an answer after so many bytes, and tells whether it ended.

    TLS's errors come as httpcore's here, which maps some of them and lets others through.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream, allowance: int) -> None:
        self._stream = stream
        self._allowance = allowance
        self._left = allowance
        self.has_ended = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what came, b"" at the end."""
        if not self._left:
            raise Undelivered(f"its answer is over {self._allowance} bytes")
        try:
            data = await self._stream.read(min(max_bytes, self._left), timeout)
        except OSError as error:
            raise httpcore.ReadError from error
        self._left -= len(data)
        self.has_ended = not data
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send it all."""
        try:
            await self._stream.write(buffer, timeout)
        except (OSError, anyio.EndOfStream) as error:
            raise httpcore.WriteError from error

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Go on under TLS: what is counted is what comes out of it."""
        self._stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return self

    def get_extra_info(self, info: str) -> object:
        """What the connection below tells of itself."""
        return self._stream.get_extra_info(info)
