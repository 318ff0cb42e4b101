"""What the functions with many routes share: how they are reached, and what no route answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spillway import log, request
from spillway.answer import internal_error, problem_answer
from spillway.errors import BadRequest, Fault, NotFound, Rejected

if TYPE_CHECKING:
    import logging

    from pydantic_core import ErrorDetails

    from spillway.answer import Answer
    from spillway.request import Event


class PageQuery(BaseModel):
    """The query of a list that is given page by page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page_size: str | None = Field(default=None, alias="pageSize")
    page_token: str | None = Field(default=None, alias="pageToken")


def resolver(logger: logging.Logger) -> APIGatewayRestResolver:
    """A resolver that as yet has no routes. Whatever a route raises is answered as a problem."""
    app = APIGatewayRestResolver(strip_prefixes=["/v1"])

    @app.not_found
    def no_such_route(_error: Exception) -> Response[str]:
        event = app.current_event.raw_event
        asked = f"{event['httpMethod']} {event['path'][:200]}"
        detail = f"there is no {asked}: see GET /v1/openapi.json"
        return response(problem_answer(NotFound("no-such-route", detail)))

    @app.exception_handler(Rejected)  # type: ignore[untyped-decorator]
    def rejected(error: Rejected) -> Response[str]:
        logger.info("rejected", extra={"problem": error.slug, "status": error.status})
        return response(problem_answer(error))

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def failed(error: Exception) -> Response[str]:
        logger.error("failed", exc_info=error)
        return response(internal_error())

    return app


def resolved(app: APIGatewayRestResolver, event: Event, context: Any) -> Answer:  # noqa: ANN401
    """The answer of the event's route; every line logged meanwhile names what its path names."""
    with log.context(**request.log_fields(event), **(event.get("pathParameters") or {})):
        return app.resolve(dict(event), context)


def query[Query: BaseModel](kind: type[Query], event: Event) -> Query:
    """The event's query, or `BadRequest` with all that is wrong with it."""
    try:
        return kind.model_validate(event.get("queryStringParameters") or {})
    except ValidationError as error:
        faults = [_fault(at) for at in error.errors()]
    raise BadRequest("bad-query", "; ".join(fault.detail for fault in faults), faults=faults)


def response(of: Answer) -> Response[str]:
    """An answer in the shape that a route gives it."""
    return Response(of["statusCode"], body=of["body"], headers=of["headers"])


def _fault(at: ErrorDetails) -> Fault:
    name, said = at["loc"][0], at["msg"]
    if at["type"] == "extra_forbidden":
        return Fault(f"unknown query parameter {name}", f"/{name}")
    return Fault(f"{name}: {said[0].lower()}{said[1:]}", f"/{name}")
