"""Requests as AWS's services take them over HTTP."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from spillway.aws.wire.checksum import CHECKSUM, checksum
from spillway.strict_json import compact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.aws.light.signature import Signer

_TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "application/x-amz-json-1.0"),
    "ecs": ("AmazonEC2ContainerServiceV20141113", "application/x-amz-json-1.1"),
    "sqs": ("AmazonSQS", "application/x-amz-json-1.0"),
    "ssm": ("AmazonSSM", "application/x-amz-json-1.1"),
}
_BACKOFF_S, _LONGEST_BACKOFF_S = 0.1, 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """One call; the headers' names are in lower case, the path is quoted."""

    operation: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


def json_request(service: str, name: str, parameters: Mapping[str, Any]) -> Request:
    """One call of the AWS JSON protocol: what botocore takes as parameters is the body itself.

    `name` is botocore's for the operation, such as `put_item`.
    """
    operation = "".join(map(str.capitalize, name.split("_")))
    target, media = _TARGETS[service]
    headers = {"content-type": media, "x-amz-target": f"{target}.{operation}"}
    return Request(operation, "POST", "/", headers, compact(parameters).encode())


def put_request(prefix: str, key: str, body: bytes, *, media_type: str) -> Request:
    """An object to be stored; `prefix` is what stands before keys in the bucket's address.

    S3 refuses it where the checksum is another, and gives the checksum to whoever reads it.
    """
    headers = {"content-type": media_type, CHECKSUM: checksum(body)}
    return Request("PutObject", "PUT", _path(prefix, key), headers, body)


def get_request(prefix: str, key: str) -> Request:
    """An object to be read, and its checksum where it was stored with one."""
    return Request("GetObject", "GET", _path(prefix, key), {"x-amz-checksum-mode": "ENABLED"})


def signed(request: Request, signer: Signer, *, host: str, prefix: str) -> dict[str, str]:
    """The request's headers and its signature, good for a few minutes by the service's clock.

    `prefix` is what stands before the path in the endpoint's address.
    """
    sha256 = hashlib.sha256(request.body).hexdigest()
    headers = {"host": host, **request.headers}
    path = prefix + request.path
    if signer.service == "s3":  # which wants to be told what is signed
        headers["x-amz-content-sha256"] = sha256
    else:  # every service but S3 takes the path quoted once more
        path = quote(path, safe="/~")
    instant = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return signer.sign(request.method, path, headers, sha256, instant)


def pause_s(attempt: int, jitter: float) -> float:
    """How long to wait after a failed attempt, counted from 1: doubling, with full jitter."""
    return min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2.0**attempt) * jitter


def _path(prefix: str, key: str) -> str:
    return f"{prefix}/{quote(key, safe='/~')}"
