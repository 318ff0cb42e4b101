"""A server that answers as it is told, one script line for each request."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

type Step = bytes | None
"""What is sent back; None: nothing, the connection is cut."""

HANG = b""
"""Nothing is sent back, and the connection stays."""
CLOSED = b"closed"
"""No step of its own: the connection is closed after the answer before."""


@dataclass
class Asked:
    """One request, as it came."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Server:
    """The script that is left, and what was asked so far."""

    url: str
    script: list[Step]
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        """Take one connection after the other, until the listener is closed."""
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            # A client that does not like the certificate goes away in the middle.
            with accepted, suppress(ssl.SSLError, ConnectionError):
                self._serve(accepted)
            self.closed.set()

    def _serve(self, accepted: socket.socket) -> None:
        if self.tls is not None:
            accepted = self.tls.wrap_socket(accepted, server_side=True)
        with accepted, accepted.makefile("rb") as stream:
            self._answer(accepted, stream)

    def wait_until_closed(self) -> None:
        """Wait until the first connection is over on this side."""
        assert self.closed.wait(5)

    def _answer(self, accepted: socket.socket, stream: BufferedReader) -> None:
        while (asked := _request(stream, self.connections)) is not None:
            self.asked.append(asked)
            step = self.script.pop(0)
            if step is None:
                return
            if step == HANG:
                stream.read(1)  # until the other side gives up
                return
            accepted.sendall(step)
            if b"connection: close" in step:
                return
            if self.script[:1] == [CLOSED]:
                self.script.pop(0)
                return


@contextmanager
def serving(*script: Step, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve the script on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        server = Server(f"{'https' if tls else 'http'}://{place}", list(script), tls)
        thread = threading.Thread(target=server.serve, args=(listener,))
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def reply(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    """One answer."""
    lines = "".join(f"{line}\r\n" for line in (*headers, f"content-length: {len(body)}"))
    return f"HTTP/1.1 {status} Told\r\n{lines}\r\n".encode() + body


def _request(stream: BufferedReader, connection: int) -> Asked | None:
    line = stream.readline().decode().strip()
    if not line:
        return None
    headers = {}
    while field_line := stream.readline().decode().strip():
        name, _, value = field_line.partition(": ")
        headers[name.lower()] = value
    body = stream.read(int(headers.get("content-length", 0)))
    return Asked(line, headers, body, connection)
