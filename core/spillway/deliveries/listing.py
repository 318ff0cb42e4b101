"""A tenant's deliveries, the newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.deliveries.record import created_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.deliveries.delivery import Delivery, DeliveryStatus
    from spillway.ports import DeliveryStore


@dataclass(frozen=True, slots=True)
class Page:
    """Some deliveries, and the key after which the list goes on (None at its end)."""

    deliveries: Sequence[Delivery]
    last_key: str | None


def newest(
    store: DeliveryStore,
    tenant: str,
    status: DeliveryStatus | None,
    *,
    size: int,
    before: str | None,
) -> Page:
    """Up to `size` deliveries in this state, None for any.

    Each state has lists of its own in the store, so nothing is looked through in vain.
    """
    found = store.page(tenant, status=status, before=before, limit=size + 1)
    deliveries = found[:size]
    is_whole = len(found) <= size
    return Page(deliveries, None if is_whole else created_key(deliveries[-1]))


def scope(tenant: str, status: DeliveryStatus | None) -> tuple[str, ...]:
    """What tells this list from any other one, for its page tokens (paging.py)."""
    return (tenant, "deliveries", status or "")
