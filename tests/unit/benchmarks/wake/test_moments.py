"""One wake's moments, taken from what the parts of the system logged."""

from __future__ import annotations

from benchmarks.wake import logs
from benchmarks.wake.moments import Moments, parts
from benchmarks.wake.table import markdown, spread

AT = Moments(
    created=1_000,
    gated=1_010,
    invoked=1_030,
    answered=1_040,
    begun=1_100,
    observed=1_150,
    set=1_160,
    seen=1_175,
    started=1_200,
    loading=1_500,
    ready=2_100,
    completed=2_150,
)
TO_DESIRED, TO_RESULT = "desiredCount ≥ 1, as the wake function set it", "result, from createdAt"


def test_the_parts_up_to_the_desired_count_are_all_of_it() -> None:
    told = parts(AT)
    names = list(told)

    before = [told[name] for name in names[: names.index(TO_DESIRED)]]
    assert sum(before) == told[TO_DESIRED] == 160


def test_the_parts_up_to_the_result_are_all_of_it() -> None:
    told = parts(AT)
    names = list(told)

    after = names[names.index(TO_DESIRED) + 2 : names.index(TO_RESULT)]
    assert told[TO_DESIRED] + sum(told[name] for name in after) == told[TO_RESULT] == 1_150


def test_the_table_has_a_column_for_each_state_that_was_measured() -> None:
    table = markdown({"cold": [{"all": 30}, {"all": 10}, {"all": 20}], "warm": []})

    assert table == "| ms | cold, 3 wakes |\n| --- | --- |\n| all | 20 (10 to 30) |\n"


def test_a_spread_is_the_median_with_the_least_and_the_most() -> None:
    assert spread([4, 1, 2, 2_000]) == "3 (1 to 2,000)"


def test_of_a_log_the_lines_of_ours_are_read() -> None:
    said = ["START RequestId: 1", '{"message": "woken: 1 job", "model": "a"}', "END RequestId: 1"]

    assert list(logs.read(said)) == [{"message": "woken: 1 job", "model": "a"}]


def test_a_line_is_found_by_its_beginning_its_model_and_its_time() -> None:
    lines = [
        {"message": "woken: 1 job", "model": "a", "time": "1970-01-01T00:00:01.000Z"},
        {"message": "woken: 2 jobs", "model": "b", "time": "1970-01-01T00:00:02.000Z"},
        {"message": "woken: 3 jobs", "model": "a", "time": "1970-01-01T00:00:02.000Z"},
    ]

    assert logs.first(lines, "woken", model="a", since_ms=1_500) == lines[2]
    assert logs.first(lines, "ready", model="a", since_ms=0) is None
