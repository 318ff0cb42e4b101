from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.api.system import System


def refused(system: System, body: str, status: int, slug: str, **call: Any) -> dict[str, Any]:
    """Post the body, see it refused with nothing done; the problem document."""
    reply = system.call("POST", "/jobs", body, **call)
    assert (reply.status, reply.body["type"]) == (status, f"https://spillway.dev/problems/{slug}")
    assert reply.body["status"] == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    system.assert_untouched()
    problem: dict[str, Any] = reply.body
    return problem


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "{",
        "{'payload': 1}",
        '{"payload": 1,}',
        '{"payload": 1} {"payload": 2}',
        '{"payload": NaN}',
        '{"payload": [Infinity]}',
        '{"payload": -Infinity}',
        '{"payload": 01}',
        '{"payload": .5}',
        '{"payload": "\x01"}',
        '{"payload": "\\x"}',
        "\ufeff{}",
        "\ud800",
    ],
)
def test_what_is_not_json_is_a_400(system: System, body: str) -> None:
    problem = refused(system, body, 400, "not-json")

    assert problem["detail"].startswith("the body is not JSON")


@pytest.mark.parametrize("body", [b"\xff", b'{"payload": "\xc3"}', b"\xff\xfe{\x00}\x00"])
def test_what_is_not_utf_8_is_a_400(system: System, body: bytes) -> None:
    text = base64.b64encode(body).decode()

    refused(system, text, 400, "not-json", isBase64Encoded=True)


@pytest.mark.parametrize("body", ["@", "abc", "e30", "zwölf"])
def test_what_is_not_base64_though_it_should_be_is_a_400(system: System, body: str) -> None:
    refused(system, body, 400, "not-json", isBase64Encoded=True)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("[]", "an array"),
        ('[{"payload": 1}]', "an array"),
        ('"text"', "text"),
        ("1", "a number"),
        ("true", "a boolean"),
        ("null", "null"),
    ],
)
def test_what_is_no_object_is_a_422(system: System, body: str, kind: str) -> None:
    problem = refused(system, body, 422, "invalid-request")

    assert problem["errors"] == [{"detail": f"expected an object, got {kind}", "pointer": "#"}]


@pytest.mark.parametrize(
    ("request_", "pointer", "words"),
    [
        ({}, "#/payload", "neither"),
        ({"model": "default"}, "#/payload", "neither"),
        ({"payload": 1, "payloadUri": "s3://inputs/uploads/acme/1"}, "#/payload", "both"),
        ({"payloadUri": 1}, "#/payloadUri", "a number"),
        ({"payloadUri": None}, "#/payloadUri", "null"),
        ({"payload": 1, "paylaod": 2}, "#/paylaod", "unknown field paylaod"),
        ({"payload": 1, "destination": {"type": "s3"}}, "#/destination/uri", "got nothing"),
        ({"payload": 1, "destination": None}, "#/destination", "null"),
        ({"payload": 1, "destinations": {}}, "#/destinations", "an object"),
        ({"payload": 1, "destinations": [{}] * 6}, "#/destinations", "at most 5"),
        ({"payload": 1, "destinations": [{"type": "x"}]}, "#/destinations/0/type", "'x'"),
        ({"payload": 1, "a/b~c d": 2}, "#/a~1b~0c%20d", "unknown field a/b~c d"),
        ({"payload": 1, "model": 7}, "#/model", "a number"),
        ({"payload": 1, "model": None}, "#/model", "null"),
        ({"payload": 1, "model": "Upper"}, "#/model", "'Upper'"),
        ({"payload": 1, "model": "x_dlq"}, "#/model", "'x_dlq'"),
        ({"payload": 1, "model": "a" * 5_000}, "#/model", "…"),
        ({"payload": 1, "model": "default\n"}, "#/model", "'default\\n'"),
        ({"payload": 1, "jobId": "a b"}, "#/jobId", "'a b'"),
        ({"payload": 1, "jobId": "../x"}, "#/jobId", "'../x'"),
        ({"payload": 1, "jobId": "x" * 65}, "#/jobId", "xxx"),
        ({"payload": 1, "jobId": None}, "#/jobId", "null"),
        ({"payload": 1, "ttlSeconds": 59}, "#/ttlSeconds", "from 60 to 1209600, got 59"),
        ({"payload": 1, "ttlSeconds": 1_209_601}, "#/ttlSeconds", "got 1209601"),
        ({"payload": 1, "ttlSeconds": -1}, "#/ttlSeconds", "got -1"),
        ({"payload": 1, "ttlSeconds": 60.5}, "#/ttlSeconds", "got 60.5"),
        ({"payload": 1, "ttlSeconds": "60"}, "#/ttlSeconds", "text"),
        ({"payload": 1, "ttlSeconds": True}, "#/ttlSeconds", "a boolean"),
        ({"payload": 1, "ttlSeconds": None}, "#/ttlSeconds", "null"),
        ({"payload": 1, "ttlSeconds": 10**4000}, "#/ttlSeconds", "…"),
        ({"payload": 1, "timeoutSeconds": 0}, "#/timeoutSeconds", "from 1 to 43200"),
        ({"payload": 1, "timeoutSeconds": 43_201}, "#/timeoutSeconds", "got 43201"),
        ({"payload": 1, "metadata": []}, "#/metadata", "an array"),
        ({"payload": 1, "metadata": {"a": 1}}, "#/metadata/a", "is text"),
        ({"payload": 1, "metadata": {"": "x"}}, "#/metadata/", "name"),
        ({"payload": 1, "metadata": {"a": "x" * 513}}, "#/metadata/a", "512"),
        ({"payload": 1, "metadata": {"x" * 129: "a"}}, "#/metadata/" + "x" * 80, "128"),
        ({"payload": 1, "metadata": {str(n): "" for n in range(21)}}, "#/metadata", "20"),
    ],
)
def test_an_invalid_request_is_a_422_that_names_the_field(
    system: System, request_: object, pointer: str, words: str
) -> None:
    problem = refused(system, json.dumps(request_), 422, "invalid-request")

    [fault] = problem["errors"]
    assert fault["pointer"].startswith(pointer)
    assert words in fault["detail"]
    assert fault["detail"] in problem["detail"]
    assert len(json.dumps(problem)) < 2_000


