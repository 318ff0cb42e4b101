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
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spillway import log, paging, request
from spillway.answer import answer, internal_error, problem_answer
from spillway.aws import light
from spillway.aws.assembly import backend, now_ms
from spillway.aws.clients import client
from spillway.aws.figures import DynamoFigures
from spillway.aws.registry import SsmRegistry
from spillway.cancellation import cancel
from spillway.catalog import catalog_document
from spillway.errors import BadRequest, Fault, NotFound, Rejected
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
    from pydantic_core import ErrorDetails

    from spillway.answer import Answer
    from spillway.intake import Intake
    from spillway.ports import Bucket, Clock, Figures, JobStore, Queues, Registry
    from spillway.request import Event

LOG = logging.getLogger("spillway.jobs")

RESULT_LINK_S = 900
"""How long the address of a result is good for."""

app = APIGatewayRestResolver(strip_prefixes=["/v1"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the routes work with."""

    settings: FunctionSettings
    intake: Intake
    store: JobStore
    queues: Queues
    registry: Registry
    figures: Figures
    inputs: Bucket
    results: Bucket
    clock: Clock


class ListQuery(BaseModel):
    """The query of GET /jobs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Status | None = None
    model: str | None = Field(default=None, min_length=1, max_length=39)
    page_size: str | None = Field(default=None, alias="pageSize")
    page_token: str | None = Field(default=None, alias="pageToken")


@app.get("/jobs")
def list_jobs() -> Response[str]:
    """The tenant's jobs, the newest first."""
    tenant, query = _tenant(), _list_query()
    wanted = Filter(query.status, query.model)
    scope = (tenant, *wanted.scope)
    page = newest(
        _parts().store,
        tenant,
        wanted,
        size=paging.page_size(query.page_size),
        before=paging.last_key(query.page_token, scope=scope),
    )
    document: dict[str, Any] = {"jobs": [listed_document(job) for job in page.jobs]}
    if page.last_key is not None:
        document["nextPageToken"] = paging.token(page.last_key, scope=scope)
    return _response(answer(200, document))


@app.get("/jobs/<job_id>")
def get_job(job_id: str) -> Response[str]:
    """One job."""
    job = find(_parts().store, _tenant(), job_id)
    document = job_document(job, queue_position=queue_position(job, _parts().queues))
    headers = {} if job.status.is_terminal else {"Retry-After": str(RETRY_AFTER_S)}
    return _response(answer(200, document, headers))


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
    return _response(answer(200, job_document(job)))


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
    return _response(answer(202, accepted_document(job), headers))


@app.post("/uploads")
def create_upload() -> Response[str]:
    """Where to put a payload that is too large for a request."""
    parts = _parts()
    document = upload_document(
        parts.inputs, _tenant(), upload_id=str(uuid.uuid4()), now_ms=parts.clock()
    )
    return _response(answer(201, document))


@app.get("/models")
def list_models() -> Response[str]:
    """The models, with how much waits for each, its tasks and what was last decided of them."""
    _tenant()
    parts = _parts()
    return _response(answer(200, catalog_document(parts.registry, parts.queues, parts.figures)))


@app.get("/openapi.json")
def get_document() -> Response[str]:
    """The document that this API is deployed from."""
    return _response(answer(200, _document()))


@app.not_found
def no_such_route(_error: Exception) -> Response[str]:
    """The answer where no route has this path and method."""
    event = _event()
    detail = f"there is no {event['httpMethod']} {event['path'][:200]}: see GET /v1/openapi.json"
    return _response(problem_answer(NotFound("no-such-route", detail)))


@app.exception_handler(Rejected)  # type: ignore[untyped-decorator]
def rejected(error: Rejected) -> Response[str]:
    """The problem with the request."""
    LOG.info("rejected", extra={"problem": error.slug, "status": error.status})
    return _response(problem_answer(error))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def failed(error: Exception) -> Response[str]:
    """The answer to a fault of ours."""
    LOG.error("failed", exc_info=error)
    return _response(internal_error())


def handler(event: dict[str, Any], context: Any) -> Answer:  # noqa: ANN401
    """AWS Lambda's entry."""
    job_id = (event.get("pathParameters") or {}).get("jobId")
    told = {} if job_id is None else {"jobId": job_id}
    with log.context(**request.log_fields(event), **told):
        return app.resolve(event, context)


def _event() -> Event:
    return app.current_event.raw_event


def _tenant() -> str:
    return request.tenant(_event(), _parts().settings.auth_mode)


def _list_query() -> ListQuery:
    try:
        return ListQuery.model_validate(_event().get("queryStringParameters") or {})
    except ValidationError as error:
        faults = [_query_fault(at) for at in error.errors()]
    raise BadRequest("bad-query", "; ".join(fault.detail for fault in faults), faults=faults)


def _query_fault(at: ErrorDetails) -> Fault:
    name, said = at["loc"][0], at["msg"]
    if at["type"] == "extra_forbidden":
        return Fault(f"unknown query parameter {name}", f"/{name}")
    return Fault(f"{name}: {said[0].lower()}{said[1:]}", f"/{name}")


def _response(of: Answer) -> Response[str]:
    return Response(of["statusCode"], body=of["body"], headers=of["headers"])


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
        inputs=parts.inputs,
        results=parts.results,
        clock=now_ms,
    )


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda gives a whole core to the initialization and a share of one to the first request.
    _parts()
