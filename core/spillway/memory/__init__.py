"""Every port, answered within the process: for tests, and for simulations on virtual time."""

from spillway.memory.bucket import MemoryBucket
from spillway.memory.queue import MemoryQueue, MemoryQueues
from spillway.memory.registry import MemoryRegistry
from spillway.memory.store import MemoryStore

__all__ = ["MemoryBucket", "MemoryQueue", "MemoryQueues", "MemoryRegistry", "MemoryStore"]
