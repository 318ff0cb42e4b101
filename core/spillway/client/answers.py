"""What the API answers, read: documents into values, problems into what they were printed from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from spillway.client.errors import UnexpectedAnswer
from spillway.client.sending import retry_after_s
from spillway.errors import (
    BadRequest,
    Conflict,
    Fault,
    Forbidden,
    Gone,
    NotFound,
    Rejected,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    Unprocessable,
    UnsupportedMedia,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import urllib3

    from spillway.strict_json import Json

_KINDS: Mapping[int, type[Rejected]] = {
    **{
        kind.status: kind
        for kind in (
            BadRequest,
            Unauthorized,
            Forbidden,
            NotFound,
            Conflict,
            Gone,
            TooLarge,
            UnsupportedMedia,
            Unprocessable,
            TooMany,
            Unavailable,
        )
    },
    # What stands before the API could not reach it.
    502: Unavailable,
    504: Unavailable,
}


def value(answer: urllib3.BaseHTTPResponse) -> Json:
    """The JSON that was answered."""
    try:
        return json.loads(answer.data)
    except ValueError:
        raise unexpected(answer, "no JSON") from None


def read[T](of: Callable[[Any], T], answer: urllib3.BaseHTTPResponse) -> T:
    """The document that was answered, as `of` reads it."""
    try:
        return of(value(answer))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise unexpected(answer, "another document") from None


def rejected(answer: urllib3.BaseHTTPResponse) -> Rejected | UnexpectedAnswer:
    """The error that a status of 400 or more stands for, its problem document (RFC 9457) read."""
    problem = _problem(answer)
    if problem is None and answer.status < 500:
        return unexpected(answer, "an error that is no problem document")
    problem = problem or {}
    return _kind(answer.status)(
        str(problem.get("type", "")).rpartition("/")[2] or "no-problem-document",
        str(problem.get("detail") or f"the service answered {answer.status}"),
        faults=[_fault(error) for error in problem.get("errors", [])],
        retry_after_s=round(retry_after_s(answer)) or None,
    )


def unexpected(answer: urllib3.BaseHTTPResponse, what: str) -> UnexpectedAnswer:
    """The error for an answer that no Spillway API gives."""
    media = answer.headers.get("content-type", "no content type")
    return UnexpectedAnswer(
        f"got {what} ({answer.status}, {media}): is this an API's address, its stage included?"
    )


def _kind(status: int) -> type[Rejected]:
    """An unknown status is taken as the first of its class (RFC 9110, section 15)."""
    return _KINDS.get(status, BadRequest if status < 500 else Rejected)


def _problem(answer: urllib3.BaseHTTPResponse) -> Mapping[str, Any] | None:
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        document = json.loads(answer.data)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _fault(error: Mapping[str, Any]) -> Fault:
    pointer = unquote(str(error.get("pointer", "")))
    return Fault(str(error.get("detail", "")), pointer.removeprefix("#"))
