"""A payload is JSON, or it is said which line is none before anything is sent."""

from __future__ import annotations

import io
import json
import os
from typing import IO

import pytest
from hypothesis import given

from spillway_cli.exits import CommandFailed
from spillway_cli.payloads import payload, payload_lines
from tests.unit.core.json_values import VALUES


def refused(text: bytes) -> str:
    with pytest.raises(CommandFailed) as failed, payload_lines("t.jsonl", io.BytesIO(text)):
        pass
    return str(failed.value)


def given_lines(file: IO[bytes]) -> list[object]:
    with payload_lines("t.jsonl", file) as payloads:
        return list(payloads)


@given(VALUES)
def test_any_json_is_a_payload(value: object) -> None:
    assert payload("PAYLOAD", json.dumps(value).encode()) == value


def test_text_without_quotes_is_told_to_take_them() -> None:
    with pytest.raises(CommandFailed, match=r"^PAYLOAD is not JSON: .*'\"hello\"'$"):
        payload("PAYLOAD", b"hello")


def test_a_file_is_named() -> None:
    with pytest.raises(CommandFailed, match=r"^a\.json is not JSON: NaN is no JSON number$"):
        payload("a.json", b"[NaN]")


def test_each_line_is_a_payload() -> None:
    assert given_lines(io.BytesIO(b'{"a":1}\n"b"\r\nnull')) == [{"a": 1}, "b", None]


def test_nothing_is_no_payload() -> None:
    assert given_lines(io.BytesIO(b"")) == []


def test_a_pipe_is_read_once_and_given_whole() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(b"1\n2\n")

    with os.fdopen(reading, "rb") as pipe:
        assert given_lines(pipe) == [1, 2]


def test_bad_lines_are_named_by_their_numbers() -> None:
    said = refused(b"1\n{\n\n4\n")

    assert said.startswith("t.jsonl:2 is not JSON: ")
    assert "t.jsonl:3 is not JSON: Expecting value: column " in said
    assert "line 1" not in said
    assert "line 2" not in said
    assert said.endswith("; nothing was submitted")


def test_a_bad_file_is_not_recited() -> None:
    assert "and 3 more; nothing was submitted" in refused(b"x\n" * 8)
