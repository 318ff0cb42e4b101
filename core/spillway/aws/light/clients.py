"""Clients with the calls of botocore's own."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from spillway.aws.light.connection import Timeout
from spillway.aws.light.environment import Environment, read
from spillway.aws.light.service import Service
from spillway.aws.timeouts import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, WAKE_ATTEMPTS
from spillway.aws.wire.answer import json_answer
from spillway.aws.wire.request import Request, json_request, put_request

if TYPE_CHECKING:
    from collections.abc import Callable


class JsonClient:
    """A service of the AWS JSON protocol: what botocore takes as parameters is the body itself.

    Any operation works whose parameters and answer are JSON, without bytes or instants.
    """

    def __init__(self, name: str, environment: Environment) -> None:
        self._service = Service(name, environment.endpoint(name), environment, _timeout(name))
        self._name = name

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """The operation that botocore gives this name."""
        if name.startswith("_"):
            raise AttributeError(name)
        call = partial(self._call, name)
        setattr(self, name, call)  # found without this method from now on
        return call

    def close(self) -> None:
        """Close the connection."""
        self._service.close()

    def _call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        reply = self._service.send(json_request(self._name, operation, parameters))
        return json_answer(reply.body)


class S3Client:
    """S3: objects are put by this client; any other call is botocore's, loaded when first asked."""

    def __init__(self, environment: Environment, full: Callable[[], Any]) -> None:
        self._environment = environment
        self._full = cache(full)
        self._buckets: dict[str, tuple[Service, str]] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:  # noqa: N803
        """Put an object of up to 5 GB."""
        service, prefix = self._bucket(Bucket)
        service.send(put_request(prefix, Key, Body, media_type=ContentType))
        return {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Any other call."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._full(), name)

    def close(self) -> None:
        """Close the connections of this client."""
        for service, _ in self._buckets.values():
            service.close()

    def _bucket(self, bucket: str) -> tuple[Service, str]:
        if bucket not in self._buckets:
            endpoint, prefix = self._environment.bucket_endpoint(bucket)
            service = Service("s3", endpoint, self._environment, _timeout("s3"))
            self._buckets[bucket] = service, prefix
        return self._buckets[bucket]


class LambdaClient:
    """Lambda: functions are invoked, nothing else."""

    def __init__(self, environment: Environment) -> None:
        endpoint = environment.endpoint("lambda")
        self._service = Service(
            "lambda", endpoint, environment, _timeout("lambda"), attempts=WAKE_ATTEMPTS
        )

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """Invoke a function; of its answer only the status is told."""
        path = f"/2015-03-31/functions/{quote(FunctionName, safe='~')}/invocations"
        headers = {"x-amz-invocation-type": InvocationType}
        reply = self._service.send(Request("Invoke", "POST", path, headers, Payload))
        return {"StatusCode": reply.status}

    def close(self) -> None:
        """Close the connection."""
        self._service.close()


def client(service: str) -> Any:  # noqa: ANN401 - one of three clients with botocore's calls
    """A light client of dynamodb, ecs, lambda, s3, sqs or ssm; threads that share it take turns.

    Where the environment asks for more than it can do, botocore's.
    """
    environment = read(os.environ)
    if environment is None:
        return _full(service)
    if service == "s3":
        return S3Client(environment, partial(_full, "s3"))
    if service == "lambda":
        return LambdaClient(environment)
    return JsonClient(service, environment)


def _full(service: Any) -> Any:  # noqa: ANN401
    from spillway.aws import clients  # noqa: PLC0415 - botocore takes longer than all else here

    return clients.client(service)


def _timeout(service: str) -> Timeout:
    return Timeout(CONNECT_TIMEOUT_S, READ_TIMEOUT_S[service])
