"""What stands between a client and the API, and hinders it as planned."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar, Literal

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

type Hindrance = Literal["lose the answer", "be unavailable"]


class Proxy(BaseHTTPRequestHandler):
    """Carries each POST to the API once `planned` is used up; all else at once."""

    protocol_version = "HTTP/1.1"
    upstream: ClassVar[str]
    planned: ClassVar[list[Hindrance]]
    keys: ClassVar[list[str | None]]

    def do_POST(self) -> None:
        type(self).keys.append(self.headers["Idempotency-Key"])
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        hindrance = self.planned.pop(0) if self.planned else None
        if hindrance == "be unavailable":
            self._reply(httpx.Response(503, headers={"Retry-After": "1"}, content=b"{}"))
            return
        answer = self._carry(body)
        if hindrance == "lose the answer":
            # The job is stored, and its caller does not know.
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self._reply(answer)

    def do_GET(self) -> None:
        self._reply(self._carry(b""))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def _carry(self, body: bytes) -> httpx.Response:
        names = ("x-api-key", "Idempotency-Key", "Content-Type", "Prefer")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        url = f"{self.upstream}{self.path}"
        return httpx.request(
            self.command, url, content=body, headers=headers, timeout=40, trust_env=False
        )

    def _reply(self, answer: httpx.Response) -> None:
        self.send_response(answer.status_code)
        for name in ("content-type", "retry-after"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)


@contextmanager
def hindering(upstream: str, *planned: Hindrance) -> Iterator[tuple[str, type[Proxy]]]:
    """A proxy before `upstream`: its address, and what it has seen."""
    seen = type("Seen", (Proxy,), {"upstream": upstream, "planned": [*planned], "keys": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), seen) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()
