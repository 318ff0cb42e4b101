from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from benchmarks.worker.endpoint.http import Answer, Connection, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
PUT = b"PUT /a HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n"


async def echo(request: Request) -> Answer:
    await asyncio.sleep(0)
    if request.target == "/fault":
        raise ValueError("broken")
    told = f"{request.method} {request.target} {request.headers.get('host')} ".encode()
    return Answer(told + request.body)


@asynccontextmanager
async def connected() -> AsyncIterator[Streams]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(echo), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    yield reader, writer
    writer.close()
    server.close()


async def body(reader: asyncio.StreamReader, status: bytes = b"200 OK") -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
    return await reader.readexactly(int(length.partition(b":")[2]))


async def exchange(*pieces: bytes, answers: int) -> list[bytes]:
    async with connected() as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        return [await body(reader) for _ in range(answers)]


def test_a_request_in_pieces_is_one_request() -> None:
    pieces = (PUT[:5], PUT[5:30], PUT[30:] + b"\r\nx", b"yz")

    assert asyncio.run(exchange(*pieces, answers=1)) == [b"PUT /a here xyz"]


def test_requests_that_come_together_are_answered_in_their_order() -> None:
    both = PUT + b"\r\nxyz" + PUT.replace(b"/a", b"/b") + b"\r\n123"

    assert asyncio.run(exchange(both, answers=2)) == [b"PUT /a here xyz", b"PUT /b here 123"]


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it() -> None:
    async def expecting() -> bytes:
        async with connected() as (reader, writer):
            writer.write(PUT + b"Expect: 100-continue\r\n\r\n")
            leave = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"xyz")
            assert await body(reader) == b"PUT /a here xyz"
            return leave

    assert asyncio.run(expecting()) == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_a_fault_of_the_stand_in_s_own_is_answered_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def faulty() -> None:
        async with connected() as (reader, writer):
            writer.write(b"GET /fault HTTP/1.1\r\n\r\n" + PUT + b"\r\nxyz")
            await body(reader, b"500 Internal Server Error")
            assert await body(reader) == b"PUT /a here xyz"

    asyncio.run(faulty())
    assert "ValueError" in caplog.text


def test_a_connection_that_asks_to_be_closed_is() -> None:
    async def closing() -> bytes:
        async with connected() as (reader, writer):
            writer.write(PUT + b"Connection: close\r\n\r\nxyz")
            await body(reader)
            return await reader.read()

    assert asyncio.run(closing()) == b""


def test_a_head_has_no_body() -> None:
    async def head() -> bytes:
        async with connected() as (reader, writer):
            writer.write(b"HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n")
            return await reader.read()

    assert asyncio.run(head()).endswith(b"\r\n\r\n")
