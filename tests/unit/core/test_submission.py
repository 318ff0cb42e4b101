from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway import message
from spillway.destinations.allowed import Allowed
from spillway.destinations.destination import Destination
from spillway.errors import Forbidden, Rejected, Unprocessable
from spillway.fields import MOST_FAULTS
from spillway.submission import parse
from tests.unit.core.jobs import job
from tests.unit.core.json_values import SCALARS, SQS_TAKES, VALUES
from tests.unit.core.refusals import refusal

FIELDS = (
    "model",
    "payload",
    "payloadUri",
    "jobId",
    "ttlSeconds",
    "timeoutSeconds",
    "metadata",
    "destination",
    "destinations",
)
HOOK = {"type": "webhook", "url": "https://example.com/hook"}
TOPIC = {"type": "sns", "topicArn": "arn:aws:sns:eu-central-1:123456789012:done"}

REQUESTS = st.dictionaries(
    st.one_of(st.sampled_from(FIELDS), st.text(max_size=5)),
    st.one_of(SCALARS, VALUES, st.integers(0, 2_000_000), st.just("default")),
    max_size=8,
)


@given(REQUESTS)
def test_any_request_is_read_or_refused_with_its_faults(request: dict[str, Any]) -> None:
    body = json.dumps(request).encode()

    refused = refusal(Rejected, lambda: parse(body, tenant="acme", default_model="default"))

    if refused is not None:
        assert refused.status == 422
        assert 0 < len(refused.faults) <= MOST_FAULTS
        assert all(fault.detail for fault in refused.faults)


@given(VALUES)
def test_every_payload_reaches_the_worker_as_it_was_sent(payload: object) -> None:
    wanted = parse(
        json.dumps({"payload": payload}).encode(), tenant="acme", default_model="default"
    )

    body = message.encode(job(), payload=wanted.payload)

    assert message.decode(body).payload == payload
    assert SQS_TAKES.fullmatch(body)


@given(VALUES, VALUES)
def test_two_requests_share_a_fingerprint_only_if_they_are_the_same(
    one: object, two: object
) -> None:
    first, second = (
        parse(
            json.dumps({"payload": payload}).encode(), tenant="acme", default_model="default"
        ).fingerprint
        for payload in (one, two)
    )

    assert (first == second) == (json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True))


def test_a_fingerprint_takes_the_default_model_as_given_and_leaves_the_id_out() -> None:
    bodies = [
        b'{"payload": 1}',
        b'{"payload":1,"model":"default"}',
        b'{"jobId": "x", "model": "default", "payload": 1}',
    ]

    prints = {parse(body, tenant="acme", default_model="default").fingerprint for body in bodies}

    assert len(prints) == 1
    assert parse(bodies[0], tenant="acme", default_model="other").fingerprint not in prints


def test_defaults_are_six_hours_to_wait_and_a_quarter_to_run() -> None:
    wanted = parse(b'{"payload": 1}', tenant="acme", default_model="default")

    assert (wanted.ttl_s, wanted.timeout_s, wanted.metadata) == (21_600, 900, {})
    assert (wanted.model, wanted.job_id, wanted.payload_uri) == ("default", None, None)


@pytest.mark.parametrize("model", ["a", "0", "a-b", "a" * 39, "dlq", "a-dlq"])
def test_a_model_has_the_name_of_its_queue(model: str) -> None:
    body = json.dumps({"payload": 1, "model": model}).encode()

    assert parse(body, tenant="acme", default_model="default").model == model


@pytest.mark.parametrize("model", ["", "-a", "A", "a_b", "a.b", "a" * 40, "ä", "a\n", "a b"])
def test_a_model_has_no_name_that_no_queue_could_have(model: str) -> None:
    with pytest.raises(Rejected, match="model"):
        parse(
            json.dumps({"payload": 1, "model": model}).encode(),
            tenant="acme",
            default_model="default",
        )


def test_destinations_are_those_that_were_named_and_none_is_not_nowhere() -> None:
    def named(**fields: object) -> object:
        body = json.dumps({"payload": 1, **fields}).encode()
        return parse(body, tenant="acme", default_model="default").destinations

    hook = Destination("webhook", HOOK["url"])
    assert named() is None
    assert named(destinations=[]) == ()
    assert named(destination=HOOK) == (hook,)
    assert named(destinations=[HOOK]) == (hook,)


def test_a_destination_that_is_not_allowed_is_refused_by_its_field() -> None:
    one, listed = (
        json.dumps({"payload": 1, **fields}).encode()
        for fields in ({"destination": TOPIC}, {"destinations": [HOOK, TOPIC]})
    )

    for body, pointer in (one, "/destination/topicArn"), (listed, "/destinations/1/topicArn"):
        with pytest.raises(Forbidden) as refused:
            parse(body, tenant="acme", default_model="default")
        assert [fault.pointer for fault in refused.value.faults] == [pointer]
        allowed = Allowed([TOPIC["topicArn"]])
        assert parse(body, tenant="acme", default_model="default", allowed=allowed).destinations


def test_what_is_no_valid_request_is_not_asked_whether_it_is_allowed() -> None:
    body = json.dumps({"destination": TOPIC}).encode()

    with pytest.raises(Unprocessable, match="payload"):
        parse(body, tenant="acme", default_model="default")


def test_plain_http_to_this_machine_needs_the_switch() -> None:
    local = {"type": "webhook", "url": "http://localhost:4566/"}
    body = json.dumps({"payload": 1, "destination": local}).encode()

    assert parse(body, tenant="acme", default_model="default", loopback_webhooks=True).destinations
    with pytest.raises(Unprocessable, match="destination/url: expected https://"):
        parse(body, tenant="acme", default_model="default")


def test_a_request_told_elsewhere_is_another_request() -> None:
    told: list[dict[str, object]] = [
        {},
        {"destinations": []},
        {"destination": HOOK},
        {"destination": {**HOOK, "events": ["job.failed"]}},
    ]

    prints = [
        parse(
            json.dumps({"payload": 1, **fields}).encode(), tenant="acme", default_model="default"
        ).fingerprint
        for fields in told
    ]

    assert len(set(prints)) == len(prints)