def test_every_fault_is_named_at_once(system: System) -> None:
    body = json.dumps({"ttlSeconds": 1, "timeoutSeconds": 0, "model": "", "x": 1})

    problem = refused(system, body, 422, "invalid-request")

    named = {fault["pointer"] for fault in problem["errors"]}
    assert named == {"#/ttlSeconds", "#/timeoutSeconds", "#/model", "#/x", "#/payload"}


def test_half_a_million_faults_are_not_all_named(system: System) -> None:
    body = json.dumps({"payload": 1, **{f"f{n}": 0 for n in range(100_000)}})

    problem = refused(system, body, 422, "invalid-request")

    assert len(problem["errors"]) == 20
    assert "and 99980 more" in problem["detail"]


@pytest.mark.parametrize(
    "payload",
    ["[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 101 + "]" * 101],
)
def test_endless_nesting_is_a_422(system: System, payload: str) -> None:
    problem = refused(system, '{"payload": ' + payload + "}", 422, "invalid-request")

    assert "nested" in problem["detail"]


def test_a_million_open_brackets_are_refused_without_harm(system: System) -> None:
    reply = system.call("POST", "/jobs", "[" * 1_000_000)

    assert reply.status in (400, 422)
    system.assert_untouched()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ('"\\ud800"', "surrogate"),
        ('"\\udfff\\ud800"', "surrogate"),
        ('{"\\udc00": 1}', "surrogate"),
        ("1e999", "too large"),
        ("[-1e400]", "too large"),
        ("9" * 5_000, "too many digits"),
    ],
)
def test_json_that_cannot_be_kept_is_a_422(system: System, payload: str, words: str) -> None:
    problem = refused(system, '{"payload": ' + payload + "}", 422, "invalid-request")

    assert words in problem["detail"]


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", ""]
)
def test_another_media_type_is_a_415(system: System, media: str) -> None:
    headers = {"Content-Type": media}

    problem = refused(system, '{"payload": 1}', 415, "not-json-media", headers=headers)

    assert "application/json" in problem["detail"]


def test_a_body_over_5_mib_is_a_413_that_names_the_way_by_upload(system: System) -> None:
    body = json.dumps({"payload": "x" * 5 * 1024 * 1024})

    problem = refused(system, body, 413, "body-too-large")

    assert "POST /v1/uploads" in problem["detail"]


@pytest.mark.parametrize("model", ["nobody", "default-2"])
def test_an_unknown_model_is_a_404(system: System, model: str) -> None:
    problem = refused(system, json.dumps({"payload": 1, "model": model}), 404, "no-such-model")

    assert model in problem["detail"]


def test_a_model_whose_queue_was_deleted_is_a_404(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spillway.errors import UnknownModel  # noqa: PLC0415

    def gone(*_: object, **__: object) -> None:
        raise UnknownModel("default")

    monkeypatch.setattr(system.queue, "send", gone)
    refused(system, '{"payload": 1}', 404, "no-such-model")


def test_a_request_without_any_envelope_is_refused_as_nobodys(system: System) -> None:
    reply = system.call("POST", "/jobs", None, headers=None, requestContext=None)

    assert reply.status == 403
    system.assert_untouched()
