"""What becomes of a delivery by what its receiver answered."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.senders.webhook.answer import LONGEST_PAUSE_S, QUOTED_CHARS, Answer, accept
from spillway.errors import DeliveryRefused, ReceiverGone, Undelivered

NOW_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def refusal(answer: Answer) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        accept(answer, now_ms=NOW_MS)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_two_hundreds_are_taken_whatever_their_body(status: int) -> None:
    accept(Answer(status, beginning=b"error: not really"), now_ms=NOW_MS)


@pytest.mark.parametrize(
    "status", [101, 199, 300, 304, 307, 400, 401, 404, 409, 411, 500, 503, 999]
)
def test_anything_else_is_tried_again(status: int) -> None:
    error = refusal(Answer(status))

    assert not isinstance(error, ReceiverGone | DeliveryRefused)
    assert f"answered {status}" in str(error)
    assert error.retry_after_s is None


def test_410_is_gone_for_good() -> None:
    error = refusal(Answer(410, retry_after="5"))

    assert isinstance(error, ReceiverGone)
    assert "410" in str(error)


def test_a_redirect_is_named_and_where_it_leads_is_not() -> None:
    error = refusal(Answer(302, beginning=b"see http://169.254.169.254/"))

    assert str(error) == "answered 302: redirects are not followed"


def test_the_complaint_of_ones_own_server_is_quoted() -> None:
    error = refusal(Answer(500, beginning=b'{"error": "no table \xc3\xa0 la carte"}\n'))

    assert str(error) == 'answered 500: {"error": "no table à la carte"}'


@given(st.binary(max_size=1000))
def test_what_is_quoted_is_one_short_line_that_shows(beginning: bytes) -> None:
    text = str(refusal(Answer(500, beginning=beginning)))

    assert text.isprintable()
    assert len(text) <= len("answered 500: ") + QUOTED_CHARS
    assert text.startswith("answered 500")


def test_escapes_and_turned_writing_are_not_quoted() -> None:
    text = str(refusal(Answer(500, beginning="a\x1b[31m\x00b\u202egpj\r\nc".encode())))

    assert text == "answered 500: a [31m b gpj c"


@pytest.mark.parametrize(
    ("retry_after", "expected_s"),
    [
        ("0", 0),
        ("120", 120),
        ("999999999", LONGEST_PAUSE_S),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("Thursday, 01-Jan-26 00:02:00 GMT", 120),
        ("Thu Jan  1 00:02:00 2026", 120),
        ("Wed, 31 Dec 2025 23:59:59 GMT", 0),
        ("Fri, 01 Jan 2027 00:00:00 GMT", LONGEST_PAUSE_S),
    ],
)
def test_a_receiver_may_ask_to_be_left_alone(retry_after: str, expected_s: int) -> None:
    for status in (429, 500, 503):
        assert refusal(Answer(status, retry_after)).retry_after_s == expected_s


@pytest.mark.parametrize(
    "retry_after", ["", "soon", "-5", "1.5", "1e3", "٣", "5, 6", "Thu, 99 Jan 2026 00:00:00 GMT"]
)
def test_what_asks_nothing_that_can_be_read_asks_nothing(retry_after: str) -> None:
    assert refusal(Answer(503, retry_after)).retry_after_s is None


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4,9} \d\d:\d\d:\d\d .*"))
def test_no_retry_after_does_more_than_put_off(retry_after: str) -> None:
    asked_s = refusal(Answer(503, retry_after)).retry_after_s

    assert asked_s is None or 0 <= asked_s <= LONGEST_PAUSE_S


@given(st.integers(0, 10**6))
def test_a_date_and_its_seconds_ask_the_same(seconds: int) -> None:
    at = format_datetime(datetime.fromtimestamp(NOW_MS // 1000 + seconds, UTC), usegmt=True)

    by_date = refusal(Answer(503, at)).retry_after_s

    assert by_date == refusal(Answer(503, str(seconds))).retry_after_s
