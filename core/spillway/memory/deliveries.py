"""Deliveries in a dictionary, under the conditions that DynamoDB would hold them to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spillway.deliveries.record import created_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.deliveries.delivery import Delivery, DeliveryKey, DeliveryStatus


class MemoryDeliveries:
    """The twin of the DeliveriesTable. Safe between threads: a lock stands for an item's atomicity.

    `held` are all deliveries by their keys.
    """

    def __init__(self) -> None:
        self.held: dict[DeliveryKey, Delivery] = {}
        self._lock = threading.Lock()

    def add(self, delivery: Delivery) -> Delivery:
        with self._lock:
            return self.held.setdefault(delivery.key, delivery)

    def get(self, key: DeliveryKey) -> Delivery | None:
        return self.held.get(key)

    def get_many(self, keys: Sequence[DeliveryKey]) -> Sequence[Delivery]:
        return [delivery for key in keys if (delivery := self.get(key)) is not None]

    def replace(self, delivery: Delivery) -> bool:
        with self._lock:
            there = self.held.get(delivery.key)
            if there is None or there.version != delivery.version - 1:
                return there == delivery
            self.held[delivery.key] = delivery
            return True

    def page(
        self, tenant: str, *, status: DeliveryStatus | None, before: str | None, limit: int
    ) -> Sequence[Delivery]:
        with self._lock:
            wanted = [
                delivery
                for delivery in self.held.values()
                if delivery.tenant == tenant
                and status in (None, delivery.status)
                and (before is None or created_key(delivery) < before)
            ]
        return sorted(wanted, key=created_key, reverse=True)[:limit]
