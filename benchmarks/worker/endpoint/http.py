"""HTTP/1.1 as AWS's clients speak it: kept-alive connections, bodies of a known length."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

_LOG = logging.getLogger(__name__)

REQUEST_ID = "5e3b1b1c-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. The names of its headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The answer in one piece, as the services' own leave."""
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            f"x-amzn-RequestId: {REQUEST_ID}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


type Handler = Callable[[Request], Awaitable[Answer]]


class Connection(asyncio.Protocol):
    """One client's connection. A request that comes early waits for the answer before it."""

    def __init__(self, handle: Handler) -> None:
        self._handle = handle
        self._buffer = b""
        self._answering: asyncio.Task[None] | None = None
        self._is_expected = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP server's is
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Begin the request that is now complete, if none is under way."""
        self._buffer += data
        self._begin()

    def connection_lost(self, _error: Exception | None) -> None:
        """Who has hung up gets nothing: a long poll that went on would swallow messages."""
        if self._answering is not None:
            self._answering.cancel()

    def _begin(self) -> None:
        if self._answering is None and (request := self._request()) is not None:
            self._answering = asyncio.ensure_future(self._answer(request))

    async def _answer(self, request: Request) -> None:
        answer = await self._answered(request)
        self._answering = None
        sent = answer.encoded()
        if request.method == "HEAD":
            sent = sent[: len(sent) - len(answer.body)]
        self._transport.write(sent)
        if request.headers.get("connection", "").lower() == "close":
            self._transport.close()
        else:
            self._begin()

    async def _answered(self, request: Request) -> Answer:
        try:
            return await self._handle(request)
        except Exception:  # noqa: BLE001 - a client that waits for ever would hide it
            _LOG.exception("no answer to %s", request)
            return Answer(status=500)

    def _request(self) -> Request | None:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in map(_parted, lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            self._go_on(headers)
            return None
        self._buffer, self._is_expected = rest[length:], False
        method, target, _version = first.split(" ")
        return Request(method, target, headers, rest[:length])

    def _go_on(self, headers: Mapping[str, str]) -> None:
        """Ask, once, for the body of a client that waits to be asked."""
        if "expect" in headers and not self._is_expected:
            self._is_expected = True
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(":")
