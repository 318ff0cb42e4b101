from __future__ import annotations

from typing import Any

from spillway.deliveries.delivery import (
    KEPT_S,
    Delivery,
    DeliveryStatus,
    again,
    delivered,
    due,
    failed,
)
from spillway.deliveries.lookup import DELIVERY_ID
from spillway.destinations.destination import Destination, to_text
from spillway.job import Status
from tests.unit.core.jobs import NOW_MS, job

HOOK = Destination("webhook", "https://example.com/hook")


def pending(**changes: Any) -> Delivery:
    """The delivery of a job's success."""
    values = {
        "status": Status.SUCCEEDED,
        "completed_at_ms": NOW_MS,
        "destinations": to_text([HOOK]),
    }
    [only] = due(job(**{**values, **changes}))
    return only


def given_up(delivery: Delivery) -> Delivery:
    return failed(delivery, at_ms=NOW_MS, took_ms=5, error="answered 500", next_attempt_at_ms=None)


def test_an_id_is_of_one_event_of_one_job_of_one_tenant_at_one_place() -> None:
    elsewhere = to_text([Destination("webhook", "https://example.com/other")])
    others = [
        pending(tenant="globex"),
        pending(job_id="another"),
        pending(created_at_ms=NOW_MS - 86_400_000),
        pending(status=Status.FAILED),
        pending(destinations=elsewhere),
    ]

    ids = {delivery.delivery_id for delivery in (pending(), *others)}

    assert pending().delivery_id == pending().delivery_id
    assert len(ids) == 6
    assert all(map(DELIVERY_ID.fullmatch, ids))


def test_it_is_kept_as_long_as_its_job() -> None:
    late_s = NOW_MS // 1000 + 2 * KEPT_S

    assert pending(delete_at_s=late_s).delete_at_s == late_s


def test_it_is_kept_for_its_schedule_though_its_job_is_not() -> None:
    assert pending(delete_at_s=NOW_MS // 1000 + 60).delete_at_s == NOW_MS // 1000 + KEPT_S


def test_it_has_its_jobs_model_and_trace() -> None:
    delivery = pending(model="vision", traceparent="00-trace")

    assert (delivery.model, delivery.traceparent) == ("vision", "00-trace")


def test_what_is_delivered_at_last_has_no_error_but_in_its_history() -> None:
    taken = delivered(again(given_up(pending()), now_ms=NOW_MS), at_ms=NOW_MS, took_ms=5)

    assert (taken.status, taken.last_error) == (DeliveryStatus.DELIVERED, None)
    assert [attempt.error for attempt in taken.history] == ["answered 500", None]


def test_a_round_that_fails_leaves_when_it_was_last_taken() -> None:
    taken = delivered(pending(), at_ms=NOW_MS, took_ms=5)

    after = given_up(again(taken, now_ms=NOW_MS + 60_000))

    assert (after.status, after.delivered_at_ms) == (DeliveryStatus.FAILED, NOW_MS + 5)
