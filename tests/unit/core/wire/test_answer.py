"""What a service answered: an error's name wherever it stands, and JSON or no answer at all."""

from __future__ import annotations

import pytest
from botocore.exceptions import HTTPClientError

from spillway.aws.wire.answer import json_answer, refusal


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}', "QueueDoesNotExist", ""),
        (b'{"__type":"SerializationException","Message":"m"}', "SerializationException", "m"),
        (
            b"<?xml?>\n<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>",
            "NoSuchBucket",
            "gone",
        ),
        (b"<Error>\n<Code>SlowDown</Code></Error>", "SlowDown", ""),
        (b"<Error><Code>Slow\xff</Code></Error>", "Slow\ufffd", ""),
        (b"[" * 100_000, "418", ""),
        (b"[]", "418", ""),
        (b"", "418", ""),
    ],
)
def test_an_errors_name_is_found_in_json_and_in_xml(body: bytes, code: str, message: str) -> None:
    error = refusal("PutObject", 418, body)

    assert error.response["Error"]["Code"] == code
    assert error.response["Error"]["Message"] == message
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 418


def test_an_answer_is_read() -> None:
    assert json_answer(b'{"a": [1]}') == {"a": [1]}
    assert json_answer(b"") == {}


@pytest.mark.parametrize("body", [b"{", b"<html>", b"[" * 100_000])
def test_what_is_no_json_is_no_answer(body: bytes) -> None:
    with pytest.raises(HTTPClientError):
        json_answer(body)
