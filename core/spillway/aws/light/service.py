"""One service's requests: signed, sent, and sent again where that may help."""

from __future__ import annotations

import random
import time
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING

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
from spillway.aws.wire.answer import refusal
from spillway.aws.wire.request import pause_s, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.aws.light.environment import Environment
    from spillway.aws.light.response import Reply
    from spillway.aws.wire.request import Request


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
        to = self._connection
        headers = signed(request, self._signer, host=to.host, prefix=to.prefix)
        try:
            reply = to.exchange(request.method, to.prefix + request.path, headers, request.body)
        except NotConnected as error:
            raise EndpointConnectionError(endpoint_url=self._endpoint, error=error) from error
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=self._endpoint, error=error) from error
        except (OSError, NoAnswer) as error:
            raise ConnectionClosedError(endpoint_url=self._endpoint, error=error) from error
        if reply.status >= 300:
            raise refusal(request.operation, reply.status, reply.body)
        return reply
