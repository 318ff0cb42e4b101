"""A server of objects that does wrong as it is told: S3 on a bad day."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

type Fault = Literal[
    "503", "cut", "reset", "corrupt", "corrupt for good", "replaced", "hang", "none"
]

BUCKET = "models"


@dataclass
class Objects:
    """What is served below one bucket, and the faults that are left, by key.

    Each is done once, to the next read of a range of that key.
    """

    files: dict[str, bytes]
    url: str = ""
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)

    def next_fault(self, key: str) -> Fault | None:
        with self.turn:
            left = self.faults.get(key, [])
            if left[:1] == ["corrupt for good"]:
                return left[0]
            return left.pop(0) if left else None

    def etag(self, key: str) -> str:
        return f'"{self.versions.get(key, 1)}"'


class Handler(BaseHTTPRequestHandler):
    """Answers GetObject, by range or whole."""

    protocol_version = "HTTP/1.1"
    objects: Objects

    def do_GET(self) -> None:
        key = self.path.split("?")[0].removeprefix(f"/{BUCKET}/")
        content = self.objects.files.get(key)
        if content is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        wanted = self.headers.get("range")
        fault = self.objects.next_fault(key) if wanted else None
        if fault == "replaced":
            self.objects.versions[key] = self.objects.versions.get(key, 1) + 1
        if fault == "503":
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
        elif self.headers.get("if-match", self.objects.etag(key)) != self.objects.etag(key):
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        else:
            self._give(key, content, wanted, fault)

    def _give(self, key: str, content: bytes, wanted: str | None, fault: Fault | None) -> None:
        headers = {"ETag": self.objects.etag(key)}
        if wanted:
            self.objects.asked.append(f"{key} {wanted}")
        body = content
        if wanted is not None:
            start, end = (int(text) for text in wanted.removeprefix("bytes=").split("-"))
            body = content[start : end + 1]
            headers["Content-Range"] = f"bytes {start}-{start + len(body) - 1}/{len(content)}"
        if fault == "hang":
            self.objects.released.wait()
        if fault in {"corrupt", "corrupt for good"}:
            body = b"\xee" * len(body)
        self._answer(206 if wanted else 200, body, headers, fault)

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, fault: Any = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault not in {"cut", "reset"}:
            self.wfile.write(body)
            return
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True
        if fault == "reset":
            # A socket that lingers for no time sends a reset when it is closed.
            now = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Objects]:
    """Serve the files from a free port."""
    objects = Objects(files)
    handler = type("Bound", (Handler,), {"objects": objects})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        objects.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield objects
        finally:
            objects.released.set()
            server.shutdown()
            thread.join()
