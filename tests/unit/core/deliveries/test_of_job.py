from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.deliveries import delivery
from spillway.deliveries.delivery import DeliveryStatus, due
from spillway.deliveries.of_job import job_deliveries, known_deliveries
from spillway.destinations.destination import Destination, to_text
from spillway.errors import Unavailable
from spillway.event import EventType
from spillway.job import Status
from spillway.memory import MemoryDeliveries
from tests.unit.core.jobs import NOW_MS, job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.deliveries.delivery import Delivery, DeliveryKey
    from spillway.job import Job

HOOK = Destination("webhook", "https://example.com/hook", (EventType.STARTED, EventType.SUCCEEDED))
TOPIC = Destination("sns", "arn:aws:sns:eu-central-1:123456789012:done")


def told(**changes: object) -> Job:
    """A job that has succeeded, and is told of at two places."""
    return job(
        **{
            "status": Status.SUCCEEDED,
            "destinations": to_text([HOOK, TOPIC]),
            "started_at_ms": NOW_MS + 10,
            "completed_at_ms": NOW_MS + 20,
            **changes,
        }
    )


class Away(MemoryDeliveries):
    """A store that does not answer."""

    def get_many(self, keys: Sequence[DeliveryKey]) -> Sequence[Delivery]:
        raise Unavailable("dependency-unavailable", f"{len(keys)} not read")


class Unasked(MemoryDeliveries):
    """A store that is not to be asked."""

    def get_many(self, keys: Sequence[DeliveryKey]) -> Sequence[Delivery]:
        raise AssertionError(keys)


def test_each_that_is_due_is_listed_before_it_is_stored() -> None:
    started, hook, topic = due(told())

    assert job_deliveries(told(), []) == [
        {
            "id": started.delivery_id,
            "event": "job.started",
            "destination": HOOK.document(),
            "status": "PENDING",
            "attempts": 0,
            "nextAttemptAt": "2027-01-15T08:00:00.010Z",
        },
        {
            "id": hook.delivery_id,
            "event": "job.succeeded",
            "destination": HOOK.document(),
            "status": "PENDING",
            "attempts": 0,
            "nextAttemptAt": "2027-01-15T08:00:00.020Z",
        },
        {
            "id": topic.delivery_id,
            "event": "job.succeeded",
            "destination": TOPIC.document(),
            "status": "PENDING",
            "attempts": 0,
            "nextAttemptAt": "2027-01-15T08:00:00.020Z",
        },
    ]


def test_what_is_stored_is_told_in_its_place() -> None:
    started, hook, topic = due(told())
    retried = delivery.failed(
        hook, at_ms=NOW_MS, took_ms=5, error="answered 500", next_attempt_at_ms=NOW_MS + 5_000
    )

    listed = job_deliveries(told(), [delivery.delivered(topic, at_ms=NOW_MS, took_ms=5), retried])

    assert [each["id"] for each in listed] == [each.delivery_id for each in (started, hook, topic)]
    assert [each["status"] for each in listed] == ["PENDING", "RETRYING", "DELIVERED"]
    assert listed[1]["lastError"] == "answered 500"
    assert listed[1]["nextAttemptAt"] == "2027-01-15T08:00:05.000Z"
    assert (listed[1]["attempts"], listed[2]["attempts"]) == (1, 1)
    assert {"lastError", "nextAttemptAt"}.isdisjoint(listed[2])


def test_the_store_is_read_for_what_is_due_and_for_nothing_of_another_tenants() -> None:
    store = MemoryDeliveries()
    for each in (*due(told()), *due(told(tenant="globex")), *due(told(job_id="j2"))):
        store.add(each)
    for each in due(told()):
        assert store.replace(delivery.delivered(each, at_ms=NOW_MS, took_ms=1))

    listed = known_deliveries(told(), store)

    assert listed is not None
    assert [each["status"] for each in listed] == [DeliveryStatus.DELIVERED] * 3


def test_a_job_that_waits_has_none_yet_and_the_store_is_not_asked() -> None:
    assert known_deliveries(told(status=Status.QUEUED), Unasked()) == []


def test_a_job_without_destinations_has_none_to_tell_of() -> None:
    assert known_deliveries(told(destinations=None), Unasked()) is None


def test_a_store_that_is_away_is_no_fault_of_the_job() -> None:
    assert known_deliveries(told(), Away()) is None
