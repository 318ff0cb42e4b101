"""Which of AWS's errors mean "try again later": those become `Unavailable`, others stay bugs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, CredentialRetrievalError, HTTPClientError
from botocore.exceptions import ConnectionError as BrokenConnection
from botocore.exceptions import IncompleteReadError as CutShort

from spillway.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

RETRY_AFTER_S = 5

_BROKEN = (BrokenConnection, CredentialRetrievalError, CutShort, HTTPClientError)
"""No common base: a refused connection is no HTTPClientError, a body that ends early is neither.
A role's credentials come over HTTP too, and are fetched anew each few hours."""
_PASSING = frozenset(
    (
        "BandwidthLimitExceeded",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "KMSThrottlingException",
        "KmsThrottled",
        "LimitExceededException",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    )
)


def code(error: ClientError) -> str:
    """The service's name for the error."""
    return bare(str(error.response.get("Error", {}).get("Code", "")))


def bare(name: str) -> str:
    """An error's name without the prefix (`AWS.SimpleQueueService.`) that SQS may give it."""
    return name.rpartition(".")[2]


@contextmanager
def translated(service: str) -> Iterator[None]:
    """Raise `Unavailable` in the place of throttles, outages and broken connections.

    botocore has retried by then; what is left is for the caller, or the queue, to retry.
    """
    try:
        yield
    except _BROKEN as error:
        raise unavailable(service, type(error).__name__) from error
    except ClientError as error:
        if is_passing(error):
            raise unavailable(service, code(error) or str(_status(error))) from error
        raise


def is_passing(error: Exception) -> bool:
    """Whether the same call may succeed later: a throttle, an outage, a broken connection."""
    if isinstance(error, ClientError):
        status = _status(error)
        return code(error) in _PASSING or status == 429 or status >= 500
    return isinstance(error, _BROKEN)


def unavailable(service: str, reason: str) -> Unavailable:
    """The error for a service that did not answer; `reason` is its own word for why."""
    detail = f"{service} did not answer ({reason})"
    return Unavailable("dependency-unavailable", detail, retry_after_s=RETRY_AFTER_S)


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
