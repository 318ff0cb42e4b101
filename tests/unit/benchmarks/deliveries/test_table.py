from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import spillway
from benchmarks.deliveries import table
from benchmarks.deliveries.demo import Course, Round, Told
from benchmarks.deliveries.receivers import Kind, Receivers, kind_of
from spillway.client.deliveries import Attempt, Delivery
from spillway.deliveries.delivery import DeliveryStatus
from spillway.destinations.destination import Destination
from spillway.event import EventType
from tests.unit.benchmarks.deliveries.test_receivers import SECRET, first

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = "2026-11-22T06:20:00.123Z"
JOB = spillway.Job.of(
    {
        "jobId": "job-1",
        "model": "default",
        "status": "SUCCEEDED",
        "createdAt": NOW,
        "expiresAt": NOW,
        "attempts": 1,
        "metadata": {},
        "links": {},
    }
)


def ended(kind: Kind) -> Told:
    """A job, and its delivery as it ought to end at a receiver of this kind."""
    needed = table.NEEDED[kind]
    at = JOB.created_at
    delivery = Delivery(
        delivery_id="dlv_1",
        event=EventType.SUCCEEDED,
        destination=Destination("webhook", "http://127.0.0.1:1/1"),
        status=DeliveryStatus.FAILED if kind in table.FAILS else DeliveryStatus.DELIVERED,
        attempts=needed,
        history=tuple(Attempt(at=at, took_ms=1) for _ in range(needed)),
    )
    return Told(first(kind), JOB, delivery)


def course(told: Sequence[Told], *, silent: float = 20, telling: float = 20) -> Course:
    receivers = Receivers(SECRET)
    for each in told:
        if kind_of(each.number) is not Kind.AWAY:
            heard = receivers.heard[each.number]
            heard.ids, heard.job_ids, heard.bodies = {"dlv_1"}, {"job-1"}, {"b0d7"}
    return Course([Round(5, silent)], [Round(5, telling)], told, receivers, not_done=0)


def test_nothing_is_wrong_where_each_ends_as_its_receiver_lets_it() -> None:
    assert list(table.faults(course([ended(kind) for kind in Kind]))) == []


@pytest.mark.parametrize("kind", list(Kind))
def test_another_end_is_a_fault(kind: Kind) -> None:
    told = ended(kind)
    wrong = replace(told, delivery=replace(told.delivery, status=DeliveryStatus.RETRYING))

    [fault] = table.faults(course([wrong]))

    assert f"receiver {told.number}: {kind}: RETRYING instead of" in fault


@pytest.mark.parametrize(
    ("kind", "attempts", "is_wrong"),
    [
        (Kind.BROKEN, 6, True),
        (Kind.BROKEN, 8, True),
        (Kind.GONE, 2, True),
        (Kind.BUSY, 2, True),
        (Kind.BUSY, 4, False),  # a message came twice
    ],
)
def test_too_few_attempts_are_a_fault_and_too_many_at_those_who_never_take_it(
    kind: Kind, attempts: int, is_wrong: bool
) -> None:
    told = ended(kind)
    history = (told.delivery.history[0],) * attempts
    delivery = replace(told.delivery, attempts=attempts, history=history)

    faults = list(table.faults(course([replace(told, delivery=delivery)])))

    assert bool(faults) is is_wrong


def test_a_history_without_an_attempt_is_a_fault() -> None:
    told = ended(Kind.BUSY)
    delivery = replace(told.delivery, history=told.delivery.history[1:])

    [fault] = table.faults(course([replace(told, delivery=delivery)]))

    assert "3 attempts, 2 in its history" in fault


def test_what_a_receiver_heard_otherwise_is_a_fault_each() -> None:
    went = course([ended(Kind.GOOD)])
    heard = went.receivers.heard[first(Kind.GOOD)]
    heard.bodies.add("other")
    heard.ids.add("dlv_2")
    heard.not_verified.append("the library says no")

    assert len(list(table.faults(went))) == 3


def test_slower_workers_and_jobs_that_failed_are_faults() -> None:
    slow = course([ended(Kind.GOOD)], silent=20, telling=18.9)

    told = list(table.faults(replace(slow, not_done=2)))

    assert told == [
        "2 jobs did not succeed",
        "jobs that are told of took longer: ratio 0.94, expected 0.95 at least",
    ]


def test_the_table_has_a_line_for_each_kind_and_the_ratio() -> None:
    lines = list(table.lines(course([ended(kind) for kind in Kind], telling=19)))

    for kind in Kind:
        [line] = [line for line in lines if line.startswith(f"{kind:<40}")]
        assert line.split()[-1] == str(table.NEEDED[kind])
    assert lines[-1] == "  ratio 0.95"
