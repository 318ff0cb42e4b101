"""A stand-in for DynamoDB and SQS: what is measured is the caller's own time.

`python -m benchmarks.enqueue.endpoint LATENCY_MS` prints its port and serves until it is ended. It
answers the three operations that an accepted job needs, and counts them at `GET /`.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, build_opener

from benchmarks.serving import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLS: Counter[str] = Counter()


class Endpoint(BaseHTTPRequestHandler):
    """Answers as the services' JSON protocol does."""

    protocol_version = "HTTP/1.1"
    latency_s = 0.0
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece, as the services' own do

    def do_POST(self) -> None:
        """Answer one operation."""
        length = int(self.headers.get("content-length", 0))
        asked = json.loads(self.rfile.read(length))
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        CALLS[operation] += 1
        time.sleep(self.latency_s)
        self._answer(ANSWERS[operation](self, asked))

    def do_GET(self) -> None:
        """Tell how often each operation was called."""
        self._answer(dict(CALLS))

    def queue_url(self, name: str) -> str:
        """The address of a queue."""
        return f"http://{self.headers['host']}/000000000000/{name}"

    def _answer(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("x-amzn-RequestId", "5e3b1b1c-0000-4000-8000-000000000000")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing: a line for each request would be most of the work."""


type Answering = Callable[[Endpoint, dict[str, Any]], dict[str, Any]]

ANSWERS: dict[str, Answering] = {
    "PutItem": lambda _endpoint, _asked: {},
    "GetQueueUrl": lambda endpoint, asked: {"QueueUrl": endpoint.queue_url(asked["QueueName"])},
    "SendMessage": lambda _endpoint, _asked: {"MessageId": "00000000-0000-4000-8000-000000000000"},
}


@contextmanager
def endpoint(latency_ms: int) -> Iterator[str]:
    """The stand-in in a process of its own; gives its URL."""
    with served("benchmarks.enqueue.endpoint", str(latency_ms)) as url:
        yield url


def counted(url: str) -> dict[str, int]:
    """How often each operation was called."""
    # A proxy of the environment's knows no way to this machine.
    with build_opener(ProxyHandler({})).open(url) as answer:
        counts: dict[str, int] = json.load(answer)
    return counts


def main() -> None:
    """Serve on a free port, each answer after so many milliseconds."""
    Endpoint.latency_s = float(sys.argv[1]) / 1000
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
