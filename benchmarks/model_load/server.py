"""A stand-in for S3 that serves the files of a folder, each connection at so many MB/s.

`python -m benchmarks.model_load.server FOLDER MB_PER_SECOND [CERTIFICATE]` prints its port and
serves until it is ended; 0 is no limit. Bytes go from the page cache to the socket by sendfile, so
that it takes as little as can be of the processor that its clients need; over TLS they can't.
"""

from __future__ import annotations

import mmap
import os
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from io import BufferedReader

_STEP_BYTES = 256 << 10
_MODIFIED = "Sun, 22 Nov 2026 12:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Served:
    """One object, open."""

    descriptor: int
    content: memoryview

    @classmethod
    def open(cls, path: Path) -> Served:
        """Open a file that is not empty."""
        descriptor = os.open(path, os.O_RDONLY)
        return cls(descriptor, memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)))


@dataclass(frozen=True, slots=True)
class Server:
    """What is served, how fast, and whether over TLS."""

    objects: dict[str, Served]
    bytes_per_s: float
    tls: ssl.SSLContext | None

    def serve(self, listener: socket.socket) -> None:
        """Take connections, each on a thread."""
        while True:
            accepted, _ = listener.accept()
            threading.Thread(target=self._connection, args=(accepted,), daemon=True).start()

    def _connection(self, accepted: socket.socket) -> None:
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):  # the client has enough
            if self.tls is not None:
                accepted = self.tls.wrap_socket(accepted, server_side=True)
            with accepted, accepted.makefile("rb") as stream:
                while (asked := _asked(stream)) is not None:
                    self._answer(accepted, *asked)

    def _answer(self, to: socket.socket, method: str, path: str, wanted: str) -> None:
        served = self.objects.get(path)
        if served is None:
            to.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        start, end = _span(wanted, len(served.content))
        to.sendall(_head(start, end, len(served.content), is_range=bool(wanted)))
        if method == "GET":
            self._send(to, served, start, end)

    def _send(self, to: socket.socket, served: Served, start: int, end: int) -> None:
        began_s, at = time.monotonic(), start
        while at < end:
            upto = min(end, at + _STEP_BYTES)
            if self.bytes_per_s:
                early_s = began_s + (upto - start) / self.bytes_per_s - time.monotonic()
                time.sleep(max(0.0, early_s))
            at += self._step(to, served, at, upto)

    def _step(self, to: socket.socket, served: Served, at: int, end: int) -> int:
        if self.tls is None:
            return os.sendfile(to.fileno(), served.descriptor, at, end - at)
        to.sendall(served.content[at:end])
        return end - at


def _asked(stream: BufferedReader) -> tuple[str, str, str] | None:
    """Read one request: its method, its path, and the range it wants, if any."""
    line = stream.readline().decode(errors="replace")
    wanted = ""
    while (field := stream.readline().decode(errors="replace")).strip():
        name, _, value = field.partition(":")
        if name.lower() == "range":
            wanted = value.strip()
    method, _, rest = line.partition(" ")
    return (method, urlsplit(rest.split(" ")[0]).path, wanted) if rest else None


def _span(wanted: str, size: int) -> tuple[int, int]:
    if not wanted:
        return 0, size
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    return int(first), min(size, int(last) + 1) if last else size


def _head(start: int, end: int, size: int, *, is_range: bool) -> bytes:
    lines = [
        "HTTP/1.1 206 Partial Content" if is_range else "HTTP/1.1 200 OK",
        f"Content-Length: {end - start}",
        "Content-Type: binary/octet-stream",
        "Accept-Ranges: bytes",
        'ETag: "5d41402abc4b2a76b9719d911017c592"',
        f"Last-Modified: {_MODIFIED}",
        *([f"Content-Range: bytes {start}-{end - 1}/{size}"] if is_range else []),
    ]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def main(folder: str, mb_per_s: str, certificate: str = "") -> None:
    """Serve on a free port."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
    if tls is not None:
        tls.load_cert_chain(certificate)
    root = Path(folder)
    objects = {
        f"/{path.relative_to(root).as_posix()}": Served.open(path)
        for path in root.rglob("*")
        if path.is_file()
    }
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        Server(objects, float(mb_per_s) * 1e6, tls).serve(listener)


if __name__ == "__main__":
    main(*sys.argv[1:])
