"""Which decisions are kept, and which are one that two tell of."""

from __future__ import annotations

import pytest

from spillway.decisions import KEPT, ONE_WITHIN_MS, appended
from spillway.live import Decision

NOW_MS = 1_700_000_000_000


def decision(before: int, after: int, after_ms: int = 0) -> Decision:
    return Decision(at_ms=NOW_MS + after_ms, before=before, after=after, reason="1 job")


def test_the_first_decision_is_kept() -> None:
    assert appended((), decision(0, 1)) == (decision(0, 1),)


def test_the_oldest_makes_room() -> None:
    known = tuple(decision(count, count + 1) for count in range(KEPT))

    assert appended(known, decision(KEPT, 0)) == (*known[1:], decision(KEPT, 0))


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("after_ms", [-ONE_WITHIN_MS, 0, ONE_WITHIN_MS])
def test_what_comes_to_the_same_count_at_the_same_time_is_the_same(
    before: int, after_ms: int
) -> None:
    known = (decision(0, 3),)

    assert appended(known, decision(before, 3, after_ms)) == known


def test_what_comes_to_the_same_count_later_is_another() -> None:
    later = decision(0, 3, ONE_WITHIN_MS + 1)

    assert appended((decision(0, 3),), later) == (decision(0, 3), later)


def test_what_goes_back_at_once_is_another() -> None:
    assert appended((decision(0, 3),), decision(3, 0)) == (decision(0, 3), decision(3, 0))
