from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spillway.deliveries.delivery import SHARDS, Attempt, Delivery, DeliveryKey, DeliveryStatus
from spillway.deliveries.record import (
    created_key,
    delivery_key,
    from_record,
    partition_key,
    status_shard,
    to_record,
)
from spillway.destinations.destination import Destination
from spillway.event import ENDS, EventType
from spillway.paging import last_key, token
from tests.unit.core.jobs import NOW_MS

HOOK = Destination("webhook", "https://example.com/hook")
PENDING = Delivery(
    tenant="acme",
    delivery_id="dlv_1",
    job_id="j1",
    event=EventType.SUCCEEDED,
    destination=HOOK,
    status=DeliveryStatus.PENDING,
    created_at_ms=NOW_MS,
    delete_at_s=NOW_MS // 1000 + 86_400,
)

instants = st.integers(0, 10**15 - 1)
texts = st.text(max_size=20)
attempts = st.builds(Attempt, instants, st.integers(0, 60_000), st.none() | texts)
events = st.sampled_from(EventType)
destinations = st.builds(
    Destination,
    st.sampled_from(["webhook", "sns", "sqs", "eventbridge", "s3"]),
    texts,
    st.just(ENDS) | st.lists(events, min_size=1, unique=True).map(tuple),
    st.sampled_from(["cloudevents", "sagemaker"]),
)
deliveries = st.builds(
    Delivery,
    tenant=st.from_regex(r"[A-Za-z0-9_-]{1,9}", fullmatch=True),
    delivery_id=st.from_regex(r"dlv_[0-9a-f]{32}", fullmatch=True),
    job_id=st.none() | texts,
    event=events,
    destination=destinations,
    status=st.sampled_from(DeliveryStatus),
    created_at_ms=instants,
    delete_at_s=instants,
    model=st.none() | texts,
    traceparent=st.none() | texts,
    round=st.integers(1, 9),
    attempts=st.integers(0, 99),
    attempts_before=st.integers(0, 99),
    next_attempt_at_ms=st.none() | instants,
    delivered_at_ms=st.none() | instants,
    last_error=st.none() | texts,
    history=st.lists(attempts, max_size=3).map(tuple),
    version=st.integers(1, 99),
)


@given(deliveries)
def test_a_delivery_comes_back_from_its_record_as_it_was(delivery: Delivery) -> None:
    record = to_record(delivery)

    assert from_record(record) == delivery
    assert _is_plain(record)


def test_a_record_holds_its_index_keys_and_leaves_out_what_is_absent() -> None:
    record = to_record(PENDING)

    assert record["pk"] == "DELIVERY#acme#dlv_1"
    assert record["statusShard"] == f"acme#PENDING#{PENDING.key.shard}"
    assert record["createdKey"] == created_key(PENDING) == f"00{NOW_MS}#dlv_1"
    assert record["destination"] == '{"type":"webhook","url":"https://example.com/hook"}'
    assert not record.keys() & {"nextAttemptAt", "deliveredAt", "lastError", "model", "traceparent"}


def test_a_tables_key_names_its_delivery() -> None:
    key = DeliveryKey("acme", "dlv_1")

    assert delivery_key(partition_key(key)) == key


def test_each_status_has_lists_of_its_own() -> None:
    lists = {
        status_shard(tenant, status, shard)
        for tenant in ("acme", "acme-1")
        for status in DeliveryStatus
        for shard in range(SHARDS)
    }

    assert len(lists) == 2 * 4 * SHARDS


def test_deliveries_are_spread_evenly_over_their_lists() -> None:
    shards = [DeliveryKey("acme", f"dlv_{number:032x}").shard for number in range(100 * SHARDS)]

    assert set(shards) == set(range(SHARDS))
    assert max(map(shards.count, range(SHARDS))) < 150


@given(deliveries)
def test_what_a_list_is_sorted_by_is_what_page_tokens_carry(delivery: Delivery) -> None:
    key = created_key(delivery)

    assert last_key(token(key, scope=("acme",)), scope=("acme",)) == key


def _is_plain(value: Any) -> bool:
    """Whether it holds nothing but what DynamoDB does; an enumeration's member is no plain text."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return type(value) in {str, int}
