"""The stand-in for S3 gives objects and ranges of them, as fast as it is told and no faster."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.model_load.server import Served, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONTENT = bytes(range(256)) * 4096  # 1 MiB

type Connect = Callable[[float], http.client.HTTPConnection]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """A connection to a server that gives each so many bytes a second."""
    (tmp_path / "weights").write_bytes(CONTENT)
    served = {"/bucket/weights": Served.open(tmp_path / "weights")}
    opened: list[http.client.HTTPConnection] = []

    def connected(bytes_per_s: float) -> http.client.HTTPConnection:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            here = socket.create_connection(listener.getsockname(), timeout=10)
            there, _ = listener.accept()
        server = Server(served, bytes_per_s, None)
        threading.Thread(target=server._connection, args=(there,), daemon=True).start()
        connection = http.client.HTTPConnection("s3")
        connection.sock = here
        opened.append(connection)
        return connection

    yield connected
    for connection in opened:
        connection.close()


def test_an_object_and_a_range_of_it(connect: Connect) -> None:
    connection = connect(0)

    connection.request("GET", "/bucket/weights")
    assert connection.getresponse().read() == CONTENT
    connection.request("GET", "http://s3/bucket/weights", headers={"Range": "bytes=5-9"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (206, CONTENT[5:10])
    assert answer.headers["content-range"] == f"bytes 5-9/{len(CONTENT)}"


def test_its_size_and_what_is_not_there(connect: Connect) -> None:
    connection = connect(0)

    connection.request("HEAD", "/bucket/weights")
    answer = connection.getresponse()
    answer.read()
    assert answer.headers["content-length"] == str(len(CONTENT))
    connection.request("GET", "/bucket/nothing")
    assert connection.getresponse().status == 404


def test_a_connection_is_no_faster_than_told(connect: Connect) -> None:
    began_s = time.monotonic()
    connection = connect(len(CONTENT) * 5)

    connection.request("GET", "/bucket/weights")
    connection.getresponse().read()

    assert time.monotonic() - began_s >= 0.2
