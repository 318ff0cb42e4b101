"""From a valid request to a job that is stored and on its way: accepted means durable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway import message
from spillway.destinations.destination import to_text
from spillway.errors import (
    Fault,
    JobExists,
    NotFound,
    ObjectMissing,
    TooMany,
    UnknownModel,
    Unprocessable,
)
from spillway.event import EventType
from spillway.job import Job, Status

if TYPE_CHECKING:
    from spillway.destinations.defaults import DefaultDestinations
    from spillway.destinations.destination import Destination
    from spillway.ports import Bucket, Clock, JobStore, Queue, Queues
    from spillway.submission import Submission
    from spillway.waking import Waking

INLINE_BYTES = 8 * 1024
"""Up to this size a payload is kept in the job's item, and the enqueue path makes no call to S3.
The bound is that of small results; docs/decisions/0003 has what it costs."""
MESSAGE_BYTES = 200 * 1024
"""Up to this size a payload travels in the message; a larger one is fetched by the worker."""
OBJECT_BYTES = 64 * 1024 * 1024
"""The largest payload a worker fetches: it is held in memory as text and as values."""
DEPTH_AGE_MS = 5_000
"""How long a queue's depth is believed before it is asked for again."""

_DAY_S = 86_400
_PAYLOAD_KEY = re.compile(
    r"(?:uploads|payloads)/(?P<tenant>[A-Za-z0-9_-]+)/[A-Za-z0-9_-]{1,64}(?:/[0-9a-f]{13,16}\.json)?"
)
"""Nothing else is asked of S3: no `..` that something on the way might resolve."""


@dataclass(frozen=True, slots=True)
class Order:
    """One request to accept, with what its headers said.

    `is_repeatable`: the caller chose the id, so the same request may come again.
    """

    tenant: str
    job_id: str
    wanted: Submission
    is_repeatable: bool
    retry_of: str | None = None
    traceparent: str | None = None


