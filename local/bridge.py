"""A way to the emulator for containers that have a network of their own.

`sam local` gives its containers the engine's bridge, and the emulator listens on the loopback
address alone. While a bridge is open, connections to the engine's own address on that bridge are
passed on; no other machine reaches it.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import asynccontextmanager, closing, suppress
from ipaddress import ip_network
from typing import TYPE_CHECKING

from local.failure import StartFailed

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator

    from docker.client import DockerClient

CHUNK_BYTES = 65_536
# linux/in.h; Python's socket module has no name for it.
IP_FREEBIND = 15


def gateway(client: DockerClient) -> str:
    """Return this machine's IPv4 address on the engine's default bridge."""
    # Not asked for by its name: Podman lists its default network under this one and has none so.
    networks = [each.attrs for each in client.networks.list() if each.name == "bridge"]
    for config in (config for network in networks for config in network["IPAM"]["Config"]):
        subnet = ip_network(config["Subnet"])
        if subnet.version == 4:
            return str(config.get("Gateway") or subnet[1])
    raise StartFailed("the container engine's bridge has no IPv4 address")


@asynccontextmanager
async def bridge(client: DockerClient, port: int) -> AsyncIterator[str]:
    """Pass connections on to the emulator's port; give the URL that containers reach it at."""

    async def pass_on(reader: StreamReader, writer: StreamWriter) -> None:
        # Where the emulator is gone, or one side breaks off, the connection ends and no more.
        with closing(writer), suppress(OSError):
            inner, outer = await asyncio.open_connection("127.0.0.1", port)
            with closing(outer):
                await asyncio.gather(_copy(reader, outer), _copy(inner, writer))

    listener = _listener(gateway(client), is_podman=_is_podman(client))
    address, open_port = listener.getsockname()
    async with await asyncio.start_server(pass_on, sock=listener) as server:
        try:
            yield f"http://{address}:{open_port}"
        finally:
            # A container that is gone with its network never ends its connection.
            server.close()
            server.abort_clients()


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    # This direction alone: who has said all may still be waiting for the answer.
    writer.write_eof()


def _listener(address: str, *, is_podman: bool) -> socket.socket:
    listener = socket.socket()
    if is_podman:
        # Podman makes its bridge with the first container on it, after this.
        listener.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    try:
        listener.bind((address, 0))
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRNOTAVAIL:
            raise
        raise StartFailed(
            f"{address}, the container engine's bridge, is not on this machine: `sam local` with "
            "the running system needs an engine on it (not Docker Desktop, not rootless)"
        ) from None
    return listener


def _is_podman(client: DockerClient) -> bool:
    components = client.version().get("Components", [])
    return any("podman" in str(component.get("Name", "")).lower() for component in components)
