"""What a dead letter is, and what may become of it: rules without I/O.

Terminal states are final, so a message of a job that is over does nothing if it is sent again. It
is the job that decides:

- it still waits or runs (SQS moved its message, or its worker was lost while it buried a copy):
  the message goes back into its queue, and a second copy there is harmless;
- it FAILED or EXPIRED: a new job like it is made, under the very id that POST …/retry gives it, so
  that whoever asks, and however often, there is one;
- it succeeded, was cancelled, or is gone: nothing can come of the message any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spillway.errors import MalformedMessage
from spillway.job import Status
from spillway.message import Message, decode
from spillway.view import instant

if TYPE_CHECKING:
    from spillway.job import Job, JobKey


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message in a model's DLQ. `receipt` is good for this receive alone.

    `reason` is what its worker buried it for, None where SQS moved it after `MaxReceives`.
    `message` is None where the body is none of this model's messages; `fault` then says why.
    """

    model: str
    message_id: str
    receipt: str
    body: str
    sent_ms: int
    receives: int
    reason: str | None
    message: Message | None
    fault: str | None

    @property
    def key(self) -> JobKey | None:
        """The job that it is of."""
        return None if self.message is None else self.message.key


@dataclass(frozen=True, slots=True)
class SendBack:
    """Its job is not over: the message goes back into its queue."""


@dataclass(frozen=True, slots=True)
class RunAgain:
    """Its job did not succeed: a new one like it is made."""

    job: Job


@dataclass(frozen=True, slots=True)
class Spent:
    """Nothing can come of it any more: it is deleted where that was asked for."""

    why: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """What becomes of it will be known later: it stays."""

    why: str


type Fate = SendBack | RunAgain | Spent | NotYet


def read(model: str, body: str) -> tuple[Message | None, str | None]:
    """The message in a body, or why it is none of this model's."""
    try:
        message = decode(body)
    except MalformedMessage as error:
        return None, str(error)
    if message.model != model:
        return None, f"model: expected {model}, got {message.model}"
    return message, None


def fate(letter: DeadLetter, job: Job | None, *, now_ms: int) -> Fate:
    """Decide on a letter by its job as it is now, None where there is none."""
    if letter.message is None:
        return Spent(f"not a message of Spillway's: {letter.fault}")
    if job is None:
        return Spent("its job has passed its retention")
    return _fate_by_status(job, now_ms)


def _fate_by_status(job: Job, now_ms: int) -> Fate:
    match job.status:
        case Status.QUEUED if job.expires_at_ms <= now_ms:
            return NotYet("its job's ttlSeconds are over: it EXPIRES within a minute")
        case Status.QUEUED | Status.RUNNING:
            return SendBack()
        case Status.FAILED | Status.EXPIRED:
            return RunAgain(job)
        case Status.CANCELLED:
            return Spent("its job was cancelled")
        case Status.SUCCEEDED:
            return Spent("its job has succeeded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which letters are meant: all that hold. `name` is a job's id or a message's.

    A job's id is its tenant's own: those of several tenants may have one and the same.
    """

    name: str | None = None
    tenant: str | None = None
    reason: str | None = None
    older_than_s: int | None = None

    def takes(self, letter: DeadLetter, *, now_ms: int) -> bool:
        """Whether a letter is among them."""
        names = {letter.message_id, letter.message.job_id if letter.message else None}
        if self.name is not None and self.name not in names:
            return False
        if self.tenant is not None and self.tenant != tenant_of(letter):
            return False
        if self.reason is not None and reason_code(letter) != self.reason:
            return False
        return self.older_than_s is None or now_ms - letter.sent_ms >= self.older_than_s * 1000


def tenant_of(letter: DeadLetter) -> str | None:
    """The tenant whose job it is of, None where it is of no job."""
    return letter.message.tenant if letter.message else None


def reason_code(letter: DeadLetter) -> str:
    """The reason in one word; `moved_by_sqs` where there is none."""
    return letter.reason.partition(":")[0] if letter.reason else "moved_by_sqs"


def document(letter: DeadLetter, job: Job | None) -> dict[str, Any]:
    """A letter as it is listed."""
    message = letter.message
    return {
        "messageId": letter.message_id,
        "model": letter.model,
        "jobId": message.job_id if message else None,
        "tenant": tenant_of(letter),
        "reason": letter.reason or reason_code(letter),
        "sentAt": instant(letter.sent_ms),
        "status": job.status.value if job else None,
        "attempts": job.attempts if job else None,
    }
