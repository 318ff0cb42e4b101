"""One service's requests: signed, sent side by side, and sent again where that may help."""

from __future__ import annotations

import asyncio
import io
import random
from itertools import count
from typing import TYPE_CHECKING

import aiohttp
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from yarl import URL

from spillway.aws.aio.trust import tls
from spillway.aws.faults import is_passing
from spillway.aws.light.signature import Signer
from spillway.aws.timeouts import ATTEMPTS
from spillway.aws.wire.answer import refusal
from spillway.aws.wire.checksum import is_intact
from spillway.aws.wire.request import pause_s, signed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from spillway.aws.aio.endpoints import Endpoint
    from spillway.aws.aio.keys import Keys
    from spillway.aws.light.connection import Timeout
    from spillway.aws.light.environment import Credentials
    from spillway.aws.wire.request import Request

CONNECTIONS = 64
"""Kept to one endpoint at most; calls beyond that wait for one to be free."""
_NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_UNASKED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_LONGEST_S = 60
"""For one attempt, that pieces come or are taken one by one all the time."""
_AT_ONCE_BYTES = 2**20
"""A larger body is written in pieces: aiohttp warns that copying it whole holds up the loop."""


class TooLarge(ValueError):
    """An answer is longer than its reader takes."""


class _Corrupted(OSError):
    """What came is not what was sent."""


class Service:
    """Sends requests to one endpoint. To be made, used and closed on one event loop."""

    def __init__(
        self,
        endpoint: Endpoint,
        keys: Keys,
        timeout: Timeout,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._keys = keys
        self._timeout = timeout
        self._sleep = sleep
        self._signed_by: tuple[Credentials, Signer] | None = None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS, ssl=tls() if endpoint.is_tls else False
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_UNASKED,
        )

    async def send(
        self, request: Request, *, wait_s: float = 0, most_bytes: int | None = None
    ) -> bytes:
        """Return the body of a successful answer, which may be silent for `wait_s` more seconds.

        Raises:
            ClientError: the service refused; after retries, where its word was "later".
            EndpointConnectionError, HTTPClientError: it did not answer, after retries.
            CredentialRetrievalError: there is nobody to sign as.
            TooLarge: the answer is longer than `most_bytes`.

        """
        for attempt in count(1):
            try:
                return await self._send_once(request, wait_s, most_bytes)
            except (ClientError, EndpointConnectionError, HTTPClientError) as error:
                if attempt == ATTEMPTS or not is_passing(error):
                    raise
            await self._sleep(pause_s(attempt, random.random()))  # noqa: S311 - jitter
        raise AssertionError("count() ends")

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def _send_once(self, request: Request, wait_s: float, most_bytes: int | None) -> bytes:
        to = self._endpoint
        # Signed anew each time: a signature is good for a few minutes by the service's clock.
        signer = self._signer(await self._keys.current())
        headers = signed(request, signer, host=to.host, prefix=to.prefix)
        try:
            status, body = await self._exchange(request, headers, wait_s, most_bytes)
        except _NOT_CONNECTED as error:
            raise EndpointConnectionError(endpoint_url=to.origin, error=error) from error
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=to.origin, error=error) from error
        except (aiohttp.ClientError, OSError) as error:
            raise ConnectionClosedError(endpoint_url=to.origin, error=error) from error
        if status >= 300:
            raise refusal(request.operation, status, body)
        return body

    async def _exchange(
        self,
        request: Request,
        headers: dict[str, str],
        wait_s: float,
        most_bytes: int | None,
    ) -> tuple[int, bytes]:
        url = URL(self._endpoint.origin + self._endpoint.prefix + request.path, encoded=True)
        async with self._session.request(
            request.method,
            url,
            data=_data(request.body),
            headers=headers,
            allow_redirects=False,
            proxy=self._endpoint.proxy,
            timeout=self._patience(wait_s),
        ) as answer:
            if most_bytes is not None and (answer.content_length or 0) > most_bytes:
                raise TooLarge(f"{answer.content_length} bytes, at most {most_bytes} are taken")
            body = await answer.read()
            if not is_intact(request.method, answer.headers, body):
                raise _Corrupted("the answer's checksum is another")
            return answer.status, body

    def _patience(self, wait_s: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=_LONGEST_S + wait_s,
            sock_connect=self._timeout.connect_s,
            sock_read=self._timeout.read_s + wait_s,
        )

    def _signer(self, credentials: Credentials) -> Signer:
        if self._signed_by is None or self._signed_by[0] is not credentials:
            signer = Signer(credentials, self._endpoint.region, self._endpoint.service)
            self._signed_by = credentials, signer
        return self._signed_by[1]


def _data(body: bytes) -> bytes | io.BytesIO | None:
    return io.BytesIO(body) if len(body) > _AT_ONCE_BYTES else body or None
