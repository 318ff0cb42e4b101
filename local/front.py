"""Where requests arrive: the API at /v1, endpoints of our own, MiniStack for the rest.

MiniStack serves an API at /_aws/execute-api/<id>/<stage>/…, an address that changes with each
deploy; `Front` gives it the one address that the documentation shows. It also holds the gateway's
limit on a body's size, which MiniStack does not.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local import compatibility
from local.gateway_responses import gateway_response
from local.settings import STACK, STAGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    type Message = MutableMapping[str, Any]
    type Scope = MutableMapping[str, Any]
    type Receive = Callable[[], Awaitable[Message]]
    type Send = Callable[[Message], Awaitable[None]]
    type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

TASK_PREFIX = "/_task/"
RECEIVER_PREFIX = "/_receiver"
BODY_LIMIT_BYTES = 10_485_760


@dataclass(frozen=True)
class Request:
    """A request to one of our endpoints; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: str = ""


@dataclass(frozen=True)
class Reply:
    """What an endpoint answers."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Front:
    """The ASGI application that the emulator's server runs.

    `endpoints` answer what begins with their prefix (they may block: each runs in a thread).
    """

    def __init__(
        self, ministack: Application, endpoints: Mapping[str, Callable[[Request], Reply]]
    ) -> None:
        self._ministack = ministack
        self._endpoints = endpoints
        self._api_id = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one connection.

        Loopback counts as TLS here, since the template's policies deny what comes without.
        """
        scope = {**scope, "scheme": "https"} if scope["type"] == "http" else scope
        path = str(scope.get("path", ""))
        if scope["type"] != "http":
            await self._ministack(scope, receive, send)
        elif endpoint := self._endpoint(path):
            await _answer(endpoint, scope, receive, send)
        elif path.startswith(f"/{STAGE}/") and not _signed_for_another_service(scope):
            await self._answer_api(scope, receive, send)
        else:
            await self._ministack(scope, receive, send)

    def _endpoint(self, path: str) -> Callable[[Request], Reply] | None:
        return next(
            (each for prefix, each in self._endpoints.items() if path.startswith(prefix)), None
        )

    async def _answer_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        api_id = self._deployed_api()
        if not api_id:
            text = b'{"message":"the API is not deployed yet"}'
            await _reply(send, Reply(503, {"content-type": "application/json"}, text))
            return
        body, size_bytes = await _read(receive, BODY_LIMIT_BYTES)
        if size_bytes > BODY_LIMIT_BYTES:
            await _reply(send, _too_large(api_id, _headers(scope)))
            return
        # raw_path stays as the caller sent it, for it is what the caller signed.
        rewritten = {**scope, "path": f"/_aws/execute-api/{api_id}{scope['path']}"}
        await self._ministack(rewritten, _replay(body), send)

    def _deployed_api(self) -> str:
        """Return the id of the REST API that has the stage, "" before the first deploy.

        The API has its stack's name: other core stacks may have a stage of this name too.
        """
        stages = compatibility.name("services.apigateway_v1.stages_for_api")
        if STAGE not in stages(self._api_id):
            apis = compatibility.name("services.apigateway_v1._rest_apis").all_items()
            own_first = sorted(apis, key=lambda item: item[1].get("name") != STACK)
            ids = [str(key[-1]) for key, _ in own_first]
            self._api_id = next((i for i in ids if STAGE in stages(i)), "")
        return self._api_id


async def _answer(
    endpoint: Callable[[Request], Reply], scope: Scope, receive: Receive, send: Send
) -> None:
    body, size_bytes = await _read(receive)
    if size_bytes > BODY_LIMIT_BYTES:
        await _reply(send, Reply(413, {}, b""))
        return
    query = scope["query_string"].decode("latin-1")
    request = Request(scope["method"], scope["path"], _headers(scope), body, query)
    await _reply(send, await asyncio.to_thread(endpoint, request))


def _too_large(api_id: str, headers: Mapping[str, str]) -> Reply:
    """Answer as the stage's gateway response for too large a request says."""
    message = f"HTTP content length exceeded {BODY_LIMIT_BYTES} bytes."
    return Reply(*gateway_response(api_id, STAGE, "REQUEST_TOO_LARGE", message, headers))


def _signed_for_another_service(scope: Scope) -> bool:
    """Tell whether an AWS client meant one of its own services' /v1 paths."""
    authorization = _headers(scope).get("authorization", "")
    return "/aws4_request" in authorization and "/execute-api/aws4_request" not in authorization


def _headers(scope: Scope) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


async def _read(receive: Receive, limit_bytes: int = BODY_LIMIT_BYTES) -> tuple[bytes, int]:
    """Return the body and its size; all is read, what is over the limit is dropped."""
    body, size_bytes, more = bytearray(), 0, True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        size_bytes += len(chunk)
        if size_bytes <= limit_bytes:
            body += chunk
        more = bool(message.get("more_body", False))
    return bytes(body), size_bytes


def _replay(body: bytes) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def _reply(send: Send, reply: Reply) -> None:
    headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})
