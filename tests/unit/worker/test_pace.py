"""What is measured of the model and of the calls before it."""

from __future__ import annotations

import pytest

from worker.pace import FIRST_LEAD_S, LONGEST_LEAD_S, MARGIN, RECENT, Pace


def test_before_anything_was_seen_a_batch_is_unknown_and_calls_take_what_they_usually_do() -> None:
    pace = Pace()

    assert pace.batch_s is None
    assert pace.lead_s == FIRST_LEAD_S


def test_a_batch_takes_what_the_latest_ones_took() -> None:
    pace = Pace()
    pace.computed(1.0)
    assert pace.batch_s == 1.0

    for _ in range(20):
        pace.computed(3.0)

    assert pace.batch_s == pytest.approx(3.0, rel=0.01)


def test_a_job_is_here_after_a_receive_and_a_claim() -> None:
    pace = Pace()
    pace.received(0.02)
    pace.readied(0.01)

    assert pace.lead_s == pytest.approx(MARGIN * 0.03)


def test_a_poll_that_waited_for_a_message_says_nothing_of_the_call() -> None:
    pace = Pace()
    pace.readied(0.01)
    for took_s in (9.0, 0.02, 4.0):
        pace.received(took_s)

    assert pace.lead_s == pytest.approx(MARGIN * 0.03)


def test_what_was_long_ago_does_not_count() -> None:
    pace = Pace()
    pace.readied(0.01)
    for took_s in (0.001, *[0.04] * RECENT):
        pace.received(took_s)

    assert pace.lead_s == pytest.approx(MARGIN * 0.05)


def test_slow_calls_are_run_ahead_of_within_bounds() -> None:
    pace = Pace()
    pace.received(9.0)
    pace.readied(5.0)

    assert pace.lead_s == LONGEST_LEAD_S
