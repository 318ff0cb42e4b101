from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from local.bridge import bridge, gateway
from local.failure import StartFailed

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator

HERE = ("bridge", [{"Subnet": "127.0.0.0/8", "Gateway": "127.0.0.2"}])


def engine(*networks: tuple[str, list[dict[str, str]]], name: str = "Engine") -> Any:
    """A container engine with these networks."""
    listed = [
        SimpleNamespace(name=network, attrs={"IPAM": {"Config": config}})
        for network, config in networks
    ]
    return SimpleNamespace(
        networks=SimpleNamespace(list=lambda: listed),
        version=lambda: {"Components": [{"Name": name}]},
    )


@asynccontextmanager
async def shouting() -> AsyncIterator[int]:
    """A server on the loopback address alone; gives its port."""

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write((await reader.read(100)).upper())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def patient() -> AsyncIterator[int]:
    """A server that answers once all is said; gives its port."""

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def connect(url: str) -> tuple[StreamReader, StreamWriter]:
    address, _, port = url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(address, int(port))


def test_the_gateway_is_the_default_bridges() -> None:
    own = ("mine", [{"Subnet": "10.9.0.0/16", "Gateway": "10.9.0.1"}])
    both = [{"Subnet": "fd00::/64"}, {"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]

    assert gateway(engine(own, ("bridge", both))) == "172.17.0.1"
    assert gateway(engine(("bridge", [{"Subnet": "172.18.0.0/16"}]))) == "172.18.0.1"


def test_an_engine_without_a_bridge_is_told() -> None:
    with pytest.raises(StartFailed, match="no IPv4 address"):
        gateway(engine())


@pytest.mark.parametrize("name", ["Engine", "Podman Engine"])
def test_what_comes_to_the_bridge_is_passed_on(name: str) -> None:
    here = engine(HERE, name=name)

    async def ask() -> bytes:
        async with shouting() as port, bridge(here, port) as url:
            assert url.startswith("http://127.0.0.2:")
            reader, writer = await connect(url)
            writer.write(b"hello")
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(ask()) == b"HELLO"


def test_who_has_said_all_still_gets_the_answer() -> None:
    async def ask() -> bytes:
        async with patient() as port, bridge(engine(HERE), port) as url:
            reader, writer = await connect(url)
            writer.write(b"hello")
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(asyncio.wait_for(ask(), 5)) == b"HELLO"


def test_a_client_that_breaks_off_frees_the_emulators_connection() -> None:
    async def leave() -> None:
        ended = asyncio.Event()

        async def listen(reader: StreamReader, writer: StreamWriter) -> None:
            writer.write(b"go on")
            await reader.read()
            writer.close()
            ended.set()

        async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with bridge(engine(HERE), port) as url:
                reader, writer = await connect(url)
                await reader.readexactly(5)
                # No time to linger: the client's end is a reset.
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
                writer.close()
                await ended.wait()

    asyncio.run(asyncio.wait_for(leave(), 5))


def test_where_nothing_listens_the_connection_just_ends(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def ask() -> bytes:
        async with bridge(engine(HERE), port) as url:
            reader, writer = await connect(url)
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(asyncio.wait_for(ask(), 5)) == b""
    assert not caplog.records


def test_a_connection_that_never_ends_does_not_keep_the_bridge_open() -> None:

    async def leave() -> None:
        async with shouting() as port, bridge(engine(HERE), port) as url:
            _, writer = await connect(url)
            await asyncio.sleep(0.05)
        writer.close()

    asyncio.run(asyncio.wait_for(leave(), 5))


def test_a_bridge_on_another_machine_is_told() -> None:
    elsewhere = engine(("bridge", [{"Subnet": "192.0.2.0/24", "Gateway": "192.0.2.99"}]))

    async def open_it() -> None:
        async with bridge(elsewhere, 1):
            pass

    with pytest.raises(StartFailed, match=r"192\.0\.2\.99.* is not on this machine"):
        asyncio.run(open_it())
