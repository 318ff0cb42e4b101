"""Clients with the calls of botocore's own, to be awaited."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.exceptions import NoCredentialsError

from spillway.aws.aio.endpoints import bucket_endpoint, service_endpoint
from spillway.aws.aio.keys import Keys
from spillway.aws.aio.service import Service
from spillway.aws.light.connection import Timeout
from spillway.aws.timeouts import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from spillway.aws.wire.answer import json_answer
from spillway.aws.wire.request import get_request, json_request, put_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from spillway.aws.aio.endpoints import Endpoint


class JsonClient:
    """A service of the AWS JSON protocol: what botocore takes as parameters is the body itself.

    Any operation works whose parameters and answer are JSON, without bytes or instants.
    """

    def __init__(self, name: str, service: Service) -> None:
        self._name = name
        self._service = service

    def __getattr__(self, name: str) -> Callable[..., Awaitable[dict[str, Any]]]:
        """The operation that botocore gives this name."""
        if name.startswith("_"):
            raise AttributeError(name)
        call = partial(self._call, name)
        setattr(self, name, call)  # found without this method from now on
        return call

    async def _call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        request = json_request(self._name, operation, parameters)
        wait_s = parameters.get("WaitTimeSeconds", 0)  # a long poll is no silence
        return json_answer(await self._service.send(request, wait_s=wait_s))


class ObjectClient:
    """The objects of one bucket."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def put(self, key: str, body: bytes, *, media_type: str) -> None:
        """Store an object of up to 5 GB."""
        await self._service.send(put_request("", key, body, media_type=media_type))

    async def get(self, key: str, *, most_bytes: int) -> bytes:
        """Return an object, or raise `TooLarge`."""
        return await self._service.send(get_request("", key), most_bytes=most_bytes)


class Clients:
    """Makes clients that share the process's credentials, and closes them together."""

    def __init__(self, keys: Keys, closing: AsyncExitStack) -> None:
        self._keys = keys
        self._closing = closing

    def json(self, name: Literal["dynamodb", "sqs"]) -> JsonClient:
        """A client of this service."""
        return JsonClient(name, self._service(service_endpoint(name)))

    def objects(self, bucket: str) -> ObjectClient:
        """A client of this bucket."""
        return ObjectClient(self._service(bucket_endpoint(bucket)))

    def _service(self, endpoint: Endpoint) -> Service:
        timeout = Timeout(CONNECT_TIMEOUT_S, READ_TIMEOUT_S[endpoint.service])
        service = Service(endpoint, self._keys, timeout)
        self._closing.push_async_callback(service.close)
        return service


@asynccontextmanager
async def clients() -> AsyncIterator[Clients]:
    """Clients for as long as the block lasts; credentials, region and endpoints as botocore's.

    Raises:
        NoCredentialsError: there are none to be found.

    """
    source = boto3.Session().get_credentials()
    if source is None:
        raise NoCredentialsError
    async with AsyncExitStack() as closing:
        yield Clients(Keys(source), closing)
