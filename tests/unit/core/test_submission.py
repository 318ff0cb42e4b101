from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway import message
from spillway.errors import Rejected
from spillway.submission import MOST_FAULTS, json_text, parse, pointer
from tests.unit.core.jobs import job
from tests.unit.core.json_values import SCALARS, VALUES
from tests.unit.core.refusals import refusal

FIELDS = ("model", "payload", "payloadUri", "jobId", "ttlSeconds", "timeoutSeconds", "metadata")
SQS_TAKES = re.compile("[\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

REQUESTS = st.dictionaries(
    st.one_of(st.sampled_from(FIELDS), st.text(max_size=5)),
    st.one_of(SCALARS, VALUES, st.integers(0, 2_000_000), st.just("default")),
    max_size=8,
)


@given(REQUESTS)
def test_any_request_is_read_or_refused_with_its_faults(request: dict[str, Any]) -> None:
    body = json.dumps(request).encode()

    refused = refusal(Rejected, lambda: parse(body, default_model="default"))

    if refused is not None:
        assert refused.status == 422
        assert 0 < len(refused.faults) <= MOST_FAULTS
        assert all(fault.detail for fault in refused.faults)


@given(VALUES)
def test_every_payload_reaches_the_worker_as_it_was_sent(payload: object) -> None:
    wanted = parse(json.dumps({"payload": payload}).encode(), default_model="default")

    body = message.encode(job(), payload=wanted.payload)

    assert message.decode(body).payload == payload
    assert SQS_TAKES.fullmatch(body)


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\x00", "\x1f", "\x7f", "\U0001fffe"])
def test_a_payload_of_characters_that_sqs_refuses_travels_escaped(character: str) -> None:
    text = json_text({character: [character]})

    assert SQS_TAKES.fullmatch(text)
    assert json.loads(text) == {character: [character]}


@given(VALUES, VALUES)
def test_two_requests_share_a_fingerprint_only_if_they_are_the_same(
    one: object, two: object
) -> None:
    first, second = (
        parse(json.dumps({"payload": payload}).encode(), default_model="default").fingerprint
        for payload in (one, two)
    )

    assert (first == second) == (json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True))


def test_a_fingerprint_takes_the_default_model_as_given_and_leaves_the_id_out() -> None:
    bodies = [
        b'{"payload": 1}',
        b'{"payload":1,"model":"default"}',
        b'{"jobId": "x", "model": "default", "payload": 1}',
    ]

    prints = {parse(body, default_model="default").fingerprint for body in bodies}

    assert len(prints) == 1
    assert parse(bodies[0], default_model="other").fingerprint not in prints


def test_defaults_are_six_hours_to_wait_and_a_quarter_to_run() -> None:
    wanted = parse(b'{"payload": 1}', default_model="default")

    assert (wanted.ttl_s, wanted.timeout_s, wanted.metadata) == (21_600, 900, {})
    assert (wanted.model, wanted.job_id, wanted.payload_uri) == ("default", None, None)


@pytest.mark.parametrize("model", ["a", "0", "a-b", "a" * 39, "dlq", "a-dlq"])
def test_a_model_has_the_name_of_its_queue(model: str) -> None:
    body = json.dumps({"payload": 1, "model": model}).encode()

    assert parse(body, default_model="default").model == model


@pytest.mark.parametrize("model", ["", "-a", "A", "a_b", "a.b", "a" * 40, "ä", "a\n", "a b"])
def test_a_model_has_no_name_that_no_queue_could_have(model: str) -> None:
    with pytest.raises(Rejected, match="model"):
        parse(json.dumps({"payload": 1, "model": model}).encode(), default_model="default")


def test_a_pointer_escapes_what_rfc_6901_says() -> None:
    assert pointer("metadata", "a/b~c") == "/metadata/a~1b~0c"
    assert len(pointer("x" * 10_000)) < 100
