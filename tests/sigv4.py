"""Requests signed with SigV4, as a caller of an API with AuthMode=Iam signs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from collections.abc import Generator

    from botocore.credentials import Credentials


class SigV4(httpx.Auth):
    """Signs each request for API Gateway's `execute-api` with these credentials."""

    requires_request_body = True

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._signer = SigV4Auth(credentials, "execute-api", region)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        unsigned = AWSRequest(request.method, str(request.url), data=request.content)
        self._signer.add_auth(unsigned)
        request.headers.update(dict(unsigned.headers.items()))
        yield request
