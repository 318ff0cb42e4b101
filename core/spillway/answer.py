"""Answers in the shape that API Gateway's proxy integration takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from spillway.errors import Rejected
from spillway.strict_json import compact

if TYPE_CHECKING:
    from collections.abc import Mapping

type Answer = dict[str, Any]

PROBLEM_TYPES = "https://spillway.dev/problems/"


def answer(
    status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Answer:
    """A JSON document with its status."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": compact(document),
    }


def problem_answer(rejected: Rejected) -> Answer:
    """A problem document (RFC 9457) for a refused request."""
    headers = {"Content-Type": "application/problem+json"}
    if rejected.retry_after_s is not None:
        headers["Retry-After"] = str(rejected.retry_after_s)
    return answer(rejected.status, problem_document(rejected), headers)


def internal_error() -> Answer:
    """What a fault of ours is answered with: the log says which, the answer does not."""
    detail = "the request met a fault of this service; send it again under the same key"
    return problem_answer(Rejected("internal-error", detail))


def problem_document(rejected: Rejected) -> dict[str, Any]:
    """The problem itself: a stable `type`, a `detail` that names the field, the faults.

    Where a fault lies is told as RFC 9457 does, as a JSON Pointer in a URI's fragment.
    """
    problem: dict[str, Any] = {
        "type": PROBLEM_TYPES + rejected.slug,
        "title": rejected.title,
        "status": rejected.status,
        "detail": rejected.detail,
    }
    if rejected.faults:
        problem["errors"] = [
            {"detail": fault.detail, "pointer": "#" + quote(fault.pointer, safe="/~")}
            for fault in rejected.faults
        ]
    return problem
