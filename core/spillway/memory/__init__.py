"""Every port, answered within the process: for tests, and for simulations on virtual time."""

from spillway.memory.bucket import MemoryBucket
from spillway.memory.deliveries import MemoryDeliveries
from spillway.memory.delivery_queue import MemoryDeliveryQueue
from spillway.memory.figures import MemoryFigures
from spillway.memory.metrics import MemoryMetrics
from spillway.memory.queue import MemoryQueue, MemoryQueues
from spillway.memory.registry import MemoryRegistry
from spillway.memory.services import MemoryServices
from spillway.memory.store import MemoryStore
from spillway.memory.waker import MemoryWaker
from spillway.memory.webhooks import (
    MemoryDisabledWebhooks,
    MemoryTenantDestinations,
    MemoryWebhookSecrets,
)

__all__ = [
    "MemoryBucket",
    "MemoryDeliveries",
    "MemoryDeliveryQueue",
    "MemoryDisabledWebhooks",
    "MemoryFigures",
    "MemoryMetrics",
    "MemoryQueue",
    "MemoryQueues",
    "MemoryRegistry",
    "MemoryServices",
    "MemoryStore",
    "MemoryTenantDestinations",
    "MemoryWaker",
    "MemoryWebhookSecrets",
]
