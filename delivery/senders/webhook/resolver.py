"""What addresses a host has."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

THREADS = 32
"""Names looked up at once. One that hangs keeps its thread until the system gives up on it, which
by resolv.conf's defaults (5 s, twice, for each server) may be after the attempt's end."""


class Resolver(Protocol):
    """Looks names up. What it returns is not trusted: each address is checked by who asked."""

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the addresses, best first, or raise OSError."""
        ...


class SystemResolver:
    """The system's own.

    It has threads of its own: an event loop waits at its end for those that it lent, as long as
    they hang.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "resolve")

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the addresses in the system's order, or raise OSError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _addresses, host)


def _addresses(host: str) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        # Python encodes the name first, and can't where a label has more than 63 characters.
        raise OSError("not a name that can be looked up") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
