"""What is answered becomes a value, or the error that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import urllib3

import spillway
from spillway.answer import problem_answer
from spillway.errors import Rejected
from tests.unit.core.client.backend import JOB, URL, VirtualClock, problem, reply, scripted

if TYPE_CHECKING:
    from collections.abc import Callable

FAULT = spillway.Fault("bad", "/metadata/ä b~1c")
DEEP = b"[" * 200_000
"""What Python's parser gives up with a RecursionError."""
REFUSALS = [
    kind("some-slug", "what is wrong", faults=[FAULT], retry_after_s=90)
    for kind in (*Rejected.__subclasses__(), Rejected)
]
"""Every kind that a handler can raise; to come again in 90 s is more than a client waits."""


def ask(answer: urllib3.BaseHTTPResponse) -> spillway.Job:
    client = spillway.Client(
        URL, key="acme.secret", transport=scripted(answer), clock=VirtualClock()
    )
    return client.get("job-1")


def html(status: int) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(b"<html>Sign in</html>", {"content-type": "text/html"}, status)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
def test_a_handler_s_refusal_is_raised_as_it_was_there(refusal: Rejected) -> None:
    told = problem_answer(refusal)
    answer = urllib3.HTTPResponse(told["body"].encode(), told["headers"], told["statusCode"])

    with pytest.raises(type(refusal)) as raised:
        ask(answer)

    assert type(raised.value) is type(refusal)
    assert vars(raised.value) == vars(refusal)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (405, spillway.BadRequest),
        (418, spillway.BadRequest),
        (501, Rejected),
        (502, spillway.Unavailable),
        (504, spillway.Unavailable),
    ],
)
def test_an_unknown_status_is_the_first_of_its_class(status: int, kind: type[Rejected]) -> None:
    with pytest.raises(Rejected) as refused:
        ask(problem(status, detail="what it said"))

    assert type(refused.value) is kind
    assert refused.value.detail == "what it said"


@pytest.mark.parametrize("errors", [{"name": ["too long"]}, ["too long"], "too long", 1, None])
def test_another_service_s_problem_is_a_refusal_without_faults(errors: object) -> None:
    document = {"type": "about:blank", "detail": "too long", "errors": errors}

    with pytest.raises(spillway.BadRequest, match="too long") as refused:
        ask(reply(400, document))

    assert refused.value.faults == ()


def test_what_stands_before_the_api_may_be_down() -> None:
    with pytest.raises(spillway.Unavailable, match="the service answered 503"):
        ask(html(503))


@pytest.mark.parametrize(
    "answer",
    [
        html(200),
        html(404),
        reply(200, {"message": "hello"}),
        reply(200, [1, 2]),
        reply(200, JOB | {"status": "UNHEARD-OF"}),
        reply(200, JOB | {"createdAt": "yesterday"}),
        urllib3.HTTPResponse(b"{", {"content-type": "application/problem+json"}, 400),
        urllib3.HTTPResponse(DEEP, {"content-type": "application/problem+json"}, 400),
        urllib3.HTTPResponse(DEEP, {"content-type": "application/json"}, 200),
    ],
)
def test_another_service_s_answer_is_known_as_such(answer: urllib3.BaseHTTPResponse) -> None:
    with pytest.raises(spillway.UnexpectedAnswer, match="is this an API's address"):
        ask(answer)


def bucket(status: int, code: str = "") -> urllib3.HTTPResponse:
    body = f"<Error><Code>{code}</Code></Error>" if code else "<Error/>"
    return urllib3.HTTPResponse(body.encode(), {"content-type": "application/xml"}, status)


def fetch(answer: urllib3.BaseHTTPResponse) -> object:
    """Ask for a result that lies in a bucket."""
    elsewhere = reply(302, location="https://results.example/1")
    client = spillway.Client(
        URL, key="acme.secret", transport=scripted(elsewhere, answer), clock=VirtualClock()
    )
    return client.result("job-1")


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, ""), (500, "InternalError"), (501, ""), (503, "SlowDown"), (503, "")],
)
def test_a_bucket_may_be_unavailable(status: int, code: str) -> None:
    with pytest.raises(spillway.Unavailable) as unavailable:
        fetch(bucket(status, code))

    said = f"the bucket answered {status}" + (f" ({code})" if code else "")
    assert str(unavailable.value) == said


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (404, "NoSuchKey")])
def test_a_bucket_that_gives_no_object_is_taken_for_no_api(status: int, code: str) -> None:
    with pytest.raises(spillway.UnexpectedAnswer) as unexpected:
        fetch(bucket(status, code))

    assert str(unexpected.value) == (
        f"the bucket answered {status} ({code}): "
        "has the presigned address expired, or does a policy deny it?"
    )


@pytest.mark.parametrize("call", ["list", "models", "upload"])
def test_another_document_is_known_as_such(call: str) -> None:
    client = spillway.Client(
        URL, key="acme.secret", transport=scripted(reply(200, {})), clock=VirtualClock()
    )
    calls: dict[str, Callable[[], object]] = {
        "list": lambda: list(client.list()),
        "models": client.models,
        "upload": lambda: client.upload(1),
    }

    with pytest.raises(spillway.UnexpectedAnswer, match="got another document"):
        calls[call]()
