"""The contract of `DisabledWebhooks`: what is gone stays so for its tenant until enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.clients import client
from spillway.aws.disabled_webhooks import KEPT_S, DynamoDisabledWebhooks
from tests.contract.ports.samples import NOW_MS
from tests.contract.ports.template import deliveries_table

if TYPE_CHECKING:
    from spillway.ports import DisabledWebhooks
    from tests.contract.ports.implementations import Implementation

URL = "https://example.com/hooks?größe=🙂"


def test_a_webhook_is_not_disabled_of_itself(disabled_webhooks: DisabledWebhooks) -> None:
    assert not disabled_webhooks.is_disabled("acme", URL)


def test_a_webhook_is_disabled_until_it_is_enabled(disabled_webhooks: DisabledWebhooks) -> None:
    disabled_webhooks.disable("acme", URL, now_ms=NOW_MS)
    assert disabled_webhooks.is_disabled("acme", URL)

    disabled_webhooks.enable("acme", URL)
    assert not disabled_webhooks.is_disabled("acme", URL)


def test_a_webhook_may_be_disabled_twice(disabled_webhooks: DisabledWebhooks) -> None:
    disabled_webhooks.disable("acme", URL, now_ms=NOW_MS)
    disabled_webhooks.disable("acme", URL, now_ms=NOW_MS + 1)

    disabled_webhooks.enable("acme", URL)

    assert not disabled_webhooks.is_disabled("acme", URL)


def test_to_enable_what_is_not_disabled_does_nothing(disabled_webhooks: DisabledWebhooks) -> None:
    disabled_webhooks.enable("acme", URL)

    assert not disabled_webhooks.is_disabled("acme", URL)


def test_what_is_disabled_is_that_url_for_that_tenant(disabled_webhooks: DisabledWebhooks) -> None:
    disabled_webhooks.disable("acme", URL, now_ms=NOW_MS)

    assert not disabled_webhooks.is_disabled("other", URL)
    assert not disabled_webhooks.is_disabled("acme", f"{URL}/")


def test_a_url_may_be_as_long_as_any(disabled_webhooks: DisabledWebhooks) -> None:
    url = "https://example.com/".ljust(2048, "x")

    disabled_webhooks.disable("acme", url, now_ms=NOW_MS)

    assert disabled_webhooks.is_disabled("acme", url)
    assert not disabled_webhooks.is_disabled("acme", url[:-1])


# --- in DynamoDB ----------------------------------------------------------------------------------


def test_the_table_forgets_it_after_ninety_days(on_moto: Implementation) -> None:
    dynamodb = client("dynamodb")
    dynamodb.create_table(**deliveries_table("deliveries"))

    DynamoDisabledWebhooks(dynamodb, "deliveries").disable("acme", URL, now_ms=NOW_MS)

    [item] = dynamodb.scan(TableName="deliveries")["Items"]
    assert item["deleteAt"] == {"N": str(NOW_MS // 1000 + KEPT_S)}
