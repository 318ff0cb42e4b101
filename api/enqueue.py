"""POST /v1/jobs, the hot path: from a request to a job that is stored and on its way.

Every client waits for this function's start, so it imports little: no framework, no validation
library, and no botocore (docs/decisions/0008).
"""

from __future__ import annotations

import functools
import importlib
import logging
import os
import random
import time
from typing import TYPE_CHECKING, Any

from spillway import log, request, submission
from spillway.answer import answer, internal_error, problem_answer
from spillway.aws import light
from spillway.aws.assembly import backend, now_ms
from spillway.destinations.allowed import Allowed
from spillway.errors import Fault, Rejected, Unprocessable
from spillway.identity import job_id_of_key, new_job_id
from spillway.intake import Order
from spillway.outcome import with_result
from spillway.settings import FunctionSettings
from spillway.view import accepted_document, job_document, job_path
from spillway.waiting import until_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.answer import Answer
    from spillway.intake import Intake
    from spillway.job import Job
    from spillway.ports import Bucket, Clock, JobStore
    from spillway.request import Event

LOG = logging.getLogger("spillway.enqueue")

RETRY_AFTER_S = 1


class Enqueue:
    """Answers submissions."""

    def __init__(
        self,
        settings: FunctionSettings,
        *,
        intake: Intake,
        store: JobStore,
        results: Bucket,
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._allowed = Allowed(settings.allowed_destinations, settings.own_arns)
        self._intake = intake
        self._store = store
        self._results = results
        self._clock = clock
        self._sleep = sleep

    def answer(self, event: Event) -> Answer:
        """Accept the job, or say why not."""
        # The gateway's patience counts from here: what accepting takes is waited for already.
        began_ms = self._clock()
        try:
            order = self._order(event)
            job = self._intake.accept(order)
            LOG.info("accepted", extra=_told(job))
            return self._answer(job, began_ms=began_ms, wait_s=request.wait_s(event))
        except Rejected as rejected:
            LOG.info("rejected", extra={"problem": rejected.slug, "status": rejected.status})
            return problem_answer(rejected)

    def _order(self, event: Event) -> Order:
        tenant = request.tenant(event, self._settings.auth_mode)
        key = request.idempotency_key(event)
        wanted = submission.parse(
            request.json_body(event),
            tenant=tenant,
            default_model=self._settings.default_model,
            allowed=self._allowed,
            loopback_webhooks=self._settings.loopback_webhooks,
        )
        if wanted.job_id and key:
            raise _two_names()
        job_id = wanted.job_id or (job_id_of_key(tenant, key) if key else None)
        return Order(
            tenant=tenant,
            job_id=job_id or new_job_id(self._clock()),
            wanted=wanted,
            is_repeatable=job_id is not None,
            traceparent=request.traceparent(event),
        )

    def _answer(self, job: Job, *, began_ms: int, wait_s: int) -> Answer:
        headers = {"Location": job_path(job.job_id)}
        if wait_s:
            headers["Preference-Applied"] = f"wait={wait_s}"
            until_ms = began_ms + wait_s * 1000
            over = until_over(
                self._store, job.key, until_ms=until_ms, clock=self._clock, sleep=self._sleep
            )
            if over is not None:
                return answer(200, job_document(with_result(over, self._results)), headers)
        headers["Retry-After"] = str(RETRY_AFTER_S)
        return answer(202, accepted_document(job), headers)


def handler(event: Event, context: Any) -> Answer:  # noqa: ANN401, ARG001
    """AWS Lambda's entry."""
    with log.context(**request.log_fields(event)):
        try:
            return _enqueue().answer(event)
        except Exception:
            LOG.exception("failed")
            return internal_error()


@functools.cache
def _enqueue() -> Enqueue:
    log.configure()
    settings = FunctionSettings.read(os.environ)
    parts = backend(
        settings,
        dynamodb=light.client("dynamodb"),
        sqs=light.client("sqs"),
        s3=light.client("s3"),
        functions=light.client("lambda"),
    )
    return Enqueue(
        settings,
        intake=parts.intake,
        store=parts.store,
        results=parts.results,
        clock=now_ms,
        sleep=time.sleep,
    )


def _two_names() -> Unprocessable:
    detail = "jobId: the Idempotency-Key header names the job already; give one of the two"
    return Unprocessable("invalid-request", detail, faults=[Fault(detail, "/jobId")])


def _told(job: Job) -> dict[str, object]:
    return {**log.of_job(job), "bytes": job.payload_bytes}


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # All that is restored from one snapshot would pause alike before it tries AWS again. The
    # module is in Lambda's own runtime alone.
    importlib.import_module("snapshot_restore_py").register_after_restore(random.seed)

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda gives a whole core to the initialization and a share of one to the first request.
    _enqueue()
