"""What carries requests, in which time and within which limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from spillway.request import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.client.auth import Auth

_AT_HOME = frozenset(("127.0.0.1", "::1", "localhost"))


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds: to connect, between two bytes of an answer, and for a call with all its retries."""

    connect_s: float = 5
    read_s: float = 30
    call_s: float = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """`connections` at once, to each host; `body_bytes`, over which a payload is uploaded."""

    connections: int = 16
    body_bytes: int = MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. `auth` goes to the API alone, never to a presigned address."""

    method: str
    url: str
    auth: Auth | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    wait_s: float = 0
    """Seconds that the answer may take on top, since the request asks for that."""

    def all_headers(self) -> Mapping[str, str]:
        """The headers, signed now."""
        if self.auth is None:
            return self.headers
        proof = self.auth.headers(self.method, self.url, self.headers, self.body)
        return {**self.headers, **proof}


class Transport(Protocol):
    """What carries a request once: a `urllib3.PoolManager`, or a `ProxyManager`."""

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str],
        timeout: urllib3.Timeout,
        retries: Literal[False],
        redirect: Literal[False],
    ) -> urllib3.BaseHTTPResponse:
        """Return the answer, whatever its status; raises `urllib3.exceptions.HTTPError`."""
        ...

    def clear(self) -> None:
        """Close the connections that are kept open."""
        ...


class Clock(Protocol):
    """What tells and passes time: the module `time`, or a virtual one."""

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Return so many seconds later."""
        ...


def pool_for(url: str, limits: Limits) -> Transport:
    """A pool that goes by the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for the URL."""
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
    proxy = getproxies().get(scheme)
    if proxy is None or host in _AT_HOME or proxy_bypass(host):
        return urllib3.PoolManager(maxsize=limits.connections, block=True)
    return urllib3.ProxyManager(proxy, maxsize=limits.connections, block=True)
