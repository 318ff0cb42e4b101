"""The table of many wakes: medians, least and most."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    type Parts = Mapping[str, int]


def markdown(by_state: Mapping[str, Sequence[Parts]]) -> str:
    """Return one row a part, one column a state of the wake function, in milliseconds."""
    states = {state: rounds for state, rounds in by_state.items() if rounds}
    names = next(iter(states.values()))[0]
    head = ["ms", *(f"{state}, {len(rounds)} wakes" for state, rounds in states.items())]
    rows = [
        [name, *(spread([each[name] for each in rounds]) for rounds in states.values())]
        for name in names
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def spread(values: Sequence[int]) -> str:
    """Return the median with the least and the most.

    >>> spread([3, 1, 2])
    '2 (1 to 3)'
    """
    return f"{median(values):,.0f} ({min(values):,} to {max(values):,})"
