"""What the API answers, read: documents into values, problems into what they were printed from."""

from __future__ import annotations

import json
import re
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
    except (ValueError, RecursionError):
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
        faults=_faults(problem.get("errors")),
        retry_after_s=_asked_s(answer),
    )


def unexpected(answer: urllib3.BaseHTTPResponse, what: str) -> UnexpectedAnswer:
    """The error for an answer that no Spillway API gives."""
    media = answer.headers.get("content-type", "no content type")
    return UnexpectedAnswer(
        f"got {what} ({answer.status}, {media}): is this an API's address, its stage included?"
    )


def no_object(answer: urllib3.BaseHTTPResponse) -> Unavailable | UnexpectedAnswer:
    """The error for what a bucket answers in the place of an object, in XML."""
    code = re.search(rb"<Code>(\w+)</Code>", answer.data)
    said = f"the bucket answered {answer.status}" + (f" ({code[1].decode()})" if code else "")
    if answer.status == 429 or answer.status >= 500:
        return Unavailable("bucket-unavailable", said, retry_after_s=_asked_s(answer))
    return UnexpectedAnswer(f"{said}: has the presigned address expired, or does a policy deny it?")


def _kind(status: int) -> type[Rejected]:
    """An unknown status is taken as the first of its class (RFC 9110, section 15)."""
    return _KINDS.get(status, BadRequest if status < 500 else Rejected)


def _asked_s(answer: urllib3.BaseHTTPResponse) -> int | None:
    return round(retry_after_s(answer)) or None


def _problem(answer: urllib3.BaseHTTPResponse) -> Mapping[str, Any] | None:
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        document = json.loads(answer.data)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _faults(errors: object) -> list[Fault]:
    """What is wrong, by field; other services' problems have other things in its place."""
    listed = errors if isinstance(errors, list) else []
    return [_fault(error) for error in listed if isinstance(error, dict)]


def _fault(error: Mapping[str, Any]) -> Fault:
    pointer = unquote(str(error.get("pointer", "")))
    return Fault(str(error.get("detail", "")), pointer.removeprefix("#"))
