"""`DynamoDeliveries` on an index that lags, as DynamoDB's do and no emulator's does of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spillway.aws.clients import client
from spillway.aws.deliveries import DynamoDeliveries
from spillway.deliveries.delivery import DeliveryStatus, again
from spillway.deliveries.record import created_key
from tests.contract.ports.delivery_samples import done, pending, retrying
from tests.contract.ports.samples import NOW_MS
from tests.contract.ports.template import deliveries_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.deliveries.delivery import Delivery
    from tests.contract.ports.implementations import Implementation

TABLE = "deliveries"
RETRYING = DeliveryStatus.RETRYING


@pytest.fixture
def dynamodb(on_moto: Implementation) -> DynamoDBClient:
    made = client("dynamodb")
    made.create_table(**deliveries_table(TABLE))
    return made


@pytest.fixture
def store(dynamodb: DynamoDBClient) -> DynamoDeliveries:
    return DynamoDeliveries(dynamodb, TABLE)


@pytest.fixture
def stored(store: DynamoDeliveries) -> list[Delivery]:
    """Thirty deliveries that are being retried, the newest first."""
    new = [pending(f"dlv_{number}", created_at_ms=NOW_MS - number) for number in range(30)]
    return [store.add(retrying(delivery)) for delivery in new]


def test_where_the_index_lists_what_has_left_the_state_older_ones_fill_the_page(
    dynamodb: DynamoDBClient,
    store: DynamoDeliveries,
    stored: list[Delivery],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given three deliveries that are over, and an index that does not know yet,
    _let_lag(dynamodb, monkeypatch, store)
    for delivery in stored[2:5]:
        assert store.replace(done(delivery))

    # when those that are being retried are listed,
    first = store.page("acme", status=RETRYING, before=None, limit=10)
    rest = store.page("acme", status=RETRYING, before=created_key(first[-1]), limit=20)

    # then the first page is full, for a short one would say that the list ends.
    assert first == stored[:2] + stored[5:13]
    assert rest == stored[13:]


def test_what_the_index_lists_in_two_states_comes_once_and_as_it_is(
    dynamodb: DynamoDBClient,
    store: DynamoDeliveries,
    stored: list[Delivery],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _let_lag(dynamodb, monkeypatch, store)
    asked = again(stored[0], now_ms=NOW_MS)
    store.replace(asked)

    assert store.page("acme", status=None, before=None, limit=10) == [asked, *stored[1:10]]


def test_a_delivery_is_read_as_last_written(
    dynamodb: DynamoDBClient, store: DynamoDeliveries, stored: list[Delivery]
) -> None:
    # Given an ear for what is asked of the table,
    asked: list[dict[str, Any]] = []
    for name in ("GetItem", "BatchGetItem"):
        event = f"provide-client-params.dynamodb.{name}"
        dynamodb.meta.events.register(event, lambda params, **_: asked.append(params))

    # when a delivery is read by itself and among others,
    store.get(stored[0].key)
    store.get_many([stored[0].key])

    # then neither may be an older one.
    alone, among = asked
    assert alone["ConsistentRead"]
    assert among["RequestItems"][TABLE]["ConsistentRead"]


def _let_lag(
    dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, store: DynamoDeliveries
) -> None:
    """Let the lists of what is being retried stay, for a page of ten, as they are now."""
    real, known = dynamodb.query, dict[str, Any]()

    def query(**asked: Any) -> Any:
        if f"#{RETRYING}#" not in asked["ExpressionAttributeValues"][":shard"]["S"]:
            return real(**asked)
        name = str(asked)
        if name not in known:
            known[name] = real(**asked)
        return known[name]

    monkeypatch.setattr(dynamodb, "query", query)
    store.page("acme", status=RETRYING, before=None, limit=10)
