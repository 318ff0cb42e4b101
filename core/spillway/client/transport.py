"""What carries requests, in which time and within which limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from spillway.request import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import urllib3

    from spillway.client.auth import Auth


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds: to connect, between two bytes of an answer, and until a call is not sent again."""

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
    """What carries a request once: `Pools`, or a `urllib3.PoolManager` of one's own."""

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
