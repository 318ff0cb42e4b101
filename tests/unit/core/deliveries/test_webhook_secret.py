from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from spillway.deliveries.webhook_secret import Secret, is_secret, new_secret, parse, rotated, valid
from spillway.errors import MalformedSecrets

NOW_S = 1_800_000_000
DAY_S = 86_400
FIRST, SECOND, THIRD = new_secret(), new_secret(), new_secret()


def _secret(size: int) -> str:
    return f"whsec_{base64.b64encode(bytes(size)).decode()}"


# --- a secret -------------------------------------------------------------------------------------


def test_new_secrets_are_secrets_and_never_the_same() -> None:
    made = {new_secret() for _ in range(100)}

    assert len(made) == 100
    assert all(map(is_secret, made))
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in made} == {32}


def test_a_receivers_library_takes_a_new_secret() -> None:
    assert Webhook(new_secret())


@pytest.mark.parametrize("size", [24, 32, 63, 64])
def test_a_secret_has_24_to_64_bytes(size: int) -> None:
    assert is_secret(_secret(size))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        _secret(23),
        _secret(65),
        _secret(32).removeprefix("whsec_"),
        _secret(32).replace("whsec_", "WHSEC_"),
        f"whsec_{_secret(32)}",
        _secret(32).rstrip("="),
        f"{_secret(32)}\n",
        _secret(32).replace("A", "-", 1),
        _secret(32).replace("A", "ä", 1),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_secret(text)


@given(st.text())
def test_any_text_is_a_secret_or_is_not(text: str) -> None:
    assert is_secret(f"whsec_{text}") in (True, False)


# --- which are valid ------------------------------------------------------------------------------


def test_the_first_secret_is_valid_for_good() -> None:
    text = rotated(None, FIRST, NOW_S, DAY_S)

    assert valid(text, NOW_S) == valid(text, NOW_S + 10**9) == [FIRST]


def test_the_former_one_stays_valid_until_the_overlap_ends() -> None:
    text = rotated(rotated(None, FIRST, NOW_S, DAY_S), SECOND, NOW_S, DAY_S)

    assert valid(text, NOW_S + DAY_S - 1) == [SECOND, FIRST]
    assert valid(text, NOW_S + DAY_S) == [SECOND]


def test_of_three_the_oldest_ends_at_once() -> None:
    text = rotated(rotated(None, FIRST, NOW_S, DAY_S), SECOND, NOW_S, DAY_S)

    text = rotated(text, THIRD, NOW_S + 1, DAY_S)

    assert valid(text, NOW_S + 1) == [THIRD, SECOND]
    assert FIRST not in text


def test_without_an_overlap_the_former_one_ends_at_once() -> None:
    text = rotated(rotated(None, FIRST, NOW_S, DAY_S), SECOND, NOW_S, 0)

    assert valid(text, NOW_S) == [SECOND]
    assert FIRST not in text


def test_a_rotation_that_is_repeated_ends_no_secret_early() -> None:
    text = rotated(rotated(None, FIRST, NOW_S, DAY_S), SECOND, NOW_S, DAY_S)

    assert rotated(text, SECOND, NOW_S + 60, DAY_S) == text


def test_a_secret_that_was_to_end_is_not_kept_longer_by_a_rotation() -> None:
    ending = json.dumps({"secrets": [{"secret": FIRST, "until": NOW_S + 60}]})

    assert parse(rotated(ending, SECOND, NOW_S, DAY_S)) == (
        Secret(SECOND),
        Secret(FIRST, NOW_S + 60),
    )


def test_the_former_secret_may_come_back() -> None:
    text = rotated(rotated(None, FIRST, NOW_S, DAY_S), SECOND, NOW_S, DAY_S)

    assert valid(rotated(text, FIRST, NOW_S, DAY_S), NOW_S) == [FIRST, SECOND]


@given(
    st.lists(
        st.tuples(st.sampled_from([FIRST, SECOND, THIRD]), st.integers(0, 100), st.integers(0, 99)),
        min_size=1,
    )
)
def test_whatever_the_rotations_two_are_valid_at_most_and_the_newest_always(
    rotations: list[tuple[str, int, int]],
) -> None:
    text, now_s = None, NOW_S
    for secret, overlap_s, pause_s in rotations:
        now_s += pause_s
        text = rotated(text, secret, now_s, overlap_s)

        told = valid(text, now_s)
        assert told[0] == secret
        assert len(told) <= 2
        assert len(set(told)) == len(told)


# --- the text -------------------------------------------------------------------------------------


def test_the_text_is_as_the_parameter_has_it() -> None:
    text = rotated(rotated(None, FIRST, NOW_S, DAY_S), SECOND, NOW_S, DAY_S)

    assert json.loads(text) == {
        "secrets": [
            {"secret": SECOND, "until": None},
            {"secret": FIRST, "until": NOW_S + DAY_S},
        ]
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        FIRST,
        "[]",
        "{}",
        '{"secrets": {"a": 1}}',
        '{"secrets": ["whsec_"]}',
        json.dumps({"secrets": [{"secret": FIRST}]}),
        json.dumps({"secrets": [{"secret": 7, "until": None}]}),
        json.dumps({"secrets": [{"secret": _secret(8), "until": None}]}),
        json.dumps({"secrets": [{"secret": FIRST, "until": "tomorrow"}]}),
        json.dumps({"secrets": [{"secret": FIRST, "until": True}]}),
        "[" * 100_000,
    ],
)
def test_a_text_that_is_not_is_refused_and_never_told(text: str) -> None:
    with pytest.raises(MalformedSecrets) as refused:
        parse(text)

    assert FIRST not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_rotation_takes_no_secret_that_is_none() -> None:
    with pytest.raises(MalformedSecrets):
        rotated(None, _secret(8), NOW_S, DAY_S)


def test_a_secret_is_not_printed_with_its_value() -> None:
    assert FIRST not in repr(Secret(FIRST))
