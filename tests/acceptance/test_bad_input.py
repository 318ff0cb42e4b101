"""Bad input over HTTP: each a problem document that names the fault, and nothing enqueued."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.system import Caller, System


@pytest.fixture(autouse=True)
def nothing_is_enqueued(caller: Caller, system: System) -> Iterator[None]:
    before = (len(caller.jobs(model="asleep")), system.backlog("asleep"))
    yield
    assert (len(caller.jobs(model="asleep")), system.backlog("asleep")) == before


def _asleep(**fields: object) -> bytes:
    return json.dumps({"model": "asleep", **fields}).encode()


@pytest.mark.parametrize(
    ("body", "status", "slug", "pointer"),
    [
        pytest.param(b"{oops", 400, "not-json", None, id="not JSON"),
        pytest.param(b"", 400, "not-json", None, id="empty"),
        pytest.param(b'{"model":"asleep","payload":NaN}', 400, "not-json", None, id="NaN"),
        pytest.param(b'["payload"]', 422, "invalid-request", "#", id="an array"),
        pytest.param(_asleep(), 422, "invalid-request", "#/payload", id="no payload"),
        pytest.param(
            _asleep(payload=1, payloadUri="s3://a/b"),
            422,
            "invalid-request",
            "#/payload",
            id="payload and payloadUri",
        ),
        pytest.param(
            _asleep(payload=1, prority=1), 422, "invalid-request", "#/prority", id="unknown field"
        ),
        pytest.param(
            _asleep(payload=1, ttlSeconds="60"),
            422,
            "invalid-request",
            "#/ttlSeconds",
            id="text for a number",
        ),
        pytest.param(
            _asleep(payload=1, metadata={"a": 1}),
            422,
            "invalid-request",
            "#/metadata/a",
            id="number for a text",
        ),
        pytest.param(
            _asleep(payload=1, ttlSeconds=59), 422, "invalid-request", "#/ttlSeconds", id="ttl low"
        ),
        pytest.param(
            _asleep(payload=1, ttlSeconds=1_209_601),
            422,
            "invalid-request",
            "#/ttlSeconds",
            id="ttl high",
        ),
        pytest.param(
            json.dumps({"model": "nobody", "payload": 1}).encode(),
            404,
            "no-such-model",
            None,
            id="unknown model",
        ),
        pytest.param(
            b'{"model":"asleep","payload":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
            422,
            "invalid-request",
            "#",
            id="10,000 deep",
        ),
        pytest.param(
            b'{"model":"asleep","payload":"\\ud800"}',
            422,
            "invalid-request",
            "#",
            id="lone surrogate",
        ),
        pytest.param(
            b'{"model":"asleep","payload":1e999}', 422, "invalid-request", "#", id="1e999"
        ),
    ],
)
def test_a_bad_body_is_a_problem_that_names_the_fault(
    caller: Caller, body: bytes, status: int, slug: str, pointer: str | None
) -> None:
    answer = caller.send(body)
    problem = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"https://spillway.dev/problems/{slug}"
    assert problem["status"] == status
    assert problem["detail"]
    if pointer is not None:
        assert pointer in [error["pointer"] for error in problem["errors"]]


def test_too_large_a_body_is_told_of_the_upload(caller: Caller) -> None:
    answer = caller.send(_asleep(payload="x" * 5_500_000))
    assert answer.status_code == 413
    assert "/v1/uploads" in answer.json()["detail"]


def test_another_media_type_is_refused(caller: Caller) -> None:
    answer = caller.send(b"payload=1", **{"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415


@pytest.mark.parametrize("key", ["", "demo.wrong", "nonsense"], ids=["none", "wrong", "malformed"])
def test_a_key_is_needed_and_must_be_right(system: System, key: str) -> None:
    with system.caller(key) as stranger:
        answer = stranger.send(_asleep(payload=1))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["x", "AAAA", "WyIwMDAiLCJ4Il0"])
def test_a_forged_page_token_is_refused(caller: Caller, token: str) -> None:
    answer = caller.http.get("/jobs", params={"pageToken": token})
    assert (answer.status_code, answer.json()["type"][-14:]) == (400, "bad-page-token")


@pytest.mark.parametrize("path", ["/jobs/no-such-job", "/jobs/%21", "/nothing"])
def test_what_is_not_there_is_a_404_problem(caller: Caller, path: str) -> None:
    answer = caller.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
