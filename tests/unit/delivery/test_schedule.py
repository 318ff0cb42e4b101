from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.schedule import ATTEMPTS, DELAYS_S, MOST_HIDDEN_S, hidden_s, next_attempt
from spillway.deliveries.delivery import Delivery, again, due
from spillway.errors import DeliveryRefused, ReceiverGone, Undelivered
from spillway.event import EventType
from tests.unit.core.jobs import NOW_MS
from tests.unit.delivery.world import succeeded

DOWN = Undelivered("answered 500")


def delivery(*, attempts: int) -> Delivery:
    [pending] = due(succeeded())
    return replace(pending, attempts=attempts)


def wait_s(after: Delivery, error: Undelivered = DOWN, *, jitter: float = 0) -> float | None:
    """From an attempt that failed to the next one."""
    at_ms = next_attempt(after, error, now_ms=NOW_MS, jitter=jitter)
    return None if at_ms is None else (at_ms - NOW_MS) / 1000


def test_seven_attempts_are_spread_over_eighteen_hours() -> None:
    waits = [wait_s(delivery(attempts=made)) for made in range(ATTEMPTS)]

    assert waits == [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, None]
    assert ATTEMPTS == 7


@given(st.integers(0, 5), st.floats(0, 1))
def test_a_delay_is_up_to_a_tenth_longer_and_never_shorter(made: int, jitter: float) -> None:
    waited = wait_s(delivery(attempts=made), jitter=jitter)

    assert waited is not None
    assert DELAYS_S[made] <= waited <= DELAYS_S[made] * 1.1


@pytest.mark.parametrize("error", [DeliveryRefused("not allowed"), ReceiverGone("answered 410")])
def test_what_no_retry_mends_is_not_retried(error: Undelivered) -> None:
    assert wait_s(delivery(attempts=0), error) is None


@pytest.mark.parametrize(
    ("asked_s", "made", "waits_s"),
    [
        (60, 0, 60),
        (60, 1, 300),
        (0, 0, 5),
        (43_200, 0, MOST_HIDDEN_S),
        (10**9, 5, MOST_HIDDEN_S),
    ],
)
def test_a_receiver_is_left_alone_as_long_as_it_asks_for(
    asked_s: int, made: int, waits_s: int
) -> None:
    assert wait_s(delivery(attempts=made), Undelivered("busy", retry_after_s=asked_s)) == waits_s


def test_a_receiver_that_asks_for_a_pause_gets_no_more_attempts_by_it() -> None:
    assert wait_s(delivery(attempts=6), Undelivered("busy", retry_after_s=60)) is None


def test_a_sample_is_tried_once_each_time_it_is_asked_for() -> None:
    sample = replace(delivery(attempts=0), event=EventType.TEST)

    assert wait_s(sample) is None
    assert wait_s(again(replace(sample, attempts=1), now_ms=NOW_MS)) is None


def test_a_redelivery_begins_the_schedule_anew() -> None:
    redelivered = again(delivery(attempts=7), now_ms=NOW_MS)

    assert wait_s(redelivered) == 5
    assert wait_s(replace(redelivered, attempts=14)) is None


@pytest.mark.parametrize(
    ("in_ms", "seconds"),
    [(-1, 0), (0, 0), (1, 1), (1000, 1), (1001, 2), (50 * 3_600_000, MOST_HIDDEN_S)],
)
def test_a_message_is_hidden_until_it_is_due_and_never_too_long_for_sqs(
    in_ms: int, seconds: int
) -> None:
    assert hidden_s(NOW_MS + in_ms, now_ms=NOW_MS) == seconds
    assert MOST_HIDDEN_S < 12 * 3600


def test_another_schedule_has_its_own_number_of_attempts() -> None:
    def waits_ms(made: int) -> int | None:
        after = delivery(attempts=made)
        return next_attempt(after, DOWN, now_ms=0, jitter=0, delays_s=(1, 20))

    assert [waits_ms(made) for made in range(3)] == [1_000, 20_000, None]
