"""The contract of `DisabledWebhooks`: what is gone stays so for its tenant until enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.ports.samples import NOW_MS

if TYPE_CHECKING:
    from spillway.ports import DisabledWebhooks

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
