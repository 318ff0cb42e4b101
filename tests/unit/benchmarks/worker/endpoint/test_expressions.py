"""The stand-in's conditions mean what the rules that wrote them mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.worker.endpoint.conditions import condition
from benchmarks.worker.endpoint.scope import Scope
from benchmarks.worker.endpoint.service import Fault
from benchmarks.worker.endpoint.updates import update
from spillway import transitions
from spillway.aws.attributes import from_item, to_item
from spillway.aws.expression import Expression
from spillway.job import JobError, JobKey, Status

if TYPE_CHECKING:
    from spillway.update import Update

KEY = JobKey("acme", "1")
LEASE = {"now_ms": 5, "lease_until_ms": 9, "max_attempts": 4, "model_version": "1"}
RULES = [
    transitions.claim(KEY, now_ms=5, lease_until_ms=9, max_attempts=4, model_version="1"),
    transitions.reclaim(KEY, now_ms=5, lease_until_ms=9, max_attempts=4, model_version="1"),
    transitions.renew(KEY, attempt=1, lease_until_ms=9),
    transitions.succeed(KEY, attempt=1, now_ms=5, result="1", result_uri="s3://results/1"),
    transitions.retry(KEY, attempt=1, expires_at_ms=7, error=JobError("a", "b", retryable=True)),
    transitions.cancel(KEY, now_ms=5),
    transitions.expire(KEY, now_ms=5),
    transitions.lose(KEY, attempt=1, now_ms=5),
    transitions.exhaust(KEY, now_ms=5, max_attempts=1),
]
RECORDS = st.fixed_dictionaries(
    {"status": st.sampled_from([status.value for status in Status])},
    optional={
        "attempts": st.integers(0, 2),
        "failures": st.integers(0, 4),
        "expiresAt": st.integers(4, 6),
        "leaseUntil": st.integers(4, 6),
        "dueAt": st.integers(4, 6),
        "dueShard": st.just("7"),
    },
)


def scope(rule: Update, record: dict[str, Any]) -> Scope:
    expression = Expression.of(rule)
    return Scope(to_item(record), expression.names, to_item(expression.values))


@given(st.sampled_from(RULES), RECORDS)
def test_a_condition_holds_where_the_rule_s_own_does(rule: Update, record: dict[str, Any]) -> None:
    meets = condition(Expression.of(rule).condition)

    assert meets(scope(rule, record)) == rule.when.holds(record)


@given(st.sampled_from(RULES), RECORDS)
def test_an_update_writes_what_the_rule_does(rule: Update, record: dict[str, Any]) -> None:
    before = scope(rule, record)
    item = dict(before.item)

    for change in update(Expression.of(rule).update):
        change(before, item)

    assert from_item(item) == rule.applied(record)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("attribute_exists(a)", True),
        ("attribute_not_exists(a)", False),
        ("attribute_not_exists(b) AND a = :one", True),
        ("NOT a = :one OR b = :one", False),
        ("NOT (a = :two AND a = :one)", True),
        ("a = :one OR a = :two AND b = :one", True),
        ("#a <> :two", True),
        ("b <> :one", True),
        ("b = :one", False),
        ("a < :ten", True),
        ("a >= :text", False),
    ],
)
def test_the_language_is_understood(text: str, *, holds: bool) -> None:
    values = {
        ":one": {"N": "1"},
        ":two": {"N": "2"},
        ":ten": {"N": "10"},
        ":text": {"S": "1"},
    }

    assert condition(text)(Scope({"a": {"N": "1.0"}}, {"#a": "a"}, values)) is holds


def test_a_counter_begins_at_nothing() -> None:
    item = {"n": {"N": "3"}}
    values = {":by": {"N": "2"}}
    new = dict(item)

    for change in update("SET m = if_not_exists(m, :by), o = n - :by ADD n :by, k :by"):
        change(Scope(item, {}, values), new)

    assert {name: value["N"] for name, value in new.items()} == {
        "m": "2", "n": "5", "o": "1", "k": "2"
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["a", "a = ", "contains(a, :b)", "a = :b c", "a[0] = :b", "(a = :b"]
)
def test_a_condition_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(Fault, match="ValidationException"):
        condition(text)(Scope({}, {}, {":b": {"N": "1"}}))


@pytest.mark.parametrize("text", ["DELETE a :b", "SET a", "a = :b"])
def test_an_update_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(Fault, match="ValidationException"):
        update(text)
