from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.identity import new_job_id
from spillway_cli.logs.query import IDS_A_PATTERN, Ending, Query, duration_s, ends, start_ms

NOW_MS = 1_800_000_000_000


def test_without_wishes_every_line_is_wanted() -> None:
    assert Query().pattern == ""
    assert Query().wants({"message": "anything"})


def test_the_lines_of_a_job_are_those_that_name_it_and_those_of_its_retry() -> None:
    query = Query(job="j1", tenant="acme")

    assert query.pattern == '{ ($.jobId = "j1" || $.retryOf = "j1") && ($.tenant = "acme") }'
    assert query.wants({"jobId": "j1", "tenant": "acme"})
    assert query.wants({"jobId": "j2", "retryOf": "j1", "tenant": "acme"})
    assert not query.wants({"jobId": "j1", "tenant": "globex"})
    assert not query.wants({"jobId": "j2", "tenant": "acme"})
    assert not query.wants({"message": "j1"})


@pytest.mark.parametrize(
    ("level", "wanted"),
    [
        ("DEBUG", {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}),
        ("WARNING", {"WARNING", "ERROR", "CRITICAL"}),
        ("CRITICAL", {"CRITICAL"}),
    ],
)
def test_a_level_lets_the_worse_ones_through(level: str, wanted: set[str]) -> None:
    query = Query(level=level)

    for each in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        assert query.wants({"level": each}) == (each in wanted)
        assert (f'$.level = "{each}"' in query.pattern) == (each in wanted)


def test_an_invocation_that_lambda_ended_is_an_error() -> None:
    report = {"type": "platform.report", "record": {"status": "timeout"}}

    assert Query(level="ERROR").wants(report)
    assert not Query(level="CRITICAL").wants(report)
    assert not Query(level="ERROR").wants(report | {"record": {"status": "success"}})
    assert not Query(level="ERROR").wants({"record": "timeout"})


def test_a_model_is_read_from_its_own_workers_and_from_the_functions() -> None:
    query = Query(model="minilm")

    assert query.reads("worker/minilm")
    assert query.reads("enqueue")
    assert not query.reads("worker/default")
    assert not query.reads("worker/minilm-large")
    assert query.within("worker/minilm").wants({"message": "of a side-car, which names no model"})
    assert not query.within("enqueue").wants({"message": "rejected"})


@given(
    st.builds(
        Query,
        job=st.none() | st.just("j" * 64),
        trace=st.none() | st.just("0" * 32),
        tenant=st.none() | st.just("t" * 64),
        model=st.none() | st.just("m" * 39),
        level=st.none() | st.sampled_from(["DEBUG", "ERROR"]),
    ),
    st.dictionaries(
        st.sampled_from(["jobId", "tenant", "level"]), st.sampled_from(["j" * 64, "a"])
    ),
)
def test_what_the_pattern_says_is_what_is_wanted(query: Query, line: dict[str, Any]) -> None:
    """The two are one: the service filters by the one, an emulator's answer by the other."""
    assert query.wants(line) == _evaluate(query.pattern, line)
    assert len(query.pattern) <= 1024


def test_a_pattern_of_many_requests_keeps_to_the_services_limit() -> None:
    query = Query(request_ids=["01234567-0123-0123-0123-0123456789ab"] * IDS_A_PATTERN)

    assert len(query.pattern) <= 1024


def _evaluate(pattern: str, line: dict[str, Any]) -> bool:
    """A filter pattern's meaning, by Python's own operators."""
    if not pattern:
        return True
    expression = re.sub(
        r'\$\.([\w.]+) = ("[^"]*")', lambda m: f"({line.get(m[1])!r} == {m[2]})", pattern[2:-2]
    )
    return bool(eval(expression.replace("&&", "and").replace("||", "or")))  # noqa: S307


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604_800)]
)
def test_a_duration_is_a_number_and_its_unit(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


def test_a_duration_is_no_longer_than_a_line_is_kept() -> None:
    assert duration_s("3653d") == 3653 * 86_400
    with pytest.raises(ValueError, match="expected 3653d at most, got '3654d'"):
        duration_s("3654d")


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-5m", "1.5h", "2w"])
def test_another_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 90s, 15m, 2h or 7d"):
        duration_s(text)


def test_a_job_s_own_id_says_where_to_begin() -> None:
    born_ms = NOW_MS - 5 * 86_400_000

    assert start_ms(None, new_job_id(born_ms), now_ms=NOW_MS) == born_ms - 60_000
    assert start_ms(60, new_job_id(born_ms), now_ms=NOW_MS) == NOW_MS - 60_000
    assert start_ms(None, "order-17", now_ms=NOW_MS) == NOW_MS - 7 * 86_400_000
    assert start_ms(None, None, now_ms=NOW_MS) == NOW_MS - 3_600_000


def test_a_job_is_over_by_its_own_last_line_alone() -> None:
    assert ends({"jobId": "j1", "status": "FAILED"}, "j1")
    assert not ends({"jobId": "j1", "status": "QUEUED"}, "j1")
    assert not ends({"jobId": "j2", "retryOf": "j1", "status": "SUCCEEDED"}, "j1")
    assert not ends({"jobId": "j1", "status": 404}, "j1")
    assert not ends({"status": "FAILED"}, "j1")


def test_an_id_is_over_when_each_tenants_job_of_it_is() -> None:
    ending = Ending("j1")

    for line in (
        {"jobId": "j1", "tenant": "acme", "message": "accepted"},
        {"jobId": "j1", "tenant": "globex", "status": "SUCCEEDED"},
        {"jobId": "j1", "message": "a library's own line"},
        {"jobId": "j2", "retryOf": "j1", "tenant": "acme", "status": "SUCCEEDED"},
    ):
        ending.see(line)
        assert not ending.is_over

    ending.see({"jobId": "j1", "tenant": "acme", "status": "FAILED"})
    assert ending.is_over


def test_nothing_is_over_where_no_job_is_followed() -> None:
    ending = Ending(None)

    ending.see({"status": "FAILED"})

    assert not ending.is_over
