"""A stand-in for AWS: what is measured is the caller's own time.

`python -m benchmarks.endpoint LATENCY_MS MODELS` prints its port and serves until it is ended. It
answers the operations that an accepted job needs, and those of a tick of the scaler for so many
models, all at work. It counts them at `GET /`.
"""

from __future__ import annotations

import gzip
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
PAGE = 10
"""Parameters that SSM gives at once."""


class Endpoint(BaseHTTPRequestHandler):
    """Answers as the services' JSON protocol does."""

    protocol_version = "HTTP/1.1"
    latency_s = 0.0
    models = 0
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece, as the services' own do

    def do_POST(self) -> None:
        """Answer one operation."""
        asked = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers["content-encoding"] == "gzip":  # botocore's, for long metric data
            asked = gzip.decompress(asked)
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        CALLS[operation] += 1
        time.sleep(self.latency_s)
        self._answer(ANSWERS[operation](self, json.loads(asked)))

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


def _registry(endpoint: Endpoint, asked: dict[str, Any]) -> dict[str, Any]:
    first = int(asked.get("NextToken", 0))
    after = min(first + PAGE, endpoint.models)
    page = [{"Value": json.dumps(_entry(number))} for number in range(first, after)]
    more = {"NextToken": str(after)} if after < endpoint.models else {}
    return {"Parameters": page, **more}


def _entry(number: int) -> dict[str, Any]:
    name = f"model-{number}"
    return {
        "model": name,
        "queueUrl": f"https://sqs.us-east-1.amazonaws.com/000000000000/spillway_{name}",
        "cluster": "spillway",
        "service": f"spillway-{name}",
        "minTasks": 0,
        "maxTasks": 10,
        "maxBatch": 8,
        "concurrency": 1,
        "targetLatencySeconds": 120,
        "startupSeconds": 60,
        "idleMinutes": 15,
        "maxAttempts": 4,
        "leaseSeconds": 30,
        "modelUri": f"s3://models/{name}/",
    }


def _services(_endpoint: Endpoint, asked: dict[str, Any]) -> dict[str, Any]:
    counts = {"status": "ACTIVE", "runningCount": 1, "pendingCount": 0, "desiredCount": 1}
    return {"services": [{"serviceName": name, **counts} for name in asked["services"]]}


def _items(_endpoint: Endpoint, asked: dict[str, Any]) -> dict[str, Any]:
    figures = {"busyMs": {"N": "800"}, "jobs": {"N": "1"}}
    return {
        "Responses": {
            table: [{**key, **figures} for key in wanted["Keys"]]
            for table, wanted in asked["RequestItems"].items()
        }
    }


DEPTH = {
    "ApproximateNumberOfMessages": "500",
    "ApproximateNumberOfMessagesNotVisible": "8",
    "ApproximateNumberOfMessagesDelayed": "0",
}
ANSWERS: dict[str, Answering] = {
    "GetItem": lambda _endpoint, _asked: {},
    "PutItem": lambda _endpoint, _asked: {},
    "GetQueueUrl": lambda endpoint, asked: {"QueueUrl": endpoint.queue_url(asked["QueueName"])},
    "SendMessage": lambda _endpoint, _asked: {"MessageId": "00000000-0000-4000-8000-000000000000"},
    "GetParametersByPath": _registry,
    "DescribeServices": _services,
    "BatchGetItem": _items,
    "GetQueueAttributes": lambda _endpoint, _asked: {"Attributes": DEPTH},
    "UpdateItem": lambda _endpoint, _asked: {},
    "PutMetricData": lambda _endpoint, _asked: {},
}


@contextmanager
def endpoint(latency_ms: int, models: int = 0) -> Iterator[str]:
    """The stand-in in a process of its own; gives its URL."""
    with served("benchmarks.endpoint", str(latency_ms), str(models)) as url:
        yield url


def counted(url: str) -> dict[str, int]:
    """How often each operation was called."""
    # A proxy of the environment's knows no way to this machine.
    with build_opener(ProxyHandler({})).open(url) as answer:
        counts: dict[str, int] = json.load(answer)
    return counts


def main() -> None:
    """Serve on a free port, each answer after so many milliseconds."""
    Endpoint.latency_s, Endpoint.models = float(sys.argv[1]) / 1000, int(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
