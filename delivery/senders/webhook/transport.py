"""One POST over HTTP/1.1 on a connection of its own, to an address that was checked."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore

from delivery.senders.webhook.answer import QUOTED_BYTES, Answer
from delivery.senders.webhook.network import CheckedNetwork
from spillway.errors import DeliveryRefused, Undelivered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from delivery.senders.webhook.limits import Limits
    from delivery.senders.webhook.network import Rule
    from delivery.senders.webhook.resolver import Resolver


class Transport:
    """Posts, safe between threads: each post has an event loop's turn and nothing left after it.

    `rules` says by scheme which addresses may be connected to; no other scheme is spoken. Nothing
    is read from the environment: no proxy, no netrc.
    """

    def __init__(
        self,
        *,
        resolver: Resolver,
        network: httpcore.AsyncNetworkBackend,
        tls: ssl.SSLContext,
        rules: Mapping[str, Rule],
        limits: Limits,
    ) -> None:
        self._resolver = resolver
        self._network = network
        self._tls = tls
        self._rules = rules
        self._limits = limits

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send it once, follow nothing, and return what was answered.

        Raises:
            DeliveryRefused: the URL, or an address of its host, is not one to send to.
            Undelivered: there is no answer that can be read, or not in time.

        """
        request = _request(url, headers, body, self._limits.connect_s)
        rule = self._rules.get(request.url.scheme.decode())
        if rule is None:
            raise DeliveryRefused("its URL does not begin with https://")
        network = CheckedNetwork(self._network, self._resolver, rule, self._limits)
        async with aclosing(network):
            return await self._exchange(request, network)

    async def _exchange(self, request: httpcore.Request, network: CheckedNetwork) -> Answer:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.total_s
        try:
            async with asyncio.timeout_at(deadline):
                head = await self._head(request, network)
        except TimeoutError:
            missing = "answer" if network.stream else "connection"
            raise Undelivered(f"no {missing} within {self._limits.total_s:g} s") from None
        # The status decides. What becomes of the body behind it is the receiver's own affair.
        body_ends = min(deadline, loop.time() + self._limits.body_s)
        beginning = await _beginning(head, body_ends)
        return Answer(head.status, _header(head, b"retry-after"), beginning)

    async def _head(self, request: httpcore.Request, network: CheckedNetwork) -> httpcore.Response:
        connection = httpcore.AsyncHTTPConnection(
            request.url.origin, self._tls, network_backend=network
        )
        try:
            return await connection.handle_async_request(request)
        except httpcore.ConnectTimeout:
            raise Undelivered(f"no TLS session within {self._limits.connect_s:g} s") from None
        except httpcore.ConnectError as error:
            raise Undelivered(_tls_fault(error.__cause__)) from error
        except httpcore.LocalProtocolError as error:
            raise DeliveryRefused("its URL can't be sent as a request") from error
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
            raise Undelivered(_wire_fault(error, network)) from error


def _request(
    url: str, headers: Mapping[str, str], body: bytes, connect_s: float
) -> httpcore.Request:
    parts = urlsplit(url)
    # By its parts: given the whole, httpcore drops a path's `;parameters`.
    target = httpcore.URL(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port,
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    framing = {"host": parts.netloc, "content-length": str(len(body)), "connection": "close"}
    return httpcore.Request(
        "POST",
        target,
        headers=list((framing | dict(headers)).items()),
        content=body,
        extensions={"timeout": {"connect": connect_s}},
    )


async def _beginning(head: httpcore.Response, ends: float) -> bytes:
    """Drop the answer's body, but for its first bytes, until it or the time or the bytes end."""
    kept = bytearray()
    try:
        async with asyncio.timeout_at(ends):
            async for part in head.aiter_stream():
                kept += part[: QUOTED_BYTES - len(kept)]
    except (TimeoutError, Undelivered, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    return bytes(kept)


def _header(head: httpcore.Response, name: bytes) -> str | None:
    values = [value for key, value in head.headers if key.lower() == name]
    return values[0].decode("latin-1").strip() if values else None


def _wire_fault(error: Exception, network: CheckedNetwork) -> str:
    if isinstance(error, httpcore.RemoteProtocolError) and not _has_ended(network):
        return "its answer is not HTTP/1.1"
    return "it closed the connection without an answer"


def _has_ended(network: CheckedNetwork) -> bool:
    return network.stream is not None and network.stream.has_ended


def _tls_fault(cause: BaseException | None) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return f"no TLS session: {cause.reason.replace('_', ' ').lower()}"
    return "no TLS session: it closed the connection"
