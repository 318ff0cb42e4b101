from __future__ import annotations

from dataclasses import replace

import pytest

from spillway.deliveries.delivery import Delivery, DeliveryStatus
from spillway.deliveries.listing import newest, scope
from spillway.errors import BadRequest
from spillway.memory import MemoryDeliveries
from spillway.paging import last_key, token
from tests.unit.core.deliveries.test_record import PENDING
from tests.unit.core.jobs import NOW_MS

FAILED = DeliveryStatus.FAILED


def _deliveries(count: int, status: DeliveryStatus = DeliveryStatus.PENDING) -> list[Delivery]:
    """The newest first."""
    return [
        replace(PENDING, delivery_id=f"dlv_{n}", created_at_ms=NOW_MS - n, status=status)
        for n in range(count)
    ]


def _store(deliveries: list[Delivery]) -> MemoryDeliveries:
    store = MemoryDeliveries()
    for delivery in deliveries:
        store.add(delivery)
    return store


@pytest.mark.parametrize("status", [None, FAILED])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
def test_pages_hold_every_delivery_once_and_the_last_one_says_so(
    count: int, status: DeliveryStatus | None
) -> None:
    stored = _deliveries(count, FAILED)
    store, found, before = _store(stored), list[Delivery](), None
    for _ in range(count // 10 + 1):
        page = newest(store, "acme", status, size=10, before=before)
        found += page.deliveries
        before = page.last_key
        if before is None:
            break

    assert found == stored
    assert before is None


def test_a_full_page_that_is_the_last_is_followed_by_none() -> None:
    page = newest(_store(_deliveries(10)), "acme", None, size=10, before=None)

    assert len(page.deliveries) == 10
    assert page.last_key is None


def test_other_states_are_left_out() -> None:
    store = _store(_deliveries(5))

    assert newest(store, "acme", FAILED, size=10, before=None).deliveries == []


@pytest.mark.parametrize(
    "other", [scope("other", FAILED), scope("acme", None), ("acme", "FAILED", "")]
)
def test_a_token_is_good_for_its_own_list_alone(other: tuple[str, ...]) -> None:
    key = "001800000000000#dlv_1"
    given_out = token(key, scope=scope("acme", FAILED))

    assert last_key(given_out, scope=scope("acme", FAILED)) == key
    with pytest.raises(BadRequest):
        last_key(given_out, scope=other)