class Intake:
    """Accepts jobs: one conditional put, one send.

    `defaults` tells where a job that names no destinations is told of.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        queues: Queues,
        inputs: Bucket,
        defaults: DefaultDestinations,
        clock: Clock,
        backlog_limit: int,
        retention_days: int,
        waking: Waking | None = None,
    ) -> None:
        self._store = store
        self._queues = queues
        self._inputs = inputs
        self._clock = clock
        self._backlog_limit = backlog_limit
        self._retention_days = retention_days
        self._waking = waking
        self._defaults = defaults
        self._depths: dict[str, tuple[int, int]] = {}

    def accept(self, order: Order) -> Job:
        """Store the job and send its message; return it as first accepted.

        Raises:
            NotFound: no such model.
            TooMany: the model's backlog is over the operator's limit.
            Unprocessable: `payloadUri` is not the tenant's, or the id names another request.
            Unavailable: nothing was accepted; the same request may be sent again.

        """
        queue = self._queue(order.wanted.model)
        self._check_backlog(order.wanted.model, queue)
        job = self._new_job(order)
        try:
            self._store.put(job)
        except JobExists as exists:
            return self._repeat(exists.current, job, order, queue)
        try:
            self._send(job, order, queue)
        except NotFound:
            self._store.forget(job.key)
            raise
        except Exception:
            if not order.is_repeatable:
                self._store.forget(job.key)
            raise
        self._wake(job.model)
        return job

    def _queue(self, model: str) -> Queue:
        try:
            return self._queues.find(model)
        except UnknownModel:
            raise _no_such_model(model) from None

    def _check_backlog(self, model: str, queue: Queue) -> None:
        if not self._backlog_limit:
            return
        asked_ms, backlog = self._depths.get(model, (0, 0))
        if self._clock() - asked_ms >= DEPTH_AGE_MS:
            try:
                depth = queue.depth()
            except UnknownModel:
                raise _no_such_model(model) from None
            backlog = depth.visible + depth.in_flight + depth.delayed
            self._depths[model] = (self._clock(), backlog)
        if backlog >= self._backlog_limit:
            detail = f"model {model} has {backlog} jobs waiting, its limit is {self._backlog_limit}"
            raise TooMany("backlog-full", detail, retry_after_s=30)

    def _new_job(self, order: Order) -> Job:
        now_ms, wanted = self._clock(), order.wanted
        expires_at_ms = now_ms + wanted.ttl_s * 1000
        destinations = self._destinations(order)
        payload_bytes, payload_uri = self._keep_payload(order)
        return Job(
            tenant=order.tenant,
            job_id=order.job_id,
            model=wanted.model,
            status=Status.QUEUED,
            created_at_ms=now_ms,
            expires_at_ms=expires_at_ms,
            due_at_ms=expires_at_ms,
            timeout_s=wanted.timeout_s,
            # A job outlives its deadline by a day at least, or it could vanish before it ends.
            delete_at_s=max(
                now_ms // 1000 + self._retention_days * _DAY_S, expires_at_ms // 1000 + _DAY_S
            ),
            fingerprint=wanted.fingerprint,
            payload=wanted.payload if payload_uri is None else None,
            payload_uri=payload_uri,
            payload_bytes=payload_bytes,
            metadata=wanted.metadata,
            destinations=to_text(destinations) if destinations else None,
            tells_start=any(EventType.STARTED in each.events for each in destinations),
            retry_of=order.retry_of,
            traceparent=order.traceparent,
        )

    def _destinations(self, order: Order) -> tuple[Destination, ...]:
        chosen = order.wanted.destinations
        return self._defaults.of(order.tenant) if chosen is None else chosen

    def _keep_payload(self, order: Order) -> tuple[int, str | None]:
        wanted = order.wanted
        folder = f"payloads/{order.tenant}/{order.job_id}"
        if wanted.payload_uri is not None:
            # The instant keeps a repeat of this request from copying what has been uploaded since.
            key = f"{folder}/{self._clock()}.json"
            return self._copy(order.tenant, wanted.payload_uri, key), self._inputs.uri(key)
        # The fingerprint keeps another request under the same id from overwriting this payload.
        key = f"{folder}/{wanted.fingerprint[:16]}.json"
        body = (wanted.payload or "").encode()
        if len(body) <= INLINE_BYTES:
            return len(body), None
        self._inputs.put(key, body)
        return len(body), self._inputs.uri(key)

    def _copy(self, tenant: str, uri: str, key: str) -> int:
        """Give the job a payload of its own, which no later upload changes and no age outruns."""
        source = self._uploaded(tenant, uri)
        try:
            self._inputs.copy(source, key)
            size = self._inputs.size(key)
        except ObjectMissing:
            raise _bad_uri("payloadUri: nothing has been uploaded there") from None
        if size > OBJECT_BYTES:
            raise _bad_uri(f"payloadUri: {size} bytes, at most {OBJECT_BYTES} are taken")
        return size

    def _uploaded(self, tenant: str, uri: str) -> str:
        key = self._inputs.key(uri)
        match = _PAYLOAD_KEY.fullmatch(key or "")
        if key is None or match is None or match["tenant"] != tenant:
            raise _bad_uri("payloadUri: not an object that POST /v1/uploads gave this tenant")
        return key

    def _repeat(self, existing: Job, job: Job, order: Order, queue: Queue) -> Job:
        # The same request may be our own put, sent twice because its first answer was lost.
        if existing.fingerprint != job.fingerprint:
            raise Unprocessable(
                "key-reused",
                f"job {job.job_id} was made by another request with the same key",
                faults=[Fault("jobId or Idempotency-Key: used for another request", "/jobId")],
            )
        if existing.status is Status.QUEUED and existing.attempts == 0:
            self._send(existing, order, queue)
            self._wake(existing.model)
        return existing

    def _send(self, job: Job, order: Order, queue: Queue) -> None:
        payload = order.wanted.payload if job.payload_bytes <= MESSAGE_BYTES else None
        body = message.encode(job, payload=payload)
        try:
            queue.send(body, group=job.tenant)
        except UnknownModel:
            raise _no_such_model(job.model) from None

    def _wake(self, model: str) -> None:
        """After all else: the job is durable by now, and whether this works changes nothing."""
        if self._waking is not None:
            self._waking.wake(model)


def _no_such_model(model: str) -> NotFound:
    return NotFound("no-such-model", f"model: there is no model {model}")


def _bad_uri(detail: str) -> Unprocessable:
    return Unprocessable("invalid-request", detail, faults=[Fault(detail, "/payloadUri")])
