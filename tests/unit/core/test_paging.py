from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.errors import BadRequest
from spillway.paging import last_key, page_size, token
from tests.unit.core.refusals import refusal

KEY = "001800000000000#j-1_x"


@pytest.mark.parametrize(
    ("asked", "given_"),
    [(None, 20), ("0", 20), ("1", 1), ("100", 100), ("101", 100), ("007", 7), ("9" * 9_999, 100)],
)
def test_a_page_size_is_coerced(asked: str | None, given_: int) -> None:
    assert page_size(asked) == given_


@given(st.text(max_size=30))
def test_any_page_size_is_taken_or_a_bad_request(asked: str) -> None:
    refused = refusal(BadRequest, lambda: page_size(asked))

    if refused is None:
        assert 1 <= page_size(asked) <= 100
    else:
        assert refused.slug == "bad-page-size"


def test_a_token_brings_its_list_back_to_where_it_was() -> None:
    assert last_key(token(KEY, scope=("acme", "")), scope=("acme", "")) == KEY
    assert last_key(None, scope=()) is None
    assert last_key("", scope=()) is None


def test_a_token_tells_nothing_at_a_glance_and_fits_a_query_as_it_is() -> None:
    text = token(KEY, scope=("acme",))

    assert KEY not in text
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("scope", [("globex", ""), ("acme", "FAILED"), ("acme",), ("ac", "me")])
def test_a_token_of_another_list_is_refused(scope: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest):
        last_key(token(KEY, scope=("acme", "")), scope=scope)


@given(st.text(min_size=1, max_size=80))
def test_any_token_is_read_or_a_bad_request(asked: str) -> None:
    with pytest.raises(BadRequest):
        last_key(asked, scope=("acme",))
