"""Receivers on this machine, good ones and such as fail, each in its own way."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from benchmarks.deliveries.specification import is_signed
from benchmarks.system import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HANGS_S = 16.0
"""Longer than a webhook has for its answer."""
_BODY_BYTES = 1 << 20


class Kind(StrEnum):
    """How a receiver takes what it is sent."""

    GOOD = "takes it"
    BROKEN = "500, always"
    AWAY = "nobody listens"
    GONE = "410"
    BUSY = "503 twice, with Retry-After"
    LOST = "takes it, and its first answer is lost"
    SLOW = "hangs the first time"


SHARES: Mapping[Kind, int] = {
    Kind.GOOD: 70,
    Kind.BROKEN: 12,
    Kind.AWAY: 5,
    Kind.GONE: 4,
    Kind.BUSY: 4,
    Kind.LOST: 3,
    Kind.SLOW: 2,
}
"""Of each hundred receivers."""


def kind_of(number: int) -> Kind:
    """The n-th receiver's kind: each hundred has its share of each, well mixed."""
    place, kinds = number * 37 % 100, [kind for kind, share in SHARES.items() for _ in range(share)]
    return kinds[place]


@dataclass(slots=True)
class Heard:
    """What one receiver was sent: every request counts, whatever it answered."""

    requests: int = 0
    ids: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    job_ids: set[str] = field(default_factory=set)
    not_verified: list[str] = field(default_factory=list)


class Receivers:
    """All of them, behind one port. The n-th is told at `url(n)`."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._lock = threading.Lock()
        self._away_port = free_port()
        self.heard: defaultdict[int, Heard] = defaultdict(Heard)
        self.port = 0

    def url(self, number: int) -> str:
        """Where the n-th receiver is told."""
        port = self._away_port if kind_of(number) is Kind.AWAY else self.port
        return f"http://127.0.0.1:{port}/{number}"

    def take(self, number: int, body: bytes, headers: Mapping[str, str]) -> int:
        """Note what came and return how often the receiver was asked by now."""
        with self._lock:
            heard = self.heard[number]
            heard.requests += 1
            heard.ids.add(headers.get("webhook-id", ""))
            heard.bodies.add(hashlib.sha256(body).hexdigest())
            heard.job_ids.add(json.loads(body)["data"]["jobId"])
            heard.not_verified += self._not_verified(body, headers)
            return heard.requests

    def _not_verified(self, body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
        if not is_signed(self._secret, headers, body):
            yield "not signed as the specification has it"
        try:
            Webhook(self._secret).verify(body, dict(headers))
        except WebhookVerificationError as error:
            yield f"the library says {error}"


@contextmanager
def receiving(secret: str) -> Iterator[Receivers]:
    """Have them listen; each signature is to be by this secret."""
    receivers = Receivers(secret)
    handler = type("Bound", (_Handler,), {"receivers": receivers})
    with _Server(("127.0.0.1", 0), handler) as server:
        receivers.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.1,))
        thread.start()
        try:
            yield receivers
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    """Stays quiet where a caller hung up, as those of slow receivers do."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


class _Handler(BaseHTTPRequestHandler):
    receivers: Receivers

    def do_POST(self) -> None:
        """Answer as the receiver's kind has it."""
        number = int(self.path.rpartition("/")[2])
        body = self.rfile.read(min(int(self.headers["content-length"]), _BODY_BYTES))
        lower = {name.lower(): value for name, value in self.headers.items()}
        times = self.receivers.take(number, body, lower)
        kind = kind_of(number)
        if kind is Kind.LOST and times == 1:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if kind is Kind.SLOW and times == 1:
            time.sleep(HANGS_S)
        self.send_response(_status(kind, times))
        if kind is Kind.BUSY:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _status(kind: Kind, times: int) -> int:
    match kind:
        case Kind.BROKEN:
            return 500
        case Kind.GONE:
            return 410
        case Kind.BUSY:
            return 503 if times <= 2 else 204
        case _:
            return 204
