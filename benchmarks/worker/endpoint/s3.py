"""S3's objects, by path: put, get, head."""

from __future__ import annotations

import hashlib
from urllib.parse import unquote, urlsplit

from benchmarks.worker.endpoint.http import Answer, Request

_MISSING = b"<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>"
OPERATIONS = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject"}


class S3:
    """Objects by bucket and key, as they stand in the path."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def clear(self) -> None:
        """Forget every object."""
        self.objects.clear()

    def call(self, request: Request) -> Answer:
        """Carry out the operation that the method names."""
        path = unquote(urlsplit(request.target).path)
        if request.method == "PUT":
            self.objects[path] = request.body
        if path not in self.objects or request.method not in OPERATIONS:
            return Answer(_MISSING, 404, {"Content-Type": "application/xml"})
        body = self.objects[path]
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return Answer(b"" if request.method == "PUT" else body, 200, {"ETag": f'"{etag}"'})
