"""One API called as one tenant, and the presigned addresses that it gives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from spillway.client.answers import no_object, rejected
from spillway.client.transport import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    import urllib3

    from spillway.client.auth import Auth
    from spillway.client.sending import Sender


class Api:
    """What is behind `url`. Only `call` proves who calls: other addresses never see a key."""

    def __init__(self, url: str, auth: Auth | None, sender: Sender) -> None:
        self._url = url
        self._auth = auth
        self._sender = sender

    def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        wait_s: int = 0,
        until_s: float = math.inf,
    ) -> urllib3.BaseHTTPResponse:
        """What the API answers; its refusals are raised. `wait_s` is how long it may hold that."""
        request = Request(method, self._url + path, self._auth, headers or {}, body, wait_s)
        answer = self._sender.send(request, until_s=until_s)
        if answer.status >= 400:
            raise rejected(answer)
        return answer

    def get(self, address: str, *, until_s: float = math.inf) -> urllib3.BaseHTTPResponse:
        """The object at a presigned address."""
        return self._object(Request("GET", address), until_s)

    def put(
        self, address: str, headers: Mapping[str, str], body: bytes, *, until_s: float = math.inf
    ) -> None:
        """Put an object at a presigned address."""
        self._object(Request("PUT", address, headers=headers, body=body), until_s)

    def _object(self, request: Request, until_s: float) -> urllib3.BaseHTTPResponse:
        answer = self._sender.send(request, until_s=until_s)
        if answer.status != 200:
            raise no_object(answer)
        return answer
