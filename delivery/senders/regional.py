"""What all destinations on AWS have: a client in the region of each, and the same failures."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from spillway.aws.faults import code
from spillway.errors import Undelivered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAKING = threading.Lock()
"""boto3's session is not safe between threads, its clients are: https://boto3.amazonaws.com/v1/
documentation/api/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients"""


MOST = 8
"""Clients kept of one service: a caller may make up regions, and each client takes megabytes."""


class Regional[T]:
    """One service's clients, one for each region that was asked for of late."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make
        self._made: dict[str, T] = {}

    def of(self, arn: str) -> T:
        """The client for the region of this ARN."""
        region = arn.split(":")[3]
        with _MAKING:
            made = self._made.pop(region) if region in self._made else self._make(region)
            if len(self._made) >= MOST:
                del self._made[next(iter(self._made))]
            self._made[region] = made
            return made


@contextmanager
def answering(service: str) -> Iterator[None]:
    """Raise `Undelivered` in the place of what the service, or the way to it, failed with.

    Of an answer only the code is told: AWS's messages name roles, accounts and requests of the
    operator's, and the error is shown to the job's caller.
    """
    try:
        yield
    except ClientError as error:
        answered = code(error)
        detail = f"{service} answered {answered or 'with an error'}"
        raise Undelivered(detail, answered=answered) from error
    except BotoCoreError as error:
        raise Undelivered(f"{service} did not answer ({type(error).__name__})") from error
