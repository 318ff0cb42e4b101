from __future__ import annotations

import json

from spillway.answer import answer, internal_error, problem_answer
from spillway.errors import BadRequest, Fault, TooMany, Unprocessable


def test_a_problem_is_a_document_of_rfc_9457() -> None:
    told = problem_answer(
        Unprocessable("invalid-request", "bad", faults=[Fault("bad", "/metadata/ä b~1c")])
    )

    assert told["statusCode"] == 422
    assert told["headers"] == {"Content-Type": "application/problem+json"}
    assert json.loads(told["body"]) == {
        "type": "https://spillway.dev/problems/invalid-request",
        "title": "Invalid request",
        "status": 422,
        "detail": "bad",
        "errors": [{"detail": "bad", "pointer": "#/metadata/%C3%A4%20b~1c"}],
    }


def test_when_to_come_again_is_a_header() -> None:
    told = problem_answer(TooMany("backlog-full", "full", retry_after_s=30))

    assert told["headers"]["Retry-After"] == "30"
    assert "Retry-After" not in problem_answer(BadRequest("x", "y"))["headers"]


def test_a_fault_of_ours_is_a_500_without_details() -> None:
    assert internal_error()["statusCode"] == 500
    assert json.loads(internal_error()["body"])["title"] == "Internal error"


def test_text_stays_text() -> None:
    assert answer(200, {"a": "ü"})["body"] == '{"a":"ü"}'
