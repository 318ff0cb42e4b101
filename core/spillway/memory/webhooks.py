"""What is known of tenants' webhooks and destinations, in dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.deliveries.webhook_secret import valid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.destinations.destination import Destination
    from spillway.ports import Clock


class MemoryDisabledWebhooks:
    """The twin of the list of webhooks that are gone: when each was, by tenant and URL."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], int] = {}

    def is_disabled(self, tenant: str, url: str) -> bool:
        return (tenant, url) in self.held

    def disable(self, tenant: str, url: str, *, now_ms: int) -> None:
        self.held[tenant, url] = now_ms

    def enable(self, tenant: str, url: str) -> None:
        self.held.pop((tenant, url), None)


class MemoryTenantDestinations:
    """The twin of the tenants' default destinations."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Destination, ...]] = {}

    def get(self, tenant: str) -> tuple[Destination, ...]:
        return self.held.get(tenant, ())

    def set(self, tenant: str, destinations: Sequence[Destination]) -> None:
        self.held[tenant] = tuple(destinations)


class MemoryWebhookSecrets:
    """The twin of the parameters with webhook secrets: their texts (webhook_secret.py) by tenant.

    It keeps nothing in a cache, so what is put counts at once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.held: dict[str, str] = {}

    def put(self, tenant: str, text: str) -> None:
        """Do what making or rotating a tenant's secret does."""
        self.held[tenant] = text

    def of(self, tenant: str) -> Sequence[str]:
        text = self.held.get(tenant)
        return [] if text is None else valid(text, self._clock() // 1000)
