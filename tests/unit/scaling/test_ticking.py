from __future__ import annotations

import pytest

from scaling import ticking
from tests.unit.scaling.fleet import START_MS, Clock


def ticks_at(clock: Clock, *, took_ms: list[int], active: list[bool], for_s: int) -> list[int]:
    """The seconds at which it ticks; the last of a list stands for all after it."""
    at: list[int] = []

    def tick() -> bool:
        number = len(at)
        at.append((clock.now_ms - START_MS) // 1000)
        clock.now_ms += took_ms[min(number, len(took_ms) - 1)]
        return active[min(number, len(active) - 1)]

    until_ms = START_MS + for_s * 1000
    assert ticking.run(tick, clock=clock, sleep=clock.sleep, until_ms=until_ms) == len(at)
    return at


@pytest.mark.parametrize(
    ("case", "took_ms", "active", "for_s", "at"),
    [
        ("all sleep", [100], [False], 50, [0]),
        ("active all the time", [100], [True], 50, [0, 10, 20, 30, 40, 50]),
        ("asleep after a while", [100], [True, True, False], 50, [0, 10, 20]),
        ("less time is left", [100], [True], 29, [0, 10, 20]),
        ("no time is left", [100], [True], -1, [0]),
        ("a slow tick leaves one out", [100, 12_000, 100], [True], 50, [0, 10, 30, 40, 50]),
        ("ticks that take as long as they are apart", [10_000], [True], 50, [0, 20, 40]),
    ],
)
def test_ticks_keep_to_the_grid(
    case: str, took_ms: list[int], active: list[bool], for_s: int, at: list[int]
) -> None:
    assert ticks_at(Clock(), took_ms=took_ms, active=active, for_s=for_s) == at
