"""One delivery by its id, for the tenant whose delivery it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spillway.deliveries.delivery import DeliveryKey
from spillway.errors import NotFound

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Delivery
    from spillway.ports import DeliveryStore

DELIVERY_ID = re.compile(r"dlv_[0-9a-f]{32}")
"""What each delivery's id looks like (delivery.py makes it)."""


def find(store: DeliveryStore, tenant: str, delivery_id: str) -> Delivery:
    """The tenant's delivery, or `NotFound`: another tenant's is none at all."""
    key = DeliveryKey(tenant, delivery_id)
    found = store.get(key) if DELIVERY_ID.fullmatch(delivery_id) else None
    if found is None:
        detail = f"deliveryId: there is no delivery {delivery_id[:64]}"
        raise NotFound("no-such-delivery", detail)
    return found
