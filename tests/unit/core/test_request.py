from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway import request
from spillway.errors import BadRequest, Forbidden, TooLarge, UnsupportedMedia
from spillway.trace import is_traceparent
from tests.unit.core.refusals import refusal


def event(body: str | None = None, is_base64: bool = False, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"headers": named, "body": body, "isBase64Encoded": is_base64}


def test_a_headers_name_has_no_case() -> None:
    assert request.header(event(Content_Type="x"), "content-type") == "x"
    assert request.header(event(content_type="x"), "Content-Type") == "x"
    assert request.header({"headers": None}, "x") is None
    assert request.header({}, "x") is None


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "APPLICATION/JSON",
        " application/json ; charset=utf-8",
        "application/vnd.acme.v1+json",
    ],
)
def test_json_by_any_of_its_names_is_taken(media: str) -> None:
    assert request.json_body(event("1", Content_Type=media)) == b"1"


@pytest.mark.parametrize("media", ["text/json", "application/jsonl", "application/json5", "*/*"])
def test_what_is_near_to_json_is_not_json(media: str) -> None:
    with pytest.raises(UnsupportedMedia):
        request.json_body(event("1", Content_Type=media))


def test_a_body_may_be_as_large_as_the_limit_in_bytes_not_characters() -> None:
    limit = request.MAX_BODY_BYTES

    assert len(request.json_body(event("x" * limit))) == limit
    for text in ("x" * (limit + 1), "ü" * (limit // 2 + 1)):
        with pytest.raises(TooLarge, match="POST /v1/uploads"):
            request.json_body(event(text))


@given(st.binary(max_size=50))
def test_what_the_gateway_encoded_is_decoded(body: bytes) -> None:
    assert request.json_body(event(base64.b64encode(body).decode(), is_base64=True)) == body


@given(st.text(max_size=30))
def test_any_base64_is_decoded_or_a_bad_request(text: str) -> None:
    refused = refusal(BadRequest, lambda: request.json_body(event(text, is_base64=True)))

    assert refused is None or refused.slug == "not-json"


def test_no_body_is_an_empty_one() -> None:
    assert request.json_body(event(None)) == b""


@pytest.mark.parametrize(
    ("text", "key"),
    [("abc", "abc"), ('"abc"', "abc"), (' "a b" ', "a b"), ("x" * 255, "x" * 255), ("a:b", "a:b")],
)
def test_an_idempotency_key_is_read(text: str, key: str) -> None:
    assert request.idempotency_key(event(Idempotency_Key=text)) == key


@given(st.text(max_size=20))
def test_any_idempotency_key_is_read_or_a_bad_request(text: str) -> None:
    asked = event(idempotency_key=text)

    refused = refusal(BadRequest, lambda: request.idempotency_key(asked))

    if refused is None:
        assert (request.idempotency_key(asked) or "ä").isascii()
    else:
        assert refused.slug == "bad-idempotency-key"


def test_without_the_header_there_is_no_key() -> None:
    assert request.idempotency_key(event()) is None


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=5", 5),
        ("WAIT = 5", 5),
        ("respond-async, wait=5", 5),
        ("wait=5; x=y, return=minimal", 5),
        ("wait=26", 25),
        ("wait=0", 0),
        ("wait=-5", 0),
        ("wait=5s", 0),
        ("await=5", 0),
        ("wait=9999999999", 0),
        ("", 0),
    ],
)
def test_a_wait_is_read_from_the_preferences(prefer: str, seconds: int) -> None:
    assert request.wait_s(event(Prefer=prefer)) == seconds


TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_a_job_carries_its_callers_trace_on() -> None:
    asked = event(traceparent=TRACEPARENT, x_amzn_trace_id=XRAY)

    assert request.traceparent(asked) == TRACEPARENT
    assert request.log_fields(asked)["traceId"] == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    "given",
    [
        TRACEPARENT.upper(),
        "x",
        "",
        "ff" + TRACEPARENT[2:],
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
    ],
)
def test_a_malformed_trace_context_is_left_behind_for_that_of_x_ray(given: str) -> None:
    asked = event(traceparent=given, x_amzn_trace_id=XRAY)

    assert request.log_fields(asked)["traceId"] == "5759e988bd862e3fe1be46a994272793"
    assert is_traceparent(request.traceparent(asked))


def test_a_request_without_a_trace_begins_one_of_its_own() -> None:
    one, other = (event() | {"requestContext": {"requestId": name}} for name in ("a", "b"))

    assert is_traceparent(request.traceparent(one))
    assert request.traceparent(one) == request.traceparent(one)
    assert request.traceparent(one) != request.traceparent(other)
    assert request.log_fields(one)["requestId"] == "a"


def test_the_tenant_is_who_the_gateway_says_it_is_not_who_the_caller_says() -> None:
    asked = event(x_api_key="globex.secret") | {
        "requestContext": {"identity": {"apiKey": "acme.secret", "userArn": None}}
    }

    assert request.tenant(asked, "ApiKey") == "acme"
    with pytest.raises(Forbidden):
        request.tenant(asked, "Iam")
    with pytest.raises(Forbidden):
        request.tenant(event(x_api_key="globex.secret"), "ApiKey")
