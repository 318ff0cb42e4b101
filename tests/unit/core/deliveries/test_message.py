from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.deliveries.delivery import Delivery, due
from spillway.deliveries.message import DeliveryMessage, decode, encode
from spillway.destinations.destination import Destination, to_text
from spillway.errors import MalformedMessage
from spillway.job import Status
from tests.unit.core.jobs import NOW_MS, job


def delivery() -> Delivery:
    ended = job(
        status=Status.SUCCEEDED,
        completed_at_ms=NOW_MS,
        destinations=to_text([Destination("webhook", "https://receiver.example/hook")]),
    )
    [only] = due(ended)
    return only


VALID: dict[str, Any] = json.loads(encode(delivery(), "{}"))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 1000))
def test_a_message_brings_what_was_put_into_it(text: str, number: int) -> None:
    sent = replace(delivery(), round=number)

    body = encode(sent, text)

    assert decode(body) == DeliveryMessage(sent.key, number, text)
    assert not any(char in "\ufffe\uffff" for char in body)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"v": 2}, "v: expected 1, got 2"),
        ({"v": None}, "v: expected 1, got None"),
        ({"tenant": 7}, "tenant: expected str, got 7"),
        ({"tenant": "a#b"}, "tenant: expected text that matches"),
        ({"deliveryId": "../x"}, "deliveryId: expected text that matches"),
        ({"deliveryId": ""}, "deliveryId: expected text that matches"),
        ({"round": "1"}, "round: expected int, got '1'"),
        ({"round": True}, "round: expected int, got True"),
        ({"body": {}}, "body: expected str, got {}"),
        ({"deliveryId": "dlv_1"}, "deliveryId: expected text that matches"),
    ],
)
def test_what_is_not_ours_is_refused_by_the_field(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(MalformedMessage) as raised:
        decode(json.dumps(VALID | change))

    assert fault in str(raised.value)


@pytest.mark.parametrize("name", ["v", "round"])
def test_a_fault_shows_little_of_what_is_not_ours(name: str) -> None:
    with pytest.raises(MalformedMessage) as raised:
        decode(json.dumps(VALID | {name: "x" * 100_000}))

    assert len(str(raised.value)) < 100


@pytest.mark.parametrize("body", ["", "{", "[]", "7", "[" * 100_000])
def test_what_is_no_object_is_refused(body: str) -> None:
    with pytest.raises(MalformedMessage):
        decode(body)
