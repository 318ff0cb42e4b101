"""HTTP connections to one endpoint, kept alive, each used by one thread at a time.

http.client reads into a buffer of ours: the libraries above it copy each piece once or twice more,
which at a gigabyte a second is a quarter of all the work.
"""

from __future__ import annotations

from base64 import b64encode
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from spillway.aws.aio.trust import tls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spillway.aws.aio.endpoints import Endpoint

_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S = 5, 20


class Connections:
    """As many as are asked for at once; threads may share them."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._idle: list[HTTPConnection] = []

    @contextmanager
    def get(self, path: str, headers: Mapping[str, str]) -> Iterator[HTTPResponse]:
        """Ask for a path; give the answer, whose body is yet to be read.

        Raises:
            OSError, HTTPException: the connection broke, or could not be made.

        """
        connection = self._taken() or self._opened()
        try:
            connection.request("GET", self._target(path), headers=dict(headers))
            answer = connection.getresponse()
            yield answer
        except BaseException:
            connection.close()
            raise
        if answer.isclosed():
            self._idle.append(connection)
        else:  # what is left of the body would be taken for the next answer
            connection.close()

    def close(self) -> None:
        """Close those that nobody uses."""
        while (connection := self._taken()) is not None:
            connection.close()

    def _taken(self) -> HTTPConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _opened(self) -> HTTPConnection:
        to, proxy = urlsplit(self._endpoint.origin), urlsplit(self._endpoint.proxy or "")
        host, port = (proxy.hostname, proxy.port) if proxy.hostname else (to.hostname, to.port)
        connection: HTTPConnection
        if self._endpoint.is_tls:
            connection = HTTPSConnection(
                host or "", port, timeout=_CONNECT_TIMEOUT_S, context=tls()
            )
            if proxy.hostname:
                connection.set_tunnel(to.hostname or "", to.port, _login(proxy.netloc))
        else:
            connection = HTTPConnection(host or "", port, timeout=_CONNECT_TIMEOUT_S)
        connection.connect()
        connection.sock.settimeout(_READ_TIMEOUT_S)
        return connection

    def _target(self, path: str) -> str:
        """A proxy that is no tunnel is told the whole address."""
        is_told = self._endpoint.proxy and not self._endpoint.is_tls
        return self._endpoint.origin + path if is_told else path


def _login(netloc: str) -> dict[str, str]:
    login, _, _ = unquote(netloc).rpartition("@")
    return {"proxy-authorization": f"Basic {b64encode(login.encode()).decode()}"} if login else {}
