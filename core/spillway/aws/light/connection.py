"""One kept-alive connection to an endpoint."""

from __future__ import annotations

import select
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spillway.aws.light.errors import NotConnected
from spillway.aws.light.response import Reply, read_reply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long to wait for a connection, and for each piece of an answer, in seconds."""

    connect_s: float
    read_s: float


class Connection:
    """Sends requests one after the other: not safe between threads."""

    def __init__(self, endpoint: str, timeout: Timeout) -> None:
        parts = urlsplit(endpoint)
        self.host = parts.netloc
        self.prefix = parts.path
        self._tls = _tls() if parts.scheme == "https" else None
        self._address = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._stream: BufferedReader
        self._arrivals: select.poll

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send one request and read its answer.

        Raises:
            NotConnected: nothing was sent.
            OSError: the connection broke; the request may have been received.
            NoAnswer: the answer is not HTTP's, or ends early.

        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        try:
            self._open().sendall(head.encode("ascii") + body)
            reply = read_reply(self._stream)
        except BaseException:
            # What is left in the pipe would be taken for the next answer.
            self.close()
            raise
        if reply.is_last:
            self.close()
        return reply

    def close(self) -> None:
        """Give the socket back; the next exchange opens another."""
        if self._socket is not None:
            self._stream.close()
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        # Between answers nothing arrives, so what does is the other side closing what lay idle.
        if self._socket is not None and self._arrivals.poll(0):
            self.close()
        if self._socket is None:
            try:
                self._socket = self._connect()
            except OSError as error:  # a refusal, a time-out, a certificate, an unknown name
                raise NotConnected(str(error)) from error
            self._stream = self._socket.makefile("rb")
            self._arrivals = select.poll()
            self._arrivals.register(self._socket, select.POLLIN)
        return self._socket

    def _connect(self) -> socket.socket:
        opened = socket.create_connection(self._address, self._timeout.connect_s)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._tls is not None:
            opened = self._tls.wrap_socket(opened, server_hostname=self._address[0])
        opened.settimeout(self._timeout.read_s)
        return opened


@cache
def _tls() -> ssl.SSLContext:
    """One for all: reading the authorities' certificates is what takes time."""
    return ssl.create_default_context()
