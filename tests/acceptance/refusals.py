"""A service that refuses some of its calls, in front of the emulator."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THROTTLED = {
    "AmazonSQS": "com.amazonaws.sqs#RequestThrottled",
    "DynamoDB_20120810": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
}


@contextmanager
def refusing(endpoint_url: str, refuses: Callable[[str, bytes], bool]) -> Iterator[str]:
    """An address that passes calls on, but for those that `refuses(action, body)` picks."""
    pool = urllib3.PoolManager(retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            service, _, action = self.headers["x-amz-target"].partition(".")
            if refuses(action, body):
                error = {"__type": THROTTLED[service], "message": "Rate exceeded"}
                self._answer(400, "application/x-amz-json-1.0", json.dumps(error).encode())
                return
            # With the headers as they came, the host among them: they are what was signed.
            headers = dict(self.headers.items())
            answer = pool.request("POST", endpoint_url + self.path, body=body, headers=headers)
            self._answer(answer.status, answer.headers["content-type"], answer.data)

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        pool.clear()
