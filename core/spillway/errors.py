"""Every error that Spillway raises, and what becomes of the work that met it.

::

    SpillwayError
    ├── Rejected                 the caller's request: answered as a problem, nothing stored
    │   ├── BadRequest           400  not JSON, bad page token, bad header
    │   ├── Unauthorized         401  no key, or an unknown one: API Gateway answers this itself
    │   ├── Forbidden            403  the operator does not allow it
    │   ├── NotFound             404  no such job for this tenant, no such model
    │   ├── Conflict             409  the job's state does not permit it
    │   ├── Gone                 410  past its retention
    │   ├── TooLarge             413  over the API's limit
    │   ├── UnsupportedMedia     415  not application/json
    │   ├── Unprocessable        422  valid JSON, invalid request: `faults` name the fields
    │   ├── TooMany              429  over a limit; carries `retry_after_s`
    │   └── Unavailable          503  a dependency is down; carries `retry_after_s`
    ├── InferenceError           one attempt failed; `retryable` says whether another may help
    │   ├── InvalidPayload       failed at once
    │   ├── ModelLoadFailed      before any job is received: the task stops, another one loads
    │   ├── PredictionFailed     retried
    │   ├── AttemptTimedOut      retried
    │   └── OutOfMemory          retried, alone
    ├── Undelivered              one attempt to deliver failed: retried, as the schedule has it
    │   ├── DeliveryRefused      not retried: not allowed, or not an address to send to
    │   └── ReceiverGone         not retried: the webhook answered 410 and is disabled
    ├── MalformedMessage         buried: not a message of ours, so it goes to the DLQ as it stands
    ├── MalformedSecrets         a tenant's parameter holds no webhook secrets: its operator's fault
    ├── UpdateRefused            a conditional write found the job otherwise: the caller decides
    ├── JobExists                the job's id is taken: the caller compares fingerprints
    ├── UnknownModel             no queue of that name: answered as NotFound
    ├── ObjectMissing            no such object: answered as Gone, or the attempt fails
    ├── SettingsError            start-up stops; the message lists every fault at once
    └── …                        what goes wrong on a caller's side: spillway.client.errors
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.job import Job


class SpillwayError(Exception):
    """The root of the tree."""


# --- the caller's request -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request body: what, and where as a JSON Pointer (RFC 6901)."""

    detail: str
    pointer: str


class Rejected(SpillwayError):
    """The request is refused and nothing was stored.

    `slug` ends the problem's stable `type`; `retry_after_s` becomes the Retry-After header.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.faults = tuple(faults)
        self.retry_after_s = retry_after_s


class BadRequest(Rejected):
    """The request can't be read."""

    status, title = 400, "Bad request"


class Unauthorized(Rejected):
    """There is no key, or no tenant has it."""

    status, title = 401, "Unauthorized"


class Forbidden(Rejected):
    """The operator does not allow it."""

    status, title = 403, "Forbidden"


class NotFound(Rejected):
    """There is no such thing for this tenant."""

    status, title = 404, "Not found"


class Conflict(Rejected):
    """The job's present state does not permit it."""

    status, title = 409, "Conflict"


class Gone(Rejected):
    """It was there, and has passed its retention."""

    status, title = 410, "Gone"


class TooLarge(Rejected):
    """The body is over the API's limit."""

    status, title = 413, "Content too large"


class UnsupportedMedia(Rejected):
    """The body is not application/json."""

    status, title = 415, "Unsupported media type"


class Unprocessable(Rejected):
    """The body is JSON and not a valid request."""

    status, title = 422, "Invalid request"


class TooMany(Rejected):
    """A limit is reached; the same request may be sent again after `retry_after_s`."""

    status, title = 429, "Too many requests"


class Unavailable(Rejected):
    """A dependency did not answer; the same request may be sent again after `retry_after_s`."""

    status, title = 503, "Service unavailable"


# --- one attempt at a job -----------------------------------------------------------------------


class InferenceError(SpillwayError):
    """One attempt failed. `code` is the API's `error.code`, the exception's text its `message`."""

    code: ClassVar[str] = "prediction_failed"
    retryable: ClassVar[bool] = True


class InvalidPayload(InferenceError):
    """The model can't take this payload, and never will."""

    code, retryable = "invalid_payload", False


class ModelLoadFailed(InferenceError):
    """The model could not be fetched, verified or loaded."""

    code, retryable = "model_load_failed", True


class PredictionFailed(InferenceError):
    """The model raised while it computed."""

    code, retryable = "prediction_failed", True


class AttemptTimedOut(InferenceError):
    """The attempt ran longer than the job's `timeoutSeconds`."""

    code, retryable = "timeout", True


class OutOfMemory(InferenceError):
    """The attempt needed more memory than the task has."""

    code, retryable = "out_of_memory", True


# --- one attempt to deliver ---------------------------------------------------------------------


class Undelivered(SpillwayError):
    """The destination did not take it. The text is the delivery's `lastError`.

    `retry_after_s` is how long the receiver asked to be left alone, None where it did not.
    `answered` is HTTP's status, or AWS's code: all of the answer that is for our own log.
    """

    def __init__(
        self, detail: str, *, retry_after_s: int | None = None, answered: str | None = None
    ) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
        self.answered = answered


class DeliveryRefused(Undelivered):
    """The operator does not allow this destination, or nothing may be sent to its address."""


class ReceiverGone(Undelivered):
    """The webhook answered 410: it wants nothing any more."""


# --- between the parts --------------------------------------------------------------------------


class MalformedMessage(SpillwayError):
    """The message is not one of ours."""


class MalformedSecrets(SpillwayError):
    """The text holds no webhook secrets."""


class UpdateRefused(SpillwayError):
    """A conditional write found the job otherwise; `current` is the job as it is, None if gone."""

    def __init__(self, current: Job | None) -> None:
        super().__init__("no such job" if current is None else f"the job is {current.status}")
        self.current = current


class JobExists(SpillwayError):
    """The id is taken by `current`."""

    def __init__(self, current: Job) -> None:
        super().__init__(f"job {current.job_id} exists")
        self.current = current


class UnknownModel(SpillwayError):
    """No queue has this model's name."""


class ObjectMissing(SpillwayError):
    """No object has this key."""


class SettingsError(SpillwayError):
    """The environment does not hold valid settings; the message lists every fault."""
