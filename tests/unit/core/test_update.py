from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spillway.job import JobKey
from spillway.update import Comparison, Update, either, every

if TYPE_CHECKING:
    from spillway.update import Record

RECORD: Record = {"status": "QUEUED", "attempts": 2, "pk": "x"}


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("=", 2, True),
        ("=", 3, False),
        ("<", 3, True),
        ("<", 2, False),
        ("<=", 2, True),
        (">", 1, True),
    ],
)
def test_numbers_compare(operator: str, value: int, *, holds: bool) -> None:
    assert Comparison("attempts", operator, value).holds(RECORD) is holds  # type: ignore[arg-type]


def test_what_is_absent_or_of_another_kind_meets_nothing() -> None:
    assert not Comparison("leaseUntil", "<=", 5).holds(RECORD)
    assert not Comparison("status", "=", 2).holds(RECORD)
    assert not Comparison("attempts", "=", "2").holds(RECORD)


def test_conditions_combine() -> None:
    queued, tried = Comparison("status", "=", "QUEUED"), Comparison("attempts", ">", 5)

    assert not every(queued, tried).holds(RECORD)
    assert either(queued, tried).holds(RECORD)
    assert every().holds(RECORD)
    assert not either().holds(RECORD)


def test_an_update_sets_adds_and_removes_and_leaves_the_rest() -> None:
    update = Update(
        JobKey("a", "b"),
        every(),
        set={"status": "RUNNING"},
        add={"attempts": 1, "failures": 1},
        remove=("pk", "absent"),
    )

    assert update.applied(RECORD) == {"status": "RUNNING", "attempts": 3, "failures": 1}
    assert RECORD["status"] == "QUEUED"


def test_nothing_is_added_to_text() -> None:
    with pytest.raises(TypeError):
        Update(JobKey("a", "b"), every(), add={"status": 1}).applied(RECORD)
