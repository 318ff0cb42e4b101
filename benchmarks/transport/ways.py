"""Ways to make one signed call, side by side with others."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import httpx

from spillway.aws.aio.clients import clients
from spillway.aws.clients import client
from spillway.aws.light.environment import Credentials
from spillway.aws.light.signature import Signer
from spillway.aws.wire.request import json_request, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    type Call = Callable[[], Awaitable[object]]
    type Way = Callable[[str, int], AbstractAsyncContextManager[Call]]

ASKED: Mapping[str, Any] = {"TableName": "jobs", "Key": {"pk": {"S": "JOB#acme#1"}}}


@asynccontextmanager
async def threads(url: str, at_once: int) -> AsyncIterator[Call]:  # noqa: ARG001 - the environment has it
    """botocore, each call on a thread."""
    dynamodb = client("dynamodb", connections=at_once)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(at_once) as pool:
        yield lambda: loop.run_in_executor(pool, lambda: dynamodb.get_item(**ASKED))
    dynamodb.close()


@asynccontextmanager
async def with_httpx(url: str, at_once: int) -> AsyncIterator[Call]:
    """Our signature, and httpx."""
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=at_once)) as session:

        async def call() -> object:
            headers, body = _signed(url)
            return (await session.post(f"{url}/", content=body, headers=headers)).json()

        yield call


@asynccontextmanager
async def with_aiohttp(url: str, at_once: int) -> AsyncIterator[Call]:
    """Our signature and aiohttp, and nothing else."""
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call() -> object:
            headers, body = _signed(url)
            async with session.post(f"{url}/", data=body, headers=headers) as answer:
                return json.loads(await answer.read())

        yield call


@asynccontextmanager
async def spillways(url: str, at_once: int) -> AsyncIterator[Call]:  # noqa: ARG001 - the environment has it
    """What the worker uses: the same with checks, time-outs and retries."""
    async with clients() as aws:
        dynamodb = aws.json("dynamodb")
        yield lambda: dynamodb.get_item(**ASKED)


@asynccontextmanager
async def bare(url: str, at_once: int) -> AsyncIterator[Call]:  # noqa: ARG001 - it opens what it needs
    """Our signature and a bare protocol: what there is to save at the very most."""
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    idle: list[_Bare] = []

    async def call() -> object:
        headers, body = _signed(url)
        if idle:
            one = idle.pop()
        else:
            _, one = await loop.create_connection(_Bare, address.hostname or "", address.port or 80)
        answer = await one.exchange(headers, body)
        idle.append(one)
        return json.loads(answer)

    yield call
    for one in idle:
        one.transport.close()


class _Bare(asyncio.Protocol):
    """No errors, no time-outs, no other framing than a length: not to be used."""

    transport: asyncio.Transport
    _answer: asyncio.Future[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is, for a protocol
        self.transport = transport
        self._came = b""

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, _, body = self._came.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if length and len(body) == int(length):
            self._came = b""
            self._answer.set_result(body)

    async def exchange(self, headers: Mapping[str, str], body: bytes) -> bytes:
        self._answer = asyncio.get_running_loop().create_future()
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)
        return await self._answer


def _signed(url: str) -> tuple[dict[str, str], bytes]:
    request = json_request("dynamodb", "get_item", ASKED)
    return signed(request, _SIGNER, host=urlsplit(url).netloc, prefix=""), request.body


_SIGNER = Signer(
    Credentials(
        os.environ.get("AWS_ACCESS_KEY_ID", ""),
        os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
        os.environ.get("AWS_SESSION_TOKEN"),
    ),
    "us-east-1",
    "dynamodb",
)

WAYS: Mapping[str, Way] = {
    "botocore on threads": threads,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
    "spillway.aws.aio": spillways,
    "bare asyncio": bare,
}
