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
    ],
)
def test_another_service_s_answer_is_known_as_such(answer: urllib3.BaseHTTPResponse) -> None:
    with pytest.raises(spillway.UnexpectedAnswer, match="is this an API's address"):
        ask(answer)


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
