from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.deliveries.announcement import (
    LIMIT_BYTES,
    result_left_out,
    sample_text,
    text_of,
    with_link,
)
from spillway.deliveries.delivery import due
from spillway.destinations.destination import Destination, to_text
from spillway.event import JOB_EVENTS, EventType
from spillway.intake import INLINE_BYTES
from spillway.job import Job, JobError, Status
from spillway.strict_json import json_text
from spillway.submission import METADATA_BYTES
from spillway.view import job_document
from tests.unit.core.jobs import NOW_MS, job

WEBHOOK = Destination("webhook", "https://receiver.example/hook?token=secret")
URI = "s3://results/results/acme/j1/1.json"
LINK = "https://results.s3.eu-west-1.amazonaws.com/" + "x" * 2000
"""Longer than S3's: a session token of Lambda's makes most of it."""


def succeeded(result: str | None = '{"label":"cat"}') -> Job:
    return job(
        status=Status.SUCCEEDED,
        attempts=1,
        started_at_ms=NOW_MS + 100,
        completed_at_ms=NOW_MS + 300,
        result=result,
        result_uri=URI,
        destinations=to_text([WEBHOOK]),
    )


def test_an_end_is_told_with_its_instant_and_the_job() -> None:
    told = json.loads(text_of(succeeded(), EventType.SUCCEEDED))

    assert list(told) == ["type", "timestamp", "data"]
    assert told["type"] == "job.succeeded"
    assert told["timestamp"] == "2027-01-15T08:00:00.300Z"
    assert told["data"] == job_document(replace(succeeded(), destinations=None))
    assert told["data"]["result"] == {"uri": URI, "inline": {"label": "cat"}}


@pytest.mark.parametrize("event", JOB_EVENTS)
def test_nobody_is_told_of_the_others(event: EventType) -> None:
    # A webhook's URL may hold the secret of another receiver.
    assert "token=secret" not in text_of(succeeded(), event)


def test_the_same_job_is_told_in_the_same_words() -> None:
    assert text_of(succeeded(), EventType.SUCCEEDED) == text_of(succeeded(), EventType.SUCCEEDED)


def test_a_start_that_is_told_late_is_told_as_it_was() -> None:
    # Given a job as it started, and as it ended
    ended = succeeded()
    started = replace(ended, status=Status.RUNNING, completed_at_ms=None, result=None,
                      result_uri=None)  # fmt: skip

    # Then both are told in the same words
    assert text_of(ended, EventType.STARTED) == text_of(started, EventType.STARTED)
    told = json.loads(text_of(ended, EventType.STARTED))
    assert (told["type"], told["timestamp"]) == ("job.started", "2027-01-15T08:00:00.100Z")
    assert told["data"]["status"] == "RUNNING"


# --- results --------------------------------------------------------------------------------------


def test_a_result_that_is_too_long_is_left_out() -> None:
    fits, too_long = succeeded(json_text("x" * 18_000)), succeeded(json_text("x" * 20_000))

    assert result_left_out(text_of(fits, EventType.SUCCEEDED)) is None
    text = text_of(too_long, EventType.SUCCEEDED)
    assert result_left_out(text) == URI
    assert json.loads(text)["data"]["result"] == {"uri": URI}


def test_a_result_that_does_not_lie_in_the_job_is_left_out() -> None:
    assert result_left_out(text_of(succeeded(None), EventType.SUCCEEDED)) == URI


def test_a_job_without_a_result_lacks_none() -> None:
    failed = replace(succeeded(None), status=Status.FAILED, result_uri=None)

    assert result_left_out(text_of(failed, EventType.FAILED)) is None


def test_a_link_stands_beside_the_address() -> None:
    text = text_of(succeeded(None), EventType.SUCCEEDED)

    linked = json.loads(with_link(text, LINK))

    assert linked["data"]["result"] == {"uri": URI, "link": LINK}
    linked["data"]["result"].pop("link")
    assert linked == json.loads(text)


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    result=st.one_of(st.none(), st.text(min_size=1, max_size=20).map(lambda s: s * 2000)),
    message=ANY_TEXT.map(lambda s: (s * 1000)[:1000]),
    name=st.text(min_size=1, max_size=128),
    value=st.text(max_size=512),
)
def test_every_text_is_below_the_limit_with_its_link_and_can_be_sent(
    result: str | None, message: str, name: str, value: str
) -> None:
    # Given a job with as much of everything as is let in
    fill = {f"{number}{name}"[:128]: value for number in range(20)}
    metadata = fill if len(json.dumps(fill)) <= METADATA_BYTES else {}
    inline = None if result is None else json_text(_encodable(result))
    ended = replace(
        succeeded(inline if inline is None or len(inline.encode()) <= INLINE_BYTES else None),
        metadata={_encodable(key): _encodable(text) for key, text in metadata.items()},
        payload_uri="s3://inputs/" + "ü" * 512,
        result_uri="s3://results/" + "r" * 1024,
        error=JobError("prediction_failed", message, retryable=True),
    )

    text = text_of(ended, EventType.SUCCEEDED)

    # Then it fits, with its link where it needs one, and SQS takes every character
    if result_left_out(text) is not None:
        text = with_link(text, LINK)
    assert len(text.encode()) < LIMIT_BYTES
    assert not any(char in "\ufffe\uffff" or ord(char) < 0x20 for char in text)


def test_the_longest_text_of_all_fits_with_its_link() -> None:
    # Given names and errors of characters that take six bytes each
    ended = replace(
        succeeded(None),
        metadata={"n" * 128: "\x01" * 512, "m": "\x02" * 100},
        payload_uri="s3://inputs/" + "k" * 1024,
        result_uri="s3://results/" + "r" * 1024,
        error=JobError("prediction_failed", "\x00" * 1000, retryable=True),
    )

    text = with_link(text_of(ended, EventType.SUCCEEDED), LINK)

    assert len(text.encode()) < LIMIT_BYTES


def test_a_sample_says_that_it_is_one() -> None:
    [delivery] = due(succeeded())

    told = json.loads(sample_text(replace(delivery, job_id=None, event=EventType.TEST)))

    assert told["type"] == "webhook.test"
    assert told["timestamp"] == "2027-01-15T08:00:00.300Z"
    assert told["data"]["tenant"] == "acme"


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()
