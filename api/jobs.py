"""Everything of the API but POST /v1/jobs: what has become of jobs, and what may be done about it.

Routes translate: each reads its request, calls the rule in `spillway`, prints the answer.
"""

from __future__ import annotations

import functools
import logging
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from api.routing import PageQuery, query, resolved, resolver, response
from spillway import log, paging, request
from spillway.answer import answer
from spillway.aws import light
from spillway.aws.assembly import backend, now_ms
from spillway.aws.clients import client
from spillway.aws.deliveries import DynamoDeliveries
from spillway.aws.figures import DynamoFigures
from spillway.aws.registry import SsmRegistry
from spillway.cancellation import cancel
from spillway.catalog import catalog_document
from spillway.deliveries.of_job import known_deliveries
from spillway.job import Status  # noqa: TC001 (pydantic reads ListQuery's annotations)
from spillway.listing import Filter, newest
from spillway.lookup import find, key_of, queue_position
from spillway.openapi import published
from spillway.outcome import RETRY_AFTER_S, Elsewhere, result_of
from spillway.rerun import order_again
from spillway.settings import FunctionSettings
from spillway.upload import upload_document
from spillway.view import accepted_document, job_document, job_path, listed_document

if TYPE_CHECKING:
    from spillway.answer import Answer
    from spillway.intake import Intake
    from spillway.ports import (
        Bucket,
        Clock,
        DeliveryStore,
        Figures,
        JobStore,
        Queues,
        Registry,
    )
    from spillway.request import Event

LOG = logging.getLogger("spillway.jobs")

RESULT_LINK_S = 900
"""How long the address of a result is good for."""

app = resolver(LOG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the routes work with."""

    settings: FunctionSettings
    intake: Intake
    store: JobStore
    queues: Queues
    registry: Registry
    figures: Figures
    deliveries: DeliveryStore
    inputs: Bucket
    results: Bucket
    clock: Clock


class ListQuery(PageQuery):
    """The query of GET /jobs."""

    status: Status | None = None
    model: str | None = Field(default=None, min_length=1, max_length=39)


@app.get("/jobs")
def list_jobs() -> Response[str]:
    """The tenant's jobs, the newest first."""
    tenant, asked = _tenant(), query(ListQuery, _event())
    wanted = Filter(asked.status, asked.model)
    scope = (tenant, *wanted.scope)
    page = newest(
        _parts().store,
        tenant,
        wanted,
        size=paging.page_size(asked.page_size),
        before=paging.last_key(asked.page_token, scope=scope),
    )
    document: dict[str, Any] = {"jobs": [listed_document(job) for job in page.jobs]}
    if page.last_key is not None:
        document["nextPageToken"] = paging.token(page.last_key, scope=scope)
    return response(answer(200, document))


@app.get("/jobs/<job_id>")
def get_job(job_id: str) -> Response[str]:
    """One job."""
    parts = _parts()
    job = find(parts.store, _tenant(), job_id)
    document = job_document(
        job,
        queue_position=queue_position(job, parts.queues),
        deliveries=known_deliveries(job, parts.deliveries),
    )
    headers = {} if job.status.is_terminal else {"Retry-After": str(RETRY_AFTER_S)}
    return response(answer(200, document, headers))


@app.get("/jobs/<job_id>/result")
def get_result(job_id: str) -> Response[str]:
    """The result itself, or where it lies."""
    parts = _parts()
    result = result_of(find(parts.store, _tenant(), job_id), parts.results)
    if isinstance(result, Elsewhere):
        url = parts.results.presign_get(result.key, expires_s=RESULT_LINK_S)
        return Response(302, body="", headers={"Location": url, "Cache-Control": "no-store"})
    return Response(200, content_type="application/json", body=result)


@app.post("/jobs/<job_id>/cancel")
def cancel_job(job_id: str) -> Response[str]:
    """The job, cancelled."""
    parts = _parts()
    job = cancel(parts.store, key_of(_tenant(), job_id), now_ms=parts.clock())
    LOG.info("cancelled", extra=log.of_change(job))
    return response(answer(200, job_document(job)))


@app.post("/jobs/<job_id>/retry")
def retry_job(job_id: str) -> Response[str]:
    """A new job like one that did not succeed."""
    parts, event = _parts(), _event()
    order = order_again(
        find(parts.store, _tenant(), job_id),
        idempotency_key=request.idempotency_key(event),
        inputs=parts.inputs,
        traceparent=request.traceparent(event),
    )
    job = parts.intake.accept(order)
    LOG.info("accepted", extra={**log.of_job(job), "retryOf": job_id})
    headers = {"Location": job_path(job.job_id), "Retry-After": str(RETRY_AFTER_S)}
    return response(answer(202, accepted_document(job), headers))


@app.post("/uploads")
def create_upload() -> Response[str]:
    """Where to put a payload that is too large for a request."""
    parts = _parts()
    document = upload_document(
        parts.inputs, _tenant(), upload_id=str(uuid.uuid4()), now_ms=parts.clock()
    )
    return response(answer(201, document))


@app.get("/models")
def list_models() -> Response[str]:
    """The models, with how much waits for each, its tasks and what was last decided of them."""
    _tenant()
    parts = _parts()
    return response(answer(200, catalog_document(parts.registry, parts.queues, parts.figures)))


@app.get("/openapi.json")
def get_document() -> Response[str]:
    """The document that this API is deployed from."""
    return response(answer(200, _document()))


def handler(event: dict[str, Any], context: Any) -> Answer:  # noqa: ANN401
    """AWS Lambda's entry."""
    return resolved(app, event, context)


def _event() -> Event:
    return app.current_event.raw_event


def _tenant() -> str:
    return request.tenant(_event(), _parts().settings.auth_mode)


@functools.cache
def _document() -> dict[str, Any]:
    text = Path(__file__).with_name("openapi.yaml").read_text(encoding="utf-8")
    settings = _parts().settings
    return published(yaml.safe_load(text), stack=settings.stack, auth_mode=settings.auth_mode)


@functools.cache
def _parts() -> Parts:
    log.configure()
    settings = FunctionSettings.read(os.environ)
    dynamodb = client("dynamodb")
    parts = backend(
        settings,
        dynamodb=dynamodb,
        sqs=client("sqs"),
        s3=client("s3"),
        functions=light.client("lambda"),  # one call: not worth loading botocore's model for
    )
    return Parts(
        settings=settings,
        intake=parts.intake,
        store=parts.store,
        queues=parts.queues,
        registry=SsmRegistry(client("ssm"), settings.stack),
        figures=DynamoFigures(dynamodb, settings.jobs_table),
        deliveries=DynamoDeliveries(dynamodb, settings.deliveries_table),
        inputs=parts.inputs,
        results=parts.results,
        clock=now_ms,
    )


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda gives a whole core to the initialization and a share of one to the first request.
    _parts()
