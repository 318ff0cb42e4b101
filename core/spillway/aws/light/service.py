"""One service's requests: signed, sent, and sent again where that may help."""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from spillway.aws.faults import is_passing
from spillway.aws.light.connection import Connection, Timeout
from spillway.aws.light.errors import NoAnswer, NotConnected
from spillway.aws.light.signature import Signer
from spillway.aws.timeouts import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spillway.aws.light.environment import Environment
    from spillway.aws.light.response import Reply

_BACKOFF_S, _LONGEST_BACKOFF_S = 0.1, 2.0
_XML_ERROR = re.compile(
    rb"<Error>.*?<Code>([^<]+)</Code>(?:.*?<Message>([^<]*)</Message>)?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Request:
    """One call; the headers' names are in lower case, the path is quoted."""

    operation: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Service:
    """Sends requests to one endpoint; threads take turns."""

    def __init__(
        self,
        name: str,
        endpoint: str,
        environment: Environment,
        timeout: Timeout,
        sleep: Callable[[float], None] = time.sleep,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._endpoint = endpoint
        self._connection = Connection(endpoint, timeout)
        self._signer = Signer(environment.credentials, environment.region, name)
        self._is_s3 = name == "s3"
        self._sleep = sleep
        self._attempts = attempts
        self._turn = Lock()

    def send(self, request: Request) -> Reply:
        """Return a successful answer.

        Raises:
            ClientError: the service refused; after retries, where its word was "later".
            EndpointConnectionError, HTTPClientError: it did not answer, after retries.

        """
        for attempt in count(1):
            try:
                with self._turn:
                    return self._send_once(request)
            except (ClientError, EndpointConnectionError, HTTPClientError) as error:
                if attempt == self._attempts or not is_passing(error):
                    raise
            self._sleep(pause_s(attempt, random.random()))  # noqa: S311 - jitter
        raise AssertionError("count() ends")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _send_once(self, request: Request) -> Reply:
        # Signed anew each time: a signature is good for a few minutes by the service's clock.
        headers = self._signed(request)
        path = self._connection.prefix + request.path
        try:
            reply = self._connection.exchange(request.method, path, headers, request.body)
        except NotConnected as error:
            raise EndpointConnectionError(endpoint_url=self._endpoint, error=error) from error
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=self._endpoint, error=error) from error
        except (OSError, NoAnswer) as error:
            raise ConnectionClosedError(endpoint_url=self._endpoint, error=error) from error
        if reply.status >= 300:
            raise refusal(request.operation, reply)
        return reply

    def _signed(self, request: Request) -> dict[str, str]:
        sha256 = hashlib.sha256(request.body).hexdigest()
        headers = {"host": self._connection.host, **request.headers}
        path = self._connection.prefix + request.path
        if self._is_s3:  # which wants to be told what is signed
            headers["x-amz-content-sha256"] = sha256
        else:  # every service but S3 takes the path quoted once more
            path = quote(path, safe="/~")
        instant = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        return self._signer.sign(request.method, path, headers, sha256, instant)


def pause_s(attempt: int, jitter: float) -> float:
    """How long to wait after a failed attempt, counted from 1: doubling, with full jitter."""
    return min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2.0**attempt) * jitter


def refusal(operation: str, reply: Reply) -> ClientError:
    """The error as botocore tells it: the service's code, its words, and what it sent along."""
    try:
        told = json.loads(reply.body)
    except (ValueError, RecursionError):
        told = {}
    fields: dict[str, Any] = told if isinstance(told, dict) else {}
    code = str(fields.get("__type", "")).rpartition("#")[2]
    message = str(fields.get("message") or fields.get("Message") or "")
    if not code and (match := _XML_ERROR.search(reply.body)):
        code, message = (part.decode(errors="replace") for part in match.groups(b""))
    response = {
        **fields,
        "Error": {"Code": code or str(reply.status), "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": reply.status},
    }
    return ClientError(response, operation)  # type: ignore[arg-type]
