"""A bar is reached or missed by the ratio of medians."""

from __future__ import annotations

import pytest

from benchmarks.model_load.table import Bar, bars, tell


def took(*walls_s: float, rss_mib: float = 1050) -> list[dict[str, float]]:
    return [{"wall_s": wall_s, "cpu_s": 1.0, "rss_mib": rss_mib} for wall_s in walls_s]


def test_the_bars_are_ratios_of_medians() -> None:
    runs = {
        "raw": took(0.8, 1.0, 9.0),
        "raw-4": took(3.0, 3.0, 3.0),
        "spillway": took(1.2, 1.1, 7.0),
        "get-object": took(12.0, 12.0, 12.0),
    }

    found = {bar.name: bar for bar in bars(runs, gib=1)}

    assert [round(bar.ratio, 3) for bar in found.values()] == [1.2, 10.0, 1.025]
    assert all(bar.is_reached for bar in found.values())


def test_over_tls_the_stand_in_is_what_is_waited_for() -> None:
    runs = {"spillway": took(1.8), "raw": took(2.0), "get-object": took(12.0)}

    found = [bar.name for bar in bars(runs, gib=1, over_tls=True)]

    assert found == ["time, of the best raw read's", "peak, of the model's size"]


@pytest.mark.parametrize(
    ("bar", "is_reached"),
    [
        (Bar("time", 1.25, most=1.25), True),
        (Bar("time", 1.26, most=1.25), False),
        (Bar("times", 8.0, least=8), True),
        (Bar("times", 7.9, least=8), False),
    ],
)
def test_a_bar_is_a_least_or_a_most(bar: Bar, is_reached: bool) -> None:
    assert bar.is_reached is is_reached
    assert ("MISSED" in str(bar)) is not is_reached


def test_what_was_not_measured_is_not_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell({"s5cmd": took(1.0)}, gib=1)
    assert "MISSED" not in capsys.readouterr().out


def test_a_missed_bar_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert not tell({"spillway": took(1.0, rss_mib=2000)}, gib=1)
    assert "peak, of the model's size 1.95, at most 1.1  MISSED" in capsys.readouterr().out
