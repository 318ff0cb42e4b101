"""Receivers of webhooks on this machine: real sockets, real TLS, and answers as they are told."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import trustme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "hooks.example.com"
ANSWERS_EVER = 60.0
"""Seconds after which an answer without end stops by itself, should its reader never."""

type Reply = Callable[[socket.socket], object]
"""What a receiver does with its end of the connection, once it has read the request."""


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


class Receiver(ThreadingTCPServer):
    """Answers each request by the next reply, the last one for ever. `names` are those of SNI.

    Unless it `reads`, it answers whoever connects.
    """

    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, tls: ssl.SSLContext | None, *replies: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.tls = tls
        self.replies = list(replies)
        self.reads = True
        self.names: list[str | None] = []
        self.seen: list[Seen] = []
        if tls is not None:
            tls.sni_callback = lambda _, name, __: self.names.append(name)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hangs up is part of the test."""

    def next_reply(self) -> Reply:
        """What to do with the request that has come."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class Conversation(BaseRequestHandler):
    """One connection."""

    request: socket.socket
    server: Receiver

    def handle(self) -> None:
        if self.server.tls is None:
            self._converse(self.request)
            return
        with self.server.tls.wrap_socket(self.request, server_side=True) as session:
            self._converse(session)

    def _converse(self, session: socket.socket) -> None:
        session.settimeout(ANSWERS_EVER)
        if self.server.reads:
            self.server.seen.append(_request(session))
        with suppress(OSError):
            self.server.next_reply()(session)


def _request(session: socket.socket) -> Seen:
    with session.makefile("rb") as stream:
        line = stream.readline().decode().rstrip()
        headers = {}
        while field := stream.readline().decode().rstrip():
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        return Seen(line, headers, stream.read(int(headers["content-length"])))


@contextmanager
def serving(receiver: ThreadingTCPServer) -> Iterator[None]:
    """Serve until the end, and leave no thread behind."""
    thread = Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


class Canary(ThreadingTCPServer):
    """Listens where nothing may be sent to."""

    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), BaseRequestHandler)
        self._connections = 0
        self._probes = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count it; the handler does nothing."""
        self._connections += 1
        super().process_request(request, client_address)

    def hits(self) -> int:
        """How many have connected.

        They are taken in their order: when one's own connection is over, those before it count.
        """
        self._probes += 1
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as probe:
            probe.recv(1)
        return self._connections - self._probes


@dataclass(frozen=True)
class Authority:
    """Who vouches for a receiver: its certificate, and the trust in it."""

    receiver: ssl.SSLContext
    sender: ssl.SSLContext


def authority(*names: str) -> Authority:
    """A certificate for these names, and a sender's trust in who signed it."""
    ca = trustme.CA()
    receiver = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(receiver)
    sender = ssl.create_default_context()
    ca.configure_trust(sender)
    return Authority(receiver, sender)


# --- replies --------------------------------------------------------------------------------------


def answer(status: int, body: bytes = b"", **headers: str) -> Reply:
    """An answer as it should be; an underscore in a header's name stands for a hyphen."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"content-length": str(len(body)), **fields}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return raw(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body)


def raw(data: bytes) -> Reply:
    """Exactly these bytes, and the end."""
    return lambda session: session.sendall(data)


def hold(beginning: bytes = b"") -> Reply:
    """A beginning, then nothing, for as long as the sender waits."""

    def reply(session: socket.socket) -> None:
        session.sendall(beginning)
        session.recv(1)

    return reply


def drip(beginning: bytes, byte: bytes) -> Reply:
    """A beginning, then a byte now and then: never silent for long, never done."""

    def reply(session: socket.socket) -> None:
        session.sendall(beginning)
        ends_s = time.monotonic() + ANSWERS_EVER
        while time.monotonic() < ends_s:
            session.sendall(byte)
            time.sleep(0.02)

    return reply


class Flood:
    """A beginning, then as much as the sender takes."""

    def __init__(self, beginning: bytes, again: bytes) -> None:
        self._beginning = beginning
        self._again = again * (16_384 // len(again) + 1)
        self.sent_bytes = 0

    def __call__(self, session: socket.socket) -> None:
        session.sendall(self._beginning)
        ends_s = time.monotonic() + ANSWERS_EVER
        while time.monotonic() < ends_s:
            session.sendall(self._again)
            self.sent_bytes += len(self._again)
