from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway import message
from spillway.errors import MalformedMessage
from tests.unit.core.jobs import job
from tests.unit.core.json_values import VALUES
from tests.unit.core.refusals import refusal

GOOD: dict[str, Any] = json.loads(message.encode(job(), payload="1"))


@given(VALUES)
def test_a_message_is_read_as_it_was_written(payload: object) -> None:
    sent = job(model="minilm", timeout_s=7, traceparent="00-a")

    read = message.decode(message.encode(sent, payload=json.dumps(payload)))

    assert (read.key, read.model, read.timeout_s) == (sent.key, "minilm", 7)
    assert (read.payload, read.traceparent) == (payload, "00-a")
    assert read.expires_at_ms == sent.expires_at_ms
    assert read.payload_uri is None


def test_a_payload_elsewhere_is_named_by_its_address() -> None:
    sent = job(payload=None, payload_uri="s3://b/k")

    read = message.decode(message.encode(sent, payload=None))

    assert (read.payload, read.payload_uri, read.traceparent) == (None, "s3://b/k", None)


@given(st.text(max_size=50))
def test_any_text_is_read_or_malformed(body: str) -> None:
    with pytest.raises(MalformedMessage):
        message.decode(body)


@given(st.sampled_from(sorted(GOOD)), VALUES)
def test_a_field_of_any_kind_is_read_or_malformed(name: str, value: object) -> None:
    body = json.dumps(GOOD | {name: value})

    error = refusal(MalformedMessage, lambda: message.decode(body))

    assert error is None or name in str(error)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_message_lacks_nothing(name: str) -> None:
    body = json.dumps({key: value for key, value in GOOD.items() if key != name})

    with pytest.raises(MalformedMessage, match=name):
        message.decode(body)


def test_a_payload_is_here_or_elsewhere_not_both() -> None:
    with pytest.raises(MalformedMessage, match="either"):
        message.decode(json.dumps(GOOD | {"payloadUri": "s3://b/k"}))


def test_an_address_is_text() -> None:
    elsewhere = {key: value for key, value in GOOD.items() if key != "payload"}

    with pytest.raises(MalformedMessage, match="payloadUri"):
        message.decode(json.dumps(elsewhere | {"payloadUri": 1}))


def test_endless_nesting_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        message.decode("[" * 200_000)
