"""The API's documents as values: camelCase there, snake_case and units here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from spillway.client.deliveries import Delivery
from spillway.client.errors import JobFailed
from spillway.destinations.destination import Destination, from_document
from spillway.job import JobError, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Document = Mapping[str, Any]

_NOTHING: Document = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the API showed it once. None stands for what it did not say.

    The answer to a submit says little: ask for the job to know more. `result` is there only where
    it is small or was waited for, which `has_result` tells, since a result may be null.
    `document` is what all of it was read from.
    """

    job_id: str
    model: str
    status: Status
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    ttl_s: int | None = None
    timeout_s: int | None = None
    attempts: int = 0
    model_version: str | None = None
    payload_bytes: int | None = None
    payload_uri: str | None = None
    has_result: bool = False
    result: Any = field(default=None, hash=False)
    result_uri: str | None = None
    error: JobError | None = None
    queue_ms: int | None = None
    run_ms: int | None = None
    queue_position: int | None = None
    retry_of: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    destinations: tuple[Destination, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    document: Document = field(default=_NOTHING, repr=False, compare=False)

    @property
    def is_over(self) -> bool:
        """Whether the job has ended, for good."""
        return self.status.is_terminal

    def raise_for_status(self) -> Self:
        """The job itself; raises `JobFailed` where it ended without a result."""
        if self.is_over and self.status is not Status.SUCCEEDED:
            raise JobFailed(self)
        return self

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a `Job` or an `Accepted` of the API; raises KeyError or ValueError."""
        payload, timings = document.get("payload", _NOTHING), document.get("timings", _NOTHING)
        result = document.get("result", _NOTHING)
        return cls(
            job_id=document["jobId"],
            model=document["model"],
            status=Status(document["status"]),
            created_at=datetime.fromisoformat(document["createdAt"]),
            started_at=_instant(document.get("startedAt")),
            completed_at=_instant(document.get("completedAt")),
            expires_at=_instant(document.get("expiresAt")),
            ttl_s=document.get("ttlSeconds"),
            timeout_s=document.get("timeoutSeconds"),
            attempts=document.get("attempts", 0),
            model_version=document.get("modelVersion"),
            payload_bytes=payload.get("bytes"),
            payload_uri=payload.get("uri"),
            has_result="inline" in result,
            result=result.get("inline"),
            result_uri=result.get("uri"),
            error=_error(document.get("error")),
            queue_ms=timings.get("queueMs"),
            run_ms=timings.get("runMs"),
            queue_position=document.get("queuePosition"),
            retry_of=document.get("retryOf"),
            metadata=document.get("metadata", {}),
            destinations=tuple(map(from_document, document.get("destinations", ()))),
            deliveries=tuple(map(Delivery.of, document.get("deliveries", ()))),
            document=document,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """A model's tasks when last observed: running, starting, asked for, and needed by its work."""

    running: int
    pending: int
    desired: int
    required: int
    observed_at: datetime

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a `Tasks` of the API; raises KeyError or ValueError."""
        return cls(
            running=document["running"],
            pending=document["pending"],
            desired=document["desired"],
            required=document["required"],
            observed_at=datetime.fromisoformat(document["observedAt"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A change of how many tasks a model is asked to have."""

    at: datetime
    before: int
    after: int
    reason: str

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a `Decision` of the API; raises KeyError or ValueError."""
        return cls(
            at=datetime.fromisoformat(document["at"]),
            before=document["from"],
            after=document["to"],
            reason=document["reason"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that jobs can name. Its counts are about right, and None where nobody could say.

    `seconds_per_job` is as measured, None before a first job is done. `decisions` are the last
    few, the newest first.
    """

    name: str
    max_tasks: int
    max_attempts: int
    lease_s: int
    backlog: int | None = None
    in_flight: int | None = None
    tasks: Tasks | None = None
    seconds_per_job: float | None = None
    decisions: tuple[Decision, ...] = ()
    document: Document = field(default=_NOTHING, repr=False, compare=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a `Model` of the API; raises KeyError or ValueError."""
        return cls(
            name=document["model"],
            max_tasks=document["maxTasks"],
            max_attempts=document["maxAttempts"],
            lease_s=document["leaseSeconds"],
            backlog=document.get("backlog"),
            in_flight=document.get("inFlight"),
            tasks=Tasks.of(document["tasks"]) if "tasks" in document else None,
            seconds_per_job=document.get("secondsPerJob"),
            decisions=tuple(map(Decision.of, document.get("decisions", ()))),
            document=document,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Jobs of a list; without a token, they are its last."""

    items: Sequence[Job]
    next_token: str | None

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a `Jobs` of the API; raises KeyError or ValueError."""
        return cls([Job.of(job) for job in document["jobs"]], document.get("nextPageToken"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where to put an upload, with which headers, and how a job names it."""

    upload_url: str
    payload_uri: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read an `Upload` of the API; raises KeyError."""
        return cls(document["uploadUrl"], document["payloadUri"], document["headers"])


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A payload that lies in the InputBucket already, to be submitted in a payload's place."""

    payload_uri: str


def models(document: Document) -> Sequence[Model]:
    """Read a `Models` of the API; raises KeyError or ValueError."""
    return [Model.of(model) for model in document["models"]]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _error(document: Document | None) -> JobError | None:
    if document is None:
        return None
    return JobError(document["code"], document["message"], document["retryable"])
