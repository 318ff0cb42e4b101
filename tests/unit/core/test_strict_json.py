from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.errors import BadRequest, Rejected, Unprocessable
from spillway.strict_json import MAX_DEPTH, json_text, kind_of, read
from tests.unit.core.json_values import SQS_TAKES, VALUES
from tests.unit.core.refusals import refusal


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    try:
        value = read(body)
    except Rejected:
        return
    assert read(json.dumps(value).encode()) == value


@given(VALUES)
def test_every_json_value_is_read_as_it_is(value: object) -> None:
    assert read(json.dumps(value).encode()) == value
    assert read(json.dumps(value, ensure_ascii=False).encode()) == value


@given(
    st.lists(
        st.sampled_from(["[", "]", "{", "}", '"', ",", ":", "1", "e9", "\\u", "d800", "NaN", " "]),
        max_size=40,
    )
)
def test_what_looks_like_json_is_read_or_refused(pieces: list[str]) -> None:
    refused = refusal(Rejected, lambda: read("".join(pieces).encode()))

    assert refused is None or refused.status in (400, 422)


@pytest.mark.parametrize("levels", [1, MAX_DEPTH - 1, MAX_DEPTH])
def test_nesting_is_read_down_to_the_limit(levels: int) -> None:
    text = b"[" * levels + b"]" * levels

    assert json.dumps(read(text)).encode() == text


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 1_000, 10_000, 200_000])
def test_nesting_below_the_limit_is_refused(levels: int) -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        with pytest.raises(Unprocessable, match="nested"):
            read(opening * levels + b"1" + closing * levels)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(read(b"[" + b"[]," * 10_000 + b"[]]")) == 10_001


def test_a_whole_number_may_be_long_but_not_endless() -> None:
    assert read(b"9" * 4_300) == int("9" * 4_300)
    with pytest.raises(Unprocessable, match="too many digits"):
        read(b"9" * 4_301)


def test_not_json_says_where() -> None:
    with pytest.raises(BadRequest, match="line 1 column 5"):
        read(b"[1, oops]")


def test_the_kinds_have_names() -> None:
    values: list[object] = [{}, [], "", True, 1, 1.5, None]

    assert [kind_of(value) for value in values] == [
        "an object",
        "an array",
        "text",
        "a boolean",
        "a number",
        "a number",
        "null",
    ]


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\x00", "\x1f", "\x7f", "\U0001fffe"])
def test_a_text_of_characters_that_sqs_refuses_is_escaped(character: str) -> None:
    text = json_text({character: [character]})

    assert SQS_TAKES.fullmatch(text)
    assert json.loads(text) == {character: [character]}
