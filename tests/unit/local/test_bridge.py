from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from local.bridge import bridge, gateway
from local.failure import StartFailed

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator


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
    here = engine(("bridge", [{"Subnet": "127.0.0.0/8", "Gateway": "127.0.0.2"}]), name=name)

    async def ask() -> bytes:
        async with shouting() as port, bridge(here, port) as url:
            address, _, open_port = url.removeprefix("http://").partition(":")
            reader, writer = await asyncio.open_connection(address, int(open_port))
            writer.write(b"hello")
            answer = await reader.read()
            writer.close()
            assert address == "127.0.0.2"
            return answer

    assert asyncio.run(ask()) == b"HELLO"


def test_a_connection_that_never_ends_does_not_keep_the_bridge_open() -> None:
    here = engine(("bridge", [{"Subnet": "127.0.0.0/8", "Gateway": "127.0.0.2"}]))

    async def leave() -> None:
        async with shouting() as port, bridge(here, port) as url:
            address, _, open_port = url.removeprefix("http://").partition(":")
            _, writer = await asyncio.open_connection(address, int(open_port))
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
