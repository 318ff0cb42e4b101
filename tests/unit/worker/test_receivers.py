"""How many receives go side by side, and for how many messages each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.receivers import AT_ONCE, WIDEST, limits, width_after


@pytest.mark.parametrize(
    ("what", "room", "under_way", "width", "expected"),
    [
        ("no room, no receive", 0, 0, 4, []),
        ("a little room, one small receive", 3, 0, 4, [3]),
        ("no small one beside others: more room comes by then", 3, 1, 4, []),
        ("one full receive while nothing is known of the queue", 100, 0, 1, [10]),
        ("several where it is long", 100, 0, 4, [10] * 4),
        ("as many as there is room for", 25, 0, 4, [10, 10, 5]),
        ("those under way count", 100, 3, 4, [10]),
        ("a small one goes along with a full one", 12, 1, 4, [10, 2]),
        ("no more once the queue was found short", 100, 3, 1, []),
    ],
)
def test_receives_go_as_wide_as_the_queue_is_long(
    what: str, room: int, under_way: int, width: int, expected: list[int]
) -> None:
    assert limits(room, under_way=under_way, width=width) == expected, what


@given(st.integers(0, 10_000), st.integers(0, WIDEST), st.integers(1, WIDEST))
def test_no_more_is_asked_for_than_there_is_room(room: int, under_way: int, width: int) -> None:
    begun = limits(room, under_way=under_way, width=width)

    assert sum(begun) <= room
    assert all(1 <= limit <= AT_ONCE for limit in begun)
    assert under_way + len(begun) <= max(under_way, width)


@pytest.mark.parametrize(
    ("what", "width", "got", "limit", "expected"),
    [
        ("twice as many while they are full", 1, 10, 10, 2),
        ("or nearly so", 2, 6, 10, 4),
        ("up to a bound", WIDEST, 10, 10, WIDEST),
        ("fewer when little comes", 8, 2, 10, 4),
        ("one when nothing does", 8, 0, 10, 1),
        ("never none", 1, 1, 10, 1),
    ],
)
def test_the_width_follows_what_comes(
    what: str, width: int, got: int, limit: int, expected: int
) -> None:
    assert width_after(width, got=got, limit=limit) == expected, what
