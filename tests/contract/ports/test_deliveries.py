"""The contract of `DeliveryStore`: what is stored, found and listed, and who of two may write."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from spillway.deliveries.delivery import (
    SHARDS,
    Delivery,
    DeliveryKey,
    DeliveryStatus,
    again,
    failed,
)
from spillway.deliveries.record import created_key
from tests.contract.ports.delivery_samples import FULL, KEY, done, pending, retrying
from tests.contract.ports.implementations import MOTO_RACES, unfit
from tests.contract.ports.samples import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spillway.ports import DeliveryStore
    from tests.contract.ports.implementations import Implementation

RACERS = 20


# --- add and get ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "delivery",
    [pending(), retrying(retrying(pending())), done(retrying(pending())), FULL],
    ids=["pending", "retrying", "delivered", "full"],
)
def test_a_delivery_comes_back_as_it_went_in(deliveries: DeliveryStore, delivery: Delivery) -> None:
    assert deliveries.add(delivery) == delivery

    assert deliveries.get(delivery.key) == delivery


def test_a_delivery_that_was_never_stored_is_absent(deliveries: DeliveryStore) -> None:
    assert deliveries.get(KEY) is None


def test_what_is_there_already_is_told_and_stays(deliveries: DeliveryStore) -> None:
    deliveries.add(there := done(pending()))

    assert deliveries.add(pending()) == there
    assert deliveries.get(KEY) == there


def test_an_id_is_the_tenants_own(deliveries: DeliveryStore) -> None:
    deliveries.add(ours := pending())
    deliveries.add(theirs := pending(tenant="acme-2", job_id="job-9"))

    assert deliveries.get(ours.key) == ours
    assert deliveries.get(theirs.key) == theirs


def test_of_many_who_add_one_at_once_all_are_told_the_same(
    deliveries: DeliveryStore, implementation: Implementation
) -> None:
    unfit(implementation, "moto", reason=MOTO_RACES)

    told = _at_once(lambda number: deliveries.add(pending(created_at_ms=number)))

    assert set(told) == {deliveries.get(KEY)}


# --- get_many -------------------------------------------------------------------------------------


def test_many_come_in_the_order_asked_without_those_that_are_absent(
    deliveries: DeliveryStore,
) -> None:
    stored = _stored(deliveries, [pending(f"dlv_{number}") for number in range(4)])
    keys = [stored[2].key, DeliveryKey("acme", "dlv_9"), stored[0].key, DeliveryKey("x", "dlv_1")]

    assert deliveries.get_many(keys) == [stored[2], stored[0]]


def test_no_keys_give_no_deliveries(deliveries: DeliveryStore) -> None:
    assert deliveries.get_many([]) == []


# --- replace --------------------------------------------------------------------------------------


def test_a_further_version_takes_the_place_of_the_one_before(deliveries: DeliveryStore) -> None:
    deliveries.add(pending())

    assert deliveries.replace(tried := retrying(pending()))
    assert deliveries.replace(over := done(tried))

    assert deliveries.get(KEY) == over


def test_what_is_left_out_of_the_further_version_is_gone(deliveries: DeliveryStore) -> None:
    deliveries.add(tried := retrying(pending()))

    deliveries.replace(replace(tried, next_attempt_at_ms=None, last_error=None, version=3))

    told = deliveries.get(KEY)
    assert told is not None
    assert (told.next_attempt_at_ms, told.last_error) == (None, None)


def test_who_has_read_what_is_no_longer_so_is_refused(deliveries: DeliveryStore) -> None:
    # Given a delivery that was asked for again after somebody had read it,
    deliveries.add(read := retrying(pending()))
    deliveries.replace(asked := again(read, now_ms=NOW_MS))

    # when that reader writes, then nothing is done.
    assert not deliveries.replace(done(read))
    assert deliveries.get(KEY) == asked


def test_a_version_that_skips_one_is_refused(deliveries: DeliveryStore) -> None:
    deliveries.add(there := pending())

    assert not deliveries.replace(done(retrying(there)))
    assert deliveries.get(KEY) == there


def test_nothing_is_stored_in_the_place_of_nothing(deliveries: DeliveryStore) -> None:
    assert not deliveries.replace(done(pending()))

    assert deliveries.get(KEY) is None


def test_a_write_whose_answer_was_lost_is_told_as_done_when_it_is_sent_again(
    deliveries: DeliveryStore,
) -> None:
    deliveries.add(pending())
    deliveries.replace(over := done(pending()))

    assert deliveries.replace(over)
    assert deliveries.get(KEY) == over


def test_of_many_who_replace_one_version_at_once_one_wins(
    deliveries: DeliveryStore, implementation: Implementation
) -> None:
    unfit(implementation, "moto", reason=MOTO_RACES)
    deliveries.add(pending())
    versions = [done(pending(), at_ms=NOW_MS + number) for number in range(RACERS)]

    won = _at_once(lambda number: deliveries.replace(versions[number]))

    assert won.count(True) == 1
    assert deliveries.get(KEY) == versions[won.index(True)]


# --- page -----------------------------------------------------------------------------------------


def test_a_list_has_each_of_a_tenants_deliveries_the_newest_first(
    deliveries: DeliveryStore,
) -> None:
    stored = _stored(deliveries, _in_every_list())

    assert _page(deliveries) == stored


def test_a_list_by_status_has_those_alone(deliveries: DeliveryStore) -> None:
    stored = _stored(deliveries, _in_every_list())

    for status in DeliveryStatus:
        wanted = [delivery for delivery in stored if delivery.status is status]
        assert _page(deliveries, status=status) == wanted


def test_a_delivery_moves_to_the_list_of_its_new_status(deliveries: DeliveryStore) -> None:
    deliveries.add(pending())
    deliveries.replace(over := done(pending()))

    assert _page(deliveries, status=DeliveryStatus.PENDING) == []
    assert _page(deliveries, status=DeliveryStatus.DELIVERED) == [over]
    assert _page(deliveries) == [over]


@pytest.mark.parametrize("status", [None, DeliveryStatus.PENDING])
def test_pages_go_on_where_the_one_before_ended(
    deliveries: DeliveryStore, status: DeliveryStatus | None
) -> None:
    stored = _stored(deliveries, _spread(25))

    first = _page(deliveries, status=status, limit=10)
    second = _page(deliveries, status=status, limit=10, before=created_key(first[-1]))
    third = _page(deliveries, status=status, limit=10, before=created_key(second[-1]))

    assert [*first, *second, *third] == stored
    assert len(third) == 5


def test_deliveries_of_one_instant_are_told_apart(deliveries: DeliveryStore) -> None:
    ids = [f"dlv_{number}" for number in range(5)]
    _stored(deliveries, [pending(delivery_id) for delivery_id in ids])

    first = _page(deliveries, limit=2)
    rest = _page(deliveries, before=created_key(first[-1]))

    assert [delivery.delivery_id for delivery in [*first, *rest]] == sorted(ids, reverse=True)


def test_another_tenants_deliveries_are_not_listed(deliveries: DeliveryStore) -> None:
    deliveries.add(ours := pending())
    deliveries.add(pending("dlv_2", tenant="acme-2"))
    deliveries.add(pending("dlv_3", tenant="acm"))

    assert _page(deliveries) == [ours]


def test_a_tenant_without_deliveries_has_an_empty_list(deliveries: DeliveryStore) -> None:
    assert _page(deliveries) == []


def _spread(count: int) -> list[Delivery]:
    """Pending deliveries, the newest first, in lists by chance."""
    return [pending(f"dlv_{number}", created_at_ms=NOW_MS - number) for number in range(count)]


def _in_every_list() -> list[Delivery]:
    """One delivery in each of the tenant's lists, the newest first."""
    found: dict[tuple[DeliveryStatus, int], Delivery] = {}
    for number, delivery in enumerate(_spread(400)):
        told = _TOLD[number % len(_TOLD)](delivery)
        found.setdefault((told.status, told.key.shard), told)
    assert len(found) == len(DeliveryStatus) * SHARDS
    return list(found.values())


def _failed(delivery: Delivery) -> Delivery:
    return failed(delivery, at_ms=NOW_MS, took_ms=1, error="answered 410", next_attempt_at_ms=None)


_TOLD = (replace, retrying, done, _failed)


def _stored(store: DeliveryStore, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
    for delivery in deliveries:
        store.add(delivery)
    return deliveries


def _page(
    store: DeliveryStore,
    *,
    status: DeliveryStatus | None = None,
    before: str | None = None,
    limit: int = 100,
) -> Sequence[Delivery]:
    return store.page("acme", status=status, before=before, limit=limit)


def _at_once[T](act: Callable[[int], T]) -> list[T]:
    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(act, range(RACERS)))
