from __future__ import annotations

import doctest
import itertools

import pytest

from benchmarks.flood import arithmetic
from benchmarks.flood.arithmetic import Flood, Start
from benchmarks.flood.limits import Throttle

FLOOD = Flood(requests=50_000, within_s=10)


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(arithmetic).failed == 0


def test_a_flood_below_the_rate_is_admitted_whole() -> None:
    assert arithmetic.admitted(FLOOD, Throttle(rate=5_000, burst=1)) == 50_000
    assert arithmetic.all_admitted_after_s(FLOOD, Throttle(rate=10_000, burst=5_000)) == 10


def test_a_bucket_lets_through_what_the_second_by_second_trial_does() -> None:
    # Given a bucket of 2,000 tokens that 1,000 a second flow into
    tokens, through, steps = 2_000.0, 0, 1_000
    for _ in range(steps):
        tokens = min(2_000.0, tokens + 1_000 * FLOOD.within_s / steps)
        taken = min(FLOOD.requests // steps, int(tokens))
        tokens, through = tokens - taken, through + taken

    assert arithmetic.admitted(FLOOD, Throttle(rate=1_000, burst=2_000)) == pytest.approx(
        through, rel=0.01
    )


def test_a_start_of_no_time_leaves_only_the_requests_themselves() -> None:
    assert arithmetic.environments_at_once(5_000, Start(cold_s=0, warm_s=0.03)) == 150


def test_an_environment_takes_no_more_than_ten_requests_a_second() -> None:
    assert arithmetic.environments_warm(5_000, Start(cold_s=1, warm_s=0.03)) == 500
    assert arithmetic.environments_warm(5_000, Start(cold_s=1, warm_s=0.2)) == 1_000


@pytest.mark.parametrize("cold_s", [0.1, 0.25, 0.5, 1.0, 3.0])
def test_what_stands_ready_is_just_enough_for_none_to_be_turned_away(cold_s: float) -> None:
    start = Start(cold_s, warm_s=0.03)

    ready = arithmetic.ready_for(5_000, start, new=1_000)

    assert arithmetic.turned_away(5_000, start, ready=ready, new=1_000) == 0
    if ready:
        assert arithmetic.turned_away(5_000, start, ready=ready - 1, new=1_000) > 0


@pytest.mark.parametrize(
    ("keys", "partitions", "most"), [(4, 3, 2), (6, 3, 2), (5, 4, 1), (3, 4, 1), (4, 2, 3)]
)
def test_the_chance_that_keys_fit_is_that_of_all_ways_to_put_them(
    keys: int, partitions: int, most: int
) -> None:
    ways = list(itertools.product(range(partitions), repeat=keys))
    fitting = [way for way in ways if max(map(way.count, way)) <= most]

    chance = arithmetic.chance_that_keys_fit(keys, 1_000 / most, partitions * 1_000)

    assert chance == pytest.approx(len(fitting) / len(ways))


def test_readiness_is_paid_by_size_and_time() -> None:
    month = arithmetic.HOURS_PER_MONTH

    assert arithmetic.usd_provisioned(1, 1_024, month) == pytest.approx(10.95, abs=0.01)
    assert arithmetic.usd_provisioned(2, 512, month) == arithmetic.usd_provisioned(1, 1_024, month)
    assert arithmetic.usd_warm(4_000, tables_and_indexes=3) == 0
    assert arithmetic.usd_snapshot(1_024, 0, restored=1_000) == pytest.approx(0.14, abs=0.01)
