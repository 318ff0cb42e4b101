"""Requests as they go out, and when they go out again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.aws.light.environment import Credentials
from spillway.aws.light.signature import Signer
from spillway.aws.timeouts import ATTEMPTS
from spillway.aws.wire.checksum import CHECKSUM, checksum
from spillway.aws.wire.request import get_request, json_request, pause_s, put_request, signed


def test_an_operation_is_named_as_the_service_has_it() -> None:
    request = json_request("sqs", "delete_message_batch", {"QueueUrl": "q", "Entries": []})

    assert (request.method, request.path) == ("POST", "/")
    assert request.headers["x-amz-target"] == "AmazonSQS.DeleteMessageBatch"
    assert json.loads(request.body) == {"QueueUrl": "q", "Entries": []}


@pytest.mark.parametrize(
    ("key", "path"),
    [("a/b.json", "/a/b.json"), ("a b~+?#/ü", "/a%20b~%2B%3F%23/%C3%BC"), ("../x", "/../x")],
)
def test_a_key_is_quoted_into_its_path(key: str, path: str) -> None:
    assert put_request("", key, b"{}", media_type="application/json").path == path
    assert get_request("/bucket", key).path == f"/bucket{path}"


def test_an_object_goes_with_its_checksum_and_comes_with_it() -> None:
    put = put_request("", "k", b"{}", media_type="application/json")

    assert put.headers == {"content-type": "application/json", CHECKSUM: checksum(b"{}")}
    assert get_request("", "k").headers == {"x-amz-checksum-mode": "ENABLED"}


@pytest.mark.parametrize(("service", "tells"), [("s3", True), ("dynamodb", False)])
def test_s3_alone_is_told_the_body_s_hash(service: str, tells: bool) -> None:
    signer = Signer(Credentials("key", "secret", "token"), "us-east-1", service)

    headers = signed(get_request("", "k"), signer, host="h", prefix="")

    assert ("x-amz-content-sha256" in headers) == tells
    assert headers["host"] == "h"
    assert headers["x-amz-security-token"] == "token"
    assert f"us-east-1/{service}/aws4_request" in headers["authorization"]


@given(st.integers(1, ATTEMPTS), st.floats(0, 1))
def test_a_pause_is_short_enough_for_who_waits(attempt: int, jitter: float) -> None:
    assert 0 <= pause_s(attempt, jitter) <= 2


def test_a_pause_doubles_with_each_attempt() -> None:
    assert [pause_s(attempt, 1) for attempt in (1, 2, 3)] == [0.2, 0.4, 0.8]
